"""The id of padding, and its companions, are written down once."""

import ast
from pathlib import Path

import pytest

import n2t
from n2t import models
from n2t.data import batches, text

SOURCES = sorted(Path(n2t.__file__).parent.rglob("*.py"))
NAMES = ("pad_id", "bos_id", "eos_id", "ignore_id", "padding_value", "padding_idx")
SEVERAL = ("special_ids",)


def named(node):
    """Pairs of a name and the expression that it is given, in a piece of syntax."""
    if isinstance(node, ast.keyword):
        yield node.arg, node.value
    elif isinstance(node, ast.arguments):
        places = [*node.posonlyargs, *node.args]
        defaults = places[len(places) - len(node.defaults) :]
        pairs = zip(defaults, node.defaults, strict=True)
        pairs = [*pairs, *zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        yield from ((place.arg, value) for place, value in pairs)
    elif isinstance(node, ast.AnnAssign):
        yield getattr(node.target, "id", None), node.value
    elif isinstance(node, ast.Assign):
        yield from ((getattr(t, "id", None), node.value) for t in node.targets)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
        yield getattr(node.args[1], "value", None), node.args[-1]


def literals(source):
    """The lines on which an id of ``NAMES`` is a number and not a constant's name."""
    return [
        value.lineno
        for node in ast.walk(ast.parse(source))
        for name, value in named(node)
        if name in NAMES
        and number(value)
        or name in SEVERAL
        and any(map(number, getattr(value, "elts", [])))
    ]


def number(value):
    """Is an expression an integer as it stands?"""
    return isinstance(value, ast.Constant) and type(value.value) is int


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_special_id_is_typed_as_a_number(path):
    assert not literals(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "pad_id: int = 0",
        "pad_id = 0",
        "special_ids: Sequence[int] = (0,)",
        "def f(x, ignore_id=0): ...",
        "def f(*, pad_id=0): ...",
        "pad_sequence(rows, padding_value=0)",
        'getattr(config, "pad_id", 0)',
    ],
)
def test_a_typed_id_would_be_found(line):
    assert literals(line) == [1]
    assert not literals(line.replace("0", "PAD"))


def test_models_batches_and_tokenizers_mean_the_same():
    config = models.TransformerConfig(9, 9, d_model=8, n_head=2)
    same = config.pad_id, config.bos_id, config.eos_id
    assert same == (text.PAD, text.BOS, text.EOS)
    assert (text.PAD, text.BOS, text.EOS, text.UNK) == (0, 1, 2, 3)
    assert batches.pad([[7], [8, 9]]).tolist() == [[7, text.PAD], [8, 9]]
