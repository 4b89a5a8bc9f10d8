"""Attention by hand, in the browser: `n2t.attention`'s numbers, and handles."""

import numpy as np
import pytest
import torch

from n2t.attention import scaled_dot_product_attention


def case(seed):
    """Random inputs of sizes that all differ; one row may see nothing."""
    rng = np.random.default_rng(seed)
    Tq, Tk, d, d_v = rng.permutation([2, 3, 4, 5])
    mask = rng.random((Tq, Tk)) < 0.7
    if seed % 3 == 0:
        mask[seed % Tq] = False
    return {
        "query": (3 * rng.normal(size=(Tq, d))).tolist(),
        "key": (3 * rng.normal(size=(Tk, d))).tolist(),
        "value": rng.normal(size=(Tk, d_v)).tolist(),
        "mask": mask.tolist(),
        "divide": bool(seed % 2),
        "temperature": float(10 ** rng.uniform(-1, 1)),
    }


@pytest.mark.parametrize("where", ["server", "file"])
def test_weights_and_outputs_are_the_librarys(visit, where):
    page, hidden = visit("attention", where), 0
    for seed in range(24):
        given = case(seed)
        found = page.evaluate("given => live.attend(given)", given)
        q, k, v = (torch.tensor(given[n]).double() for n in ("query", "key", "value"))
        scale = (q.shape[1] ** -0.5 if given["divide"] else 1) / given["temperature"]
        mask = torch.tensor(given["mask"])
        output, weights = scaled_dot_product_attention(
            q, k, v, mask, scale=scale, return_weights=True
        )
        assert np.allclose(found["scores"], q @ k.T * scale, rtol=0, atol=1e-4)
        assert np.allclose(found["weights"], weights, rtol=0, atol=1e-6)
        assert np.allclose(found["output"], output, rtol=0, atol=1e-6)
        hidden += (~mask.any(1)).sum()
    assert hidden > 4


def outputs(page):
    """The two outputs as the table shows them."""
    shown = page.locator(".live-panel .value > text.large").all_text_contents()
    return [float(text.replace("−", "-")) for text in shown]


def test_a_tip_moves_by_the_keyboard(visit):
    page = visit("attention")
    before = outputs(page)
    tip = page.get_by_role("slider", name="query animal?")
    tip.focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowLeft")
    after = outputs(page)
    assert after[0] > before[0] + 5 and after[1] == before[1]
    assert tip.get_attribute("aria-valuenow") == "-1.9"
    page.get_by_role("button", name="Start again").click()
    assert outputs(page) == before


def test_a_tip_is_dragged_by_mouse_and_stays_in_the_plane(visit):
    page = visit("attention")
    box = page.get_by_role("slider", name="key cat").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 900, box["y"] - 40, steps=4)
    page.mouse.up()
    tip = page.get_by_role("slider", name="key cat")
    assert tip.get_attribute("aria-valuenow") == "2.9"
    before = outputs(page)
    page.mouse.move(100, 100)
    assert outputs(page) == before


def test_a_tip_is_dragged_by_a_finger_and_the_page_stays(visit, finger):
    page = visit("attention", viewport={"width": 360, "height": 740}, has_touch=True)
    before, tip = outputs(page), page.get_by_role("slider", name="query cold drink?")
    finger(page, tip, 60, 60)
    assert outputs(page)[1] != before[1] and outputs(page)[0] == before[0]
    assert page.evaluate("scrollY") == 0


def test_a_row_that_may_see_nothing_gives_zeros_and_says_so(visit):
    page = visit("attention")
    cells = page.get_by_role("checkbox", name="animal? may see")
    cells.first.focus()
    for key in (" ", "ArrowRight", "Enter", "ArrowRight", " "):
        page.keyboard.press(key)
    states = [cells.nth(i).get_attribute("aria-checked") for i in range(3)]
    assert states == ["false"] * 3
    assert outputs(page)[0] == 0
    said = page.locator(".live-said").inner_text()
    assert "may see nothing" in said and "NaN" not in page.locator(".live").inner_text()
    page.wait_for_function(
        "document.querySelector('.live-spoken').textContent.includes('nothing')"
    )


def test_a_higher_temperature_evens_the_weights(visit):
    page = visit("attention")
    knob = page.get_by_role("slider", name="temperature")
    knob.focus()
    page.keyboard.press("End")
    assert knob.get_attribute("aria-valuetext") == "10.00"
    assert all(abs(output - 30) < 4 for output in outputs(page))
    page.get_by_role("checkbox", name="divide by").click()
    page.keyboard.press("Home")
    assert page.get_by_role("checkbox", name="divide by").is_checked() is False
