"""Text corpora of this machine: bounded, disjoint, whole documents.

What they hold depends on the version of Python, so contents are not compared.
"""

import pytest

from n2t.data.sets import python_text
from n2t.data.sets.splits import leaks


def test_topics_that_share_a_paragraph_stay_together():
    parts = python_text.topics()
    assert [len(parts.validation), len(parts.test)] == [6, 6]
    assert len(parts.train) > 40
    assert leaks(parts, keys=python_text.paragraphs) == set()


def test_short_paragraphs_do_not_tie_topics_together():
    document = "See also:\n\n" + "one two three four five six seven Eight."
    assert python_text.paragraphs(document) == [
        "one two three four five six seven eight"
    ]


def test_no_docstring_crosses_a_split():
    parts = python_text.prose(("numpy",))
    assert leaks(parts, keys=python_text.whole) == set()
    assert min(len(part) for part in parts) > 0
    assert all(len(document.split()) >= 8 for part in parts for document in part)


def test_no_source_file_crosses_a_split_and_the_bounds_hold():
    parts = python_text.code(max_characters=400_000, max_file=30_000, test=0.2)
    lengths = [len(document) for part in parts for document in part]
    assert max(lengths) <= 30_000
    assert 370_000 < sum(lengths) <= 400_000
    assert leaks(parts, keys=python_text.whole) == set()
    assert min(len(part) for part in parts) > 0


def test_equal_seeds_repeat_the_split_and_others_do_not():
    first, again, other = (
        python_text.code(max_characters=100_000, seed=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
    assert python_text.topics() == python_text.topics()
    assert python_text.topics() != python_text.topics(seed=1)


def test_a_source_that_is_not_utf_8_is_left_out(tmp_path):
    path = tmp_path / "old.py"
    path.write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n")
    assert python_text._source(path) == ""


def test_an_unknown_package_is_named():
    with pytest.raises(ValueError, match=r"package \('pandas'\)"):
        python_text.code(("pandas",))
