"""Other targets: each goes with its own source, and validation never sees them."""

import pytest

from n2t.data.sets.taught import with_taught
from n2t.files import file_hash
from n2t.runs import tasks
from n2t.training.loop import fit

PAIRS = [("one", "un"), ("two", "deux"), ("three", "trois")]


def written(folder, *lines):
    path = folder / "answers.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_each_source_comes_again_with_its_own_line(tmp_path):
    path = written(tmp_path, "une", " ", "troie")
    taught = [("one", "une"), ("three", "troie")]
    assert with_taught(PAIRS, path) == PAIRS + taught
    assert with_taught(iter(PAIRS), path) == PAIRS + taught
    assert with_taught(PAIRS, path, references=False) == taught


@pytest.mark.parametrize("lines", [("une", "deuce"), ("une", "b", "c", "d")])
def test_a_file_with_more_or_fewer_lines_is_refused(lines, tmp_path):
    path = written(tmp_path, *lines)
    said = f"answers.txt has {len(lines)} lines, wanted one for each of the 3 pairs"
    with pytest.raises(ValueError, match=said):
        with_taught(PAIRS, path)


@pytest.mark.parametrize("references", [True, False])
@pytest.mark.parametrize("dropout", [None, 0.1])
def test_a_job_learns_from_them_and_is_validated_on_its_own_pairs(
    references, dropout, tmp_path
):
    preset = tasks.read_preset("translation", "cpu")
    preset["data"] |= {"size": 60, "held_out": 5}
    preset["fit"] |= {"max_steps": 2, "warmup": 1}
    preset["tokenizer"] = {"kind": "byte_pair", "vocab_size": 300}
    plain = tasks.build("translation", preset)
    lines = [target[::-1] for _, target in plain.splits.train]
    path = written(tmp_path, *lines)
    preset["batches"] |= {
        "taught": str(path), "references": references, "merge_dropout": dropout,
    }  # fmt: skip
    job = tasks.build("translation", preset)
    assert job.tokenizer.vocab_size == plain.tokenizer.vocab_size
    assert job.splits == plain.splits
    assert job.data == plain.data | {"taught (made here)": file_hash(path)}
    n = len(lines)
    assert len(job.train.lengths) == (2 * n if references else n)
    assert len(job.validation.lengths) == len(plain.splits.validation)
    words = job.tokenizer
    answered = {
        words.decode(row.tolist()) for batch in job.train for row in batch.target_out
    }
    assert set(lines) <= answered
    assert ({t for _, t in plain.splits.train} <= answered) is references
    fit(job.model, job.train, job.loss, config=job.config)
