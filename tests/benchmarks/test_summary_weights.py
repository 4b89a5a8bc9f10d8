"""The small summarizers that came with the course: whole, and as good as recorded."""

import pytest
import torch

from n2t import ledger, metrics
from n2t.data.batches import pad
from n2t.data.sets.docstrings import docstring_pairs
from n2t.data.text import Tokenizer, source_ids, words_of
from n2t.decoding import Beam, decode
from n2t.files import file_hash
from n2t.models import PointerTransformer, Transformer

FOLDER = ledger.weights("docstring_summaries")
RECORD = "summaries/docstrings"
ROWS = 32  # texts at once, of like lengths
KINDS = {"plain": Transformer, "pointer": PointerTransformer}
FILES = {"LICENSE", "README.md", "tokenizer.json"}
FILES |= {
    f"{arm}/{file}" for arm in KINDS for file in ("config.json", "model.safetensors")
}


def test_the_folder_is_small_and_holds_nothing_else():
    found = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert {path.relative_to(FOLDER).as_posix() for path in found} == FILES
    assert sum(path.stat().st_size for path in found) < 3e6


@pytest.mark.parametrize("arm", KINDS)
def test_the_weights_are_those_of_the_card(arm):
    card = (FOLDER / "README.md").read_text("utf-8")
    assert file_hash(FOLDER / arm / "model.safetensors") in card


@pytest.mark.recorded(RECORD)
@pytest.mark.parametrize("arm", KINDS)
def test_in_bytes_they_are_as_good_as_recorded(arm):
    """On every fourth test text; the record is of all, before rounding."""
    words = Tokenizer.load(FOLDER / "tokenizer.json")
    model = KINDS[arm].from_pretrained(FOLDER / arm)
    pairs = sorted(docstring_pairs().test[::4], key=lambda pair: len(pair[0]))
    said = []
    for start in range(0, len(pairs), ROWS):
        read = [source_ids(words, text, 60) for text, _ in pairs[start : start + ROWS]]
        source = pad([ids for ids, _ in read])
        if arm == "plain":
            source[source >= words.vocab_size] = words.special_ids["<unk>"]
        found = decode(model, source, max_new_tokens=30, strategy=Beam(4)).lists()
        for (_, new), best in zip(read, found, strict=True):
            said.append(" ".join(words_of(words, best, new)).replace("<unk>", ""))
    rows = metrics.rouge_rows(said, [line for _, line in pairs])
    score = metrics.bootstrap(rows[:, 2])
    wanted = ledger.result(RECORD).metric(f"{arm}_rougeL")
    assert score.low < wanted < score.high
    assert torch.isfinite(torch.tensor(rows)).all()
