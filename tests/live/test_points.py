"""A neuron and a net, in the browser: the numbers of `n2t.scratch`, drawn points."""

import numpy as np
import pytest

from n2t.scratch import SGD, BinaryCrossEntropy, Linear, ReLU, Sequential
from n2t.scratch.neuron import fit_perceptron

CLOSE = {"rtol": 0, "atol": 1e-6}
each = pytest.mark.parametrize("where", ["server", "file"])


def points(rng, size=12):
    """Random points and which of them should fire."""
    return np.column_stack(
        [rng.uniform(-0.6, 1.6, (size, 2)), rng.integers(0, 2, size)]
    )


@each
def test_the_perceptron_is_the_librarys(visit, where):
    page, ended = visit("neuron", where), 0
    for seed in range(24):
        given = points(np.random.default_rng(seed), 3 + seed % 5)
        found = page.evaluate("points => live.perceptron(points, 50)", given.tolist())
        weights, mistakes = fit_perceptron(given[:, :2], 2 * given[:, 2] - 1, 50)
        assert np.allclose(found["weights"], weights, **CLOSE)
        assert found["mistakes"] == mistakes
        ended += mistakes[-1] == 0
    assert 4 < ended < 24


@each
def test_every_step_of_the_net_is_the_librarys(visit, where):
    page = visit("net", where)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        given, hidden = points(rng), int(rng.integers(1, 9))
        first, last = Linear(2, hidden, rng, 2**0.5), Linear(hidden, 1, rng)
        first.b[:] = rng.normal(size=hidden)
        net, criterion = Sequential(first, ReLU(), last), BinaryCrossEntropy()
        rate, momentum = float(rng.uniform(0.05, 0.5)), float(rng.choice([0, 0.9]))
        start = {"W1": first.W.tolist(), "b1": first.b.tolist()}
        start |= {"W2": last.W[:, 0].tolist(), "b2": float(last.b[0])}
        script = """([net, points, rate, momentum]) => [...Array(25)].map(() => {
            const loss = live.net.lossOf(net, points);
            net = live.net.step(net, points, rate, momentum);
            return [loss, net.W1, net.b1, net.W2, net.b2];
        })"""
        found = page.evaluate(script, [start, given.tolist(), rate, momentum])
        optimizer = SGD(net.parameters(), rate, momentum)
        for loss, W1, b1, W2, b2 in found:
            wanted = criterion.forward(net.forward(given[:, :2]), given[:, 2:])
            net.backward(criterion.backward())
            optimizer.step(net.gradients())
            assert np.isclose(loss, wanted, **CLOSE)
            pairs = [(W1, first.W), (b1, first.b), (W2, last.W[:, 0]), (b2, last.b[0])]
            assert all(np.allclose(ours, theirs, **CLOSE) for ours, theirs in pairs)


def said(page):
    """What the figure says."""
    return page.locator(".live-said").inner_text()


def press(page, name, times=1):
    """Press a button, by the keyboard."""
    page.get_by_role("button", name=name, exact=True).focus()
    for _ in range(times):
        page.keyboard.press("Enter")


def test_and_is_learned_and_xor_runs_in_a_circle(visit):
    page = visit("neuron")
    press(page, "A whole pass", 8)
    assert "had no mistake" in said(page)
    assert page.get_by_role("button", name="One example").is_disabled()
    page.get_by_role("radio", name="XOR").check()
    press(page, "A whole pass", 6)
    assert said(page).endswith("End of pass 6: 4 mistakes.")
    shown = page.locator(".live-panel .large.end").all_text_contents()
    assert [float(value) for value in shown] == [0, 0, 0]


def test_points_are_drawn_moved_turned_and_taken_away(visit, finger):
    page = visit("neuron", viewport={"width": 360, "height": 740}, has_touch=True)
    dots = page.locator(".live-panel .hold")
    press(page, "Clear")
    assert dots.count() == 0 and "Draw points" in said(page)
    page.locator(".live-panel .sheet").tap(position={"x": 60, "y": 60})
    press(page, "Add a point")
    assert dots.count() == 2
    before = dots.first.get_attribute("aria-valuenow")
    finger(page, dots.first, 80, 30)
    assert float(dots.first.get_attribute("aria-valuenow")) > float(before) + 0.3
    dots.nth(1).tap()
    assert dots.nth(1).get_attribute("aria-valuetext").endswith("should not")
    for _ in range(2):
        page.keyboard.press(" ")
    assert dots.nth(1).get_attribute("aria-valuetext").endswith("should not")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert dots.nth(1).get_attribute("aria-valuenow") == "0.45"
    page.keyboard.press("Delete")
    assert dots.count() == 1


def test_the_net_runs_pauses_and_keeps_still_where_that_is_wanted(visit):
    page = visit("net")
    press(page, "Run")
    page.wait_for_function("!/ 14 steps/.test(document.body.innerText)")
    press(page, "Pause")
    there = said(page)
    page.wait_for_timeout(300)
    assert said(page) == there
    still = visit("net", reduced_motion="reduce")
    press(still, "Run")
    assert "414 steps" in said(still)


def test_two_hidden_units_rarely_find_xor(visit):
    page = visit("net", reduced_motion="reduce")
    page.get_by_role("radio", name="2", exact=True).check()
    found = 0
    for _ in range(10):
        press(page, "Run")
        found += "4 of 4" in said(page)
        press(page, "Another start")
    assert found < 8
