"""Source files of the course's libraries: whole modules, nothing of a build's."""

import pytest

from n2t.data.sets.library_text import LIBRARIES, _is_theirs, library_text
from n2t.data.sets.splits import fold, leaks


def test_no_file_crosses_a_split_and_every_library_is_there():
    parts = library_text()
    assert leaks(parts, keys=lambda text: [fold(text)]) == set()
    assert min(len(part) for part in parts) > 10
    for words in ("import numpy", "matplotlib", "scikit-learn developers"):
        assert any(words in text for text in parts.train)


def test_files_are_bounded_and_not_empty():
    lengths = [len(text) for part in library_text(max_file=9000) for text in part]
    assert min(lengths) > 0 and max(lengths) <= 9000


def test_what_a_build_writes_and_what_was_copied_from_others_is_left_out():
    for name in ("numpy.__config__", "matplotlib._version", "numpy.version"):
        assert not _is_theirs(name)
    assert not _is_theirs("sklearn.externals._arff")
    assert _is_theirs("numpy.linalg._linalg") and _is_theirs("sklearn")
    everything = "".join("".join(part) for part in library_text())
    assert '"Compilers": {' not in everything and "class ArffDecoder" not in everything


def test_equal_seeds_repeat_the_split_and_others_do_not():
    first, again = library_text(LIBRARIES[:1]), library_text(LIBRARIES[:1])
    assert first == again != library_text(LIBRARIES[:1], seed=1)


def test_an_unknown_package_is_named():
    with pytest.raises(ValueError, match=r"package \('pandas'\)"):
        library_text(("pandas",))
