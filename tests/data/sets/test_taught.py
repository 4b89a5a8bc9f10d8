"""Further pairs: they come after the given ones, and validation never sees them."""

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


def test_the_pairs_of_a_file_come_after_the_given_ones(tmp_path):
    path = written(tmp_path, "one\tune", "two\t ", "\tdeuce", " three\ttroie ")
    taught = [("one", "une"), ("three", "troie")]
    assert with_taught(PAIRS, path) == PAIRS + taught
    assert with_taught(iter(PAIRS), path) == PAIRS + taught
    assert with_taught(PAIRS, path, references=False) == taught


@pytest.mark.parametrize("line", ["une", "", "a\tb\tc"])
def test_a_line_that_is_no_pair_is_refused_with_its_number(line, tmp_path):
    path = written(tmp_path, "one\tune", line, "three\ttroie")
    with pytest.raises(ValueError, match=r"answers.txt line 2 .* a source, a tab and"):
        with_taught(PAIRS, path)


@pytest.mark.parametrize("lines", [(), ("one\t", "\tdeux")])
def test_a_file_without_pairs_is_refused(lines, tmp_path):
    with pytest.raises(ValueError, match="answers.txt (has no pairs|is empty)"):
        with_taught(PAIRS, written(tmp_path, *lines))


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
    sources = [source for source, _ in plain.splits.train]
    path = written(tmp_path, *map("\t".join, zip(sources, lines, strict=True)))
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
