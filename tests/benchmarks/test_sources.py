"""Programs that read a model from its weights depend on that model."""

from benchmarks import decoders, penalties
from n2t.runs import tasks

TRANSFORMER = "src/n2t/models/transformer.py"


def test_the_decoders_depend_on_the_model_whose_weights_they_read():
    assert TRANSFORMER in decoders.sources()


def test_penalties_depend_on_what_the_run_chose():
    facts = {"task": "translation"}
    for preset, model in (("best", TRANSFORMER), ("ladder_rnn", "recurrent")):
        facts["configuration"] = tasks.read_preset("translation", preset)
        found = penalties.sources(facts)
        assert "benchmarks/penalties.py" in found
        assert any(model in path for path in found)
    assert TRANSFORMER in penalties.sources()
