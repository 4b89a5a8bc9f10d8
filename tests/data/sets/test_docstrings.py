"""Docstrings and summaries: parsed, filtered, split by module.

How many there are depends on the versions of Python and of the packages, so counts
are only bounded.
"""

import sys

import pytest

from n2t.data.sets import docstrings as docs
from n2t.data.sets.splits import leaks

SMALL = ("numpy",)  # the others take seconds


@pytest.fixture(scope="module")
def parts():
    return docs.docstring_pairs(SMALL)


def test_hundreds_of_pairs_and_every_split_has_some(parts):
    assert len(parts.train) > 300
    assert len(parts.validation) > 5
    assert len(parts.test) > 5


def test_no_body_and_no_summary_crosses_a_split(parts):
    assert leaks(parts) == set()


def test_summaries_are_whole_sentences_and_bodies_have_the_length_asked_for(parts):
    for part in parts:
        for body, summary in part:
            assert summary.endswith(".") and not summary.endswith("..")
            assert "\n" not in summary
            assert 12 <= len(body.split()) <= 400


def test_a_module_stays_in_one_split():
    examples = [(f"m{i % 60}", (f"body {i}", f"summary {i}")) for i in range(600)]
    parts = docs.by_module(examples, validation=0.2, test=0.2)
    module = {pair: name for name, pair in examples}
    train, validation, test = ({module[pair] for pair in part} for part in parts)
    assert not (train & validation or train & test or validation & test)
    assert len(train) + len(validation) + len(test) == 60


@pytest.mark.parametrize(
    "text",
    [
        "A summary that is cut off by the\nline's end. " + "word " * 20,
        "A summary with no blank line.\n" + "word " * 20,
        "A summary without a full stop\n\n" + "word " * 20,
        "A summary that trails off...\n\n" + "word " * 20,
        "Too short.\n\n" + "word " * 20,
        "A summary whose body is short.\n\nword",
        "A summary whose body is long.\n\n" + "word " * 401,
    ],
)
def test_docstrings_not_built_as_pep_257_asks_are_left_out(text):
    assert docs.summary_pair(text) is None


def test_a_well_built_docstring_gives_body_and_summary():
    text = "Return the answer to it all.\n\n" + "It takes a while. " * 5
    body, summary = docs.summary_pair(text)
    assert summary == "Return the answer to it all."
    assert body == ("It takes a while. " * 5).strip()


def test_functions_methods_and_classes_are_found_but_nothing_inside_a_function(
    tmp_path,
):
    path = tmp_path / "module.py"
    path.write_text(
        '"""Module."""\nclass A:\n    """Class."""\n    def f(self):\n'
        '        """Method."""\n        def g():\n            """Inner."""\n'
        'async def h():\n    r"""Async \\d."""\nx = """not one"""\n'
    )
    found = list(docs._documents(path, "m"))
    assert [(d.name, d.text) for d in found] == [
        ("m", "Module."),
        ("m.A", "Class."),
        ("m.A.f", "Method."),
        ("m.h", "Async \\d."),
    ]


def test_a_file_that_is_no_python_gives_nothing_and_says_nothing(tmp_path, capfd):
    path = tmp_path / "template.py"
    path.write_text('"""{{ name }}"""\nclass {{ name }}:\n    "\\d"\n')
    assert list(docs._documents(path, "m")) == []
    path.write_text('"""Doc."""\nx = "\\d"\n')  # a stray backslash: Python warns
    assert [d.text for d in docs._documents(path, "m")] == ["Doc."]
    assert capfd.readouterr() == ("", "")


def test_parsing_imports_nothing():
    before = set(sys.modules)
    files = [found for found in docs.source_files("sklearn") if "tree" in found[1]]
    found = [document for file in files for document in docs._documents(*file)]
    assert len(found) > 10
    assert not {name for name in set(sys.modules) - before if "sklearn" in name}


def test_tests_and_private_folders_are_not_read():
    modules = [module for _, module in docs.source_files("sklearn")]
    assert "sklearn.linear_model._base" in modules
    assert not any(".tests" in m or "._loss." in m for m in modules)


def test_the_split_of_a_module_does_not_depend_on_the_other_modules():
    examples = [(f"m{i}", (f"body {i}", f"summary {i}")) for i in range(200)]
    all_of_them = docs.by_module(examples, validation=0.2, test=0.2)
    half = docs.by_module(examples[::2], validation=0.2, test=0.2)
    for part, whole in zip(half, all_of_them, strict=True):
        assert set(part) <= set(whole)
    assert min(len(part) for part in all_of_them) > 20
    assert docs.by_module(examples, validation=0.2, test=0.2, seed=1) != all_of_them


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"package \('pandas'\)"):
        docs.docstring_pairs(("pandas",))
    with pytest.raises(ValueError, match=r"validation \(0.5\) \+ test \(0.5\)"):
        docs.docstring_pairs((), validation=0.5, test=0.5)


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(docs.importlib.util, "find_spec", lambda name: None)
    docs.docstrings.cache_clear()
    with pytest.raises(ImportError, match=r"'sklearn'.*pip install"):
        docs.docstrings("sklearn")
