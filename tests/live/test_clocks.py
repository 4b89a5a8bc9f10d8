"""Clocks, in the browser: the tables and turns of `n2t.positions`."""

import numpy as np
import pytest
import torch

from n2t.positions import Rotary, Sinusoidal

CLOSE = {"rtol": 0, "atol": 1e-4}


@pytest.mark.parametrize("where", ["server", "file"])
def test_sinusoids_are_the_librarys(visit, where):
    page = visit("clocks", where)
    for D in (2, 4, 8, 32, 64):
        for T in (1, 7, 40, 200):
            found = page.evaluate("([T, D]) => live.sinusoids(T, D)", [T, D])
            assert np.allclose(found, Sinusoidal(D, T).table, **CLOSE)


@pytest.mark.parametrize("where", ["server", "file"])
def test_turns_and_scores_are_the_librarys(visit, where):
    page = visit("clocks", where)
    for seed in range(24):
        rng = np.random.default_rng(seed)
        d, base = 2 * int(rng.integers(1, 9)), float(10 ** rng.uniform(1, 5))
        q, k = rng.normal(size=(2, d))
        p, r = (int(place) for place in rng.integers(0, 200, 2))
        rotary = Rotary(d, 200, base).double()
        turned = [
            rotary.rotate(torch.tensor(x)[None, None, None], offset=place)[0, 0, 0]
            for x, place in ((q, p), (k, r))
        ]
        given = [q.tolist(), k.tolist(), p, r, base]
        found = page.evaluate("([q, , p, , b]) => live.rotate(q, p, b)", given)
        assert np.allclose(found, turned[0], **CLOSE)
        score = page.evaluate("given => live.rotaryScore(...given)", given)
        assert np.isclose(score, turned[0] @ turned[1], **CLOSE)


def shown(page):
    """What the figure says of the score."""
    return page.locator(".live-said").inner_text().partition("score ")[2][:5]


def test_a_place_moves_by_the_keyboard_and_the_distance_can_be_held(visit):
    page = visit("clocks")
    before, query = shown(page), page.get_by_role("slider", name="place of the query")
    query.focus()
    page.keyboard.press("ArrowRight")
    moved = shown(page)
    assert moved != before and query.get_attribute("aria-valuenow") == "13"
    page.get_by_role("checkbox", name="hold the distance").check()
    query.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    key = page.get_by_role("slider", name="place of the key")
    assert query.get_attribute("aria-valuenow") == "28"
    assert key.get_attribute("aria-valuenow") == "20"
    assert shown(page) == moved


def test_a_place_is_dragged_by_a_finger(visit, finger):
    page = visit("clocks", viewport={"width": 360, "height": 740}, has_touch=True)
    key = page.get_by_role("slider", name="place of the key")
    key.scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    finger(page, key, 75)
    assert int(key.get_attribute("aria-valuenow")) in (14, 15, 16)
    assert page.evaluate("scrollY") == top


def test_a_larger_base_makes_the_slowest_clock_slower(visit):
    page = visit("clocks")
    page.get_by_role("slider", name="base").focus()
    page.keyboard.press("End")
    assert "comes round after 35,333 places" in page.locator(".live-said").inner_text()
