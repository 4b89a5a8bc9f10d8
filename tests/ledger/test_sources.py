"""The hash of a source is of what it does, and of nothing else."""

import itertools

import pytest

from n2t.ledger import source_hash

SAME = '''"""Words."""


def double(x):
    """Twice x.

    Really.
    """
    # because
    return 2 * x
'''


@pytest.fixture
def hashed(tmp_path):
    """The hash of a program's text."""

    def of(text):
        (tmp_path / "program.py").write_text(text)
        return source_hash(tmp_path / "program.py")

    return of


@pytest.mark.parametrize(
    ("old", "new"),
    [("Words.", "Other words."), ("Really.", "Always."), ("# because", "# why\n\n")],
)
def test_other_words_about_it_are_the_same_program(hashed, old, new):
    assert hashed(SAME) == hashed(SAME.replace(old, new))


@pytest.mark.parametrize(
    "texts",
    [
        ("return 2", "return 3"),
        ('def f():\n    """d."""; return 1', 'def f():\n    """d."""; return 2'),
        ('def f(): "d"; return 1', 'def f(): "d"; return 2'),
        ('class A: "d"; scale = 1', 'class A: "d"; scale = 100'),
        ('x = """\n# a\n"""', 'x = """\n# b\n"""', 'x = """\n\n"""', 'x = """\n"""'),
        ('x = """a\nb"""', 'x = """a \nb"""'),
        ('x = f"""\n# {1}\n"""', 'x = f"""\n# {2}\n"""'),
    ],
)
def test_another_program_has_another_hash(hashed, texts):
    for one, other in itertools.combinations(texts, 2):
        assert hashed(one) != hashed(other)
