"""Hidden tests: outside the repository, within their ranges, taken out whole."""

import pytest
from sample_chapter import RIGHT, sample

from coursekit import paths
from coursekit.classroom import overlay
from coursekit.classroom.sandbox.bench import Bench


def test_an_overlay_inside_the_repository_is_refused():
    with pytest.raises(overlay.OverlayError, match="public"):
        overlay.generate(paths.ROOT / "private", [sample()])


def test_variants_stay_in_their_ranges_and_differ():
    check = sample().exercise("ex-sample-weights").check
    assert overlay.ranges(check) == {"B": (3, 5), "T": (6, 9)}
    found = [overlay.new_variant(check) for _ in range(60)]
    assert {v["parameters"]["T"] for v in found} == {6, 7, 8, 9}
    assert len({v["seed"] for v in found}) == 60
    assert "B = 3  # vary" in overlay.varied(check, {"B": 3})
    with pytest.raises(overlay.OverlayError, match="varies"):
        overlay.varied(check, {"Z": 3})


def test_generating_again_keeps_what_is_there_unless_fresh(tmp_path):
    assert len(overlay.generate(tmp_path, [sample()])) == 2
    assert overlay.generate(tmp_path, [sample()]) == []
    assert len(overlay.generate(tmp_path, [sample()], fresh=True)) == 2


def test_a_variant_that_breaks_the_reference_is_reported(tmp_path, monkeypatch):
    bad = {"seed": 1, "parameters": {"B": 0}}
    monkeypatch.setattr(overlay, "new_variant", lambda check: bad)
    with pytest.raises(overlay.OverlayError, match="reference fails"):
        overlay.generate(tmp_path, [sample()])


def test_hidden_parts_are_taken_out_whole_and_without_a_folder_there_are_none(tmp_path):
    exercise = sample().exercise("ex-sample-weights")
    overlay.generate(tmp_path, [sample()])
    whole = overlay.graded_check(tmp_path, sample(), exercise)
    assert whole.count("rng = _draw('ex-sample-weights'") == 2
    assert overlay.without_hidden(whole) == exercise.check
    assert overlay.graded_check(None, sample(), exercise) == exercise.check


@pytest.mark.parametrize(
    ("own", "passes"),
    [("assert weights(rng.normal(size=(1, 2))).shape == (1, 2), 'own'", True)]
    + [("assert weights(rng.normal(size=(1, 2))) is None, 'own words'", False)],
)
def test_an_instructors_own_assert_is_judged_with_the_rest(tmp_path, own, passes):
    exercise = sample().exercise("ex-sample-weights")
    overlay.generate(tmp_path, [sample()])
    (tmp_path / "98_sample" / f"{exercise.label}.py").write_text(own)
    check = overlay.graded_check(tmp_path, sample(), exercise)
    with Bench(sample(), exercise) as bench:
        outcome = bench.grade(RIGHT[exercise.label], 0, check)
    assert (outcome.passed, outcome.hint) == (passes, "" if passes else "own words")
