"""Inputs are new at every grading, and the same at every regrading."""

from coursekit.checks.draws import draw


def test_the_same_seed_draws_the_same_and_another_does_not():
    first, again = draw("ex-a", 7).normal(), draw("ex-a", 7).normal()
    assert first == again
    assert draw("ex-a", 8).normal() != first
    assert draw("ex-b", 7).normal() != first


def test_the_seed_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("COURSEKIT_SEED", "7")
    assert draw("ex-a").normal() == draw("ex-a", 7).normal()
    monkeypatch.delenv("COURSEKIT_SEED")
    assert draw("ex-a").normal() != draw("ex-a").normal()
