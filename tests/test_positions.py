"""Five kinds of positions: against their papers' formulas, at any offset."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t.positions import KINDS, Positions, make_positions

few = settings(max_examples=25, deadline=None)
close = {"atol": 1e-10, "rtol": 1e-10}


@pytest.fixture(autouse=True)
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def made(kind, d_model=16, n_head=4, d_k=8, max_length=20, **options):
    torch.manual_seed(0)
    return make_positions(kind, d_model, n_head, d_k, max_length, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_acts_in_one_place_and_leaves_the_others_alone(kind):
    positions = made(kind)
    assert isinstance(positions, Positions) and positions.kind == kind
    x, q = torch.randn(2, 5, 16), torch.randn(2, 4, 5, 8)
    embeds = not torch.equal(positions.embed(x), x)
    rotates = not torch.equal(positions.rotate(q), q)
    biases = positions.bias(5, 5) is not None
    wanted = {
        "none": (False, False, False),
        "learned": (True, False, False),
        "sinusoidal": (True, False, False),
        "rotary": (False, True, False),
        "alibi": (False, False, True),
    }
    assert (embeds, rotates, biases) == wanted[kind]


@few
@given(st.sampled_from(KINDS), st.integers(1, 9), st.integers(0, 9), st.integers(0, 2))
def test_a_piece_at_its_offset_equals_that_piece_of_the_whole(kind, T, offset, more):
    positions = made(kind)
    whole = offset + T + more
    x, q = torch.randn(2, whole, 16), torch.randn(2, 4, whole, 8)
    here = slice(offset, offset + T)
    torch.testing.assert_close(
        positions.embed(x[:, here], offset), positions.embed(x)[:, here], **close
    )
    torch.testing.assert_close(
        positions.rotate(q[:, :, here], offset),
        positions.rotate(q)[:, :, here],
        **close,
    )
    if kind == "alibi":
        Tk = offset + T
        last_rows = positions.bias(Tk, Tk)[:, offset:]
        torch.testing.assert_close(positions.bias(T, Tk), last_rows, **close)


def test_sinusoidal_equals_the_papers_formula():
    table = made("sinusoidal").embed(torch.zeros(1, 20, 16))[0]
    for place in range(20):
        for i in range(8):
            angle = place / 10_000 ** (2 * i / 16)
            assert math.isclose(table[place, 2 * i], math.sin(angle), abs_tol=1e-12)
            assert math.isclose(table[place, 2 * i + 1], math.cos(angle), abs_tol=1e-12)


def test_learned_positions_are_trained_and_sinusoidal_ones_are_not():
    assert [p.shape for p in made("learned").parameters()] == [(20, 16)]
    for kind in ("none", "sinusoidal", "rotary", "alibi"):
        assert not list(made(kind).parameters())
        assert not made(kind).state_dict(), "a fixed table needs no place in a file"


def test_rotary_turns_each_pair_by_its_angle():
    positions = made("rotary")
    q = torch.randn(1, 1, 6, 8)
    turned = positions.rotate(q)[0, 0]
    for place in range(6):
        for i in range(4):
            angle = place / 10_000 ** (2 * i / 8)
            pair = complex(q[0, 0, place, i], q[0, 0, place, i + 4])
            wanted = pair * complex(math.cos(angle), math.sin(angle))
            got = complex(turned[place, i], turned[place, i + 4])
            assert abs(got - wanted) < 1e-12


@few
@given(st.integers(0, 8), st.integers(0, 8), st.integers(1, 11))
def test_a_rotary_score_knows_the_distance_alone(m, n, shift):
    positions = made("rotary")
    q, k = torch.randn(2, 1, 1, 1, 8)
    here = (positions.rotate(q, m) * positions.rotate(k, n)).sum()
    there = (positions.rotate(q, m + shift) * positions.rotate(k, n + shift)).sum()
    torch.testing.assert_close(here, there, **close)


def test_rotary_keeps_lengths():
    q = torch.randn(1, 2, 7, 8)
    turned = made("rotary").rotate(q)
    torch.testing.assert_close(turned.norm(dim=-1), q.norm(dim=-1), **close)


def test_alibi_slopes_are_the_papers():
    for n_head, wanted in {
        8: [2**-i for i in range(1, 9)],
        2: [2**-4, 2**-8],
        # 12 heads: the eight of 8, then every other one of 16 (the authors' code)
        12: [2**-i for i in range(1, 9)] + [2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5],
        3: [2**-4, 2**-8, 2**-2],
    }.items():
        slopes = -made("alibi", n_head=n_head).bias(2, 2)[:, 1, 0]
        torch.testing.assert_close(slopes, torch.tensor(wanted), **close)


def test_alibi_lowers_scores_by_distance_both_ways():
    bias = made("alibi", n_head=2).bias(2, 4)
    distance = torch.tensor([[2, 1, 0, 1], [3, 2, 1, 0]])
    torch.testing.assert_close(bias[0], -(2.0**-4) * distance, **close)


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_beyond_max_length_is_refused(kind):
    positions = made(kind)
    positions.check(20)
    positions.check(3, offset=17)
    with pytest.raises(ValueError, match=r"length 21, beyond max_length \(20\)"):
        positions.check(3, offset=18)
    x, q = torch.randn(1, 3, 16), torch.randn(1, 4, 3, 8)
    act = {
        "learned": lambda: positions.embed(x, 18),
        "sinusoidal": lambda: positions.embed(x, 18),
        "rotary": lambda: positions.rotate(q, 18),
        "alibi": lambda: positions.bias(3, 21),
    }
    if kind in act:
        with pytest.raises(ValueError, match="max_length"):
            act[kind]()


@pytest.mark.parametrize("kind", ["learned", "sinusoidal", "rotary"])
def test_the_type_of_what_comes_is_kept(kind):
    for dtype in (torch.float32, torch.bfloat16):
        positions = made(kind)
        assert positions.embed(torch.zeros(1, 3, 16, dtype=dtype)).dtype == dtype
        assert positions.rotate(torch.zeros(1, 4, 3, 8, dtype=dtype)).dtype == dtype


def test_a_larger_base_turns_slower():
    q = torch.ones(1, 1, 2, 8)
    slow = make_positions("rotary", 16, 4, 8, 20, rotary_base=1e6).rotate(q)[0, 0, 1]
    for i in range(4):
        angle = 1e6 ** (-2 * i / 8)
        wanted = complex(1, 1) * complex(math.cos(angle), math.sin(angle))
        assert abs(complex(slow[i], slow[i + 4]) - wanted) < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_positions_of_one_pass_are_the_same_bit_by_bit(kind):
    positions = made(kind)
    once = positions.for_one_pass()
    q = torch.randn(1, 4, 5, 8)
    assert torch.equal(once.rotate(q, 2), positions.rotate(q, 2))
    if kind != "alibi":
        assert once is positions
        return
    for Tq, Tk in [(5, 5), (1, 6), (5, 5)]:
        assert torch.equal(once.bias(Tq, Tk), positions.bias(Tq, Tk))
        assert once.bias(Tq, Tk) is once.bias(Tq, Tk)
    assert positions.for_one_pass().bias(5, 5) is not once.bias(5, 5)


WRONG = {
    "kind": ({"kind": "absolute"}, ValueError, "position.*none, learned.*'absolute'"),
    "odd width": (
        {"kind": "sinusoidal", "d_model": 15}, ValueError, r"d_model \(15\).*even",
    ),
    "odd heads": ({"kind": "rotary", "d_k": 7}, ValueError, r"d_k \(7\).*even"),
    "no room": ({"kind": "none", "max_length": 0}, ValueError, r"max_length \(0\)"),
    "no heads": ({"kind": "alibi", "n_head": 0}, ValueError, r"n_head \(0\)"),
    "base of 0": ({"kind": "rotary", "rotary_base": 0.0}, ValueError, r"base \(0.0\)"),
    "no base": ({"kind": "rotary", "rotary_base": None}, TypeError, "base.*None"),
    "width of 1.5": ({"kind": "learned", "d_model": 1.5}, TypeError, "d_model.*1.5"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_sizes_are_named(name, own_checks_only):
    options, kind, words = WRONG[name]
    with pytest.raises(kind, match=words):
        made(**options)
