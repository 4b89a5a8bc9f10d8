"""Hidden tests: outside the repository, within their ranges, taken out whole."""

import pytest
from sample_chapter import sample

from coursekit import paths
from coursekit.classroom import overlay


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


def test_hidden_parts_are_taken_out_whole():
    check = sample().exercise("ex-sample-weights")
    whole = overlay.graded_check(None, sample(), check)
    assert "_guard.check()" in whole
    assert overlay.without_hidden(whole) == check.check


def test_what_a_graded_cell_hides_in_front_of_its_check_runs():
    source = overlay.graded_check(None, sample(), sample().exercise("ex-sample-draw"))
    namespace = {}
    exec(source, namespace)
    assert hasattr(namespace["rng"], "normal")
