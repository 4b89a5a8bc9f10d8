"""What was measured stands beside its target as the ledger has it, met or missed."""

import shutil

import pytest
from matplotlib.colors import to_hex

from coursekit.book import targets
from n2t import ledger
from n2t.ledger import LedgerError, places

ROW = {
    "what": "a step",
    "against": "`nn.Peer`",
    "at_most": 0.76,
    "reason": "Products take {step_products:.2f}",
    "share": False,
}


def write(root, value, name="bench/steps", beside=None, **row):
    """A record of one row, whose ratio is `value`."""
    metrics = {"step": value, "step_low": 0.7, "step_high": 0.9, "step_products": 0.655}
    ledger.record(
        name,
        task="bench",
        command="n2t bench all --record",
        configuration={
            "threads": 2, "clock": "wall", "pairs": 7, "rows": {"step": ROW | row}
        },
        seeds=[0],
        metrics={key: [number] for key, number in metrics.items()},
        device="cpu: Some processor, 2 threads",
        versions={"torch": "2.13.0"},
        root=root,
        **({"beside": beside} if beside else {}),
    )  # fmt: skip


def write_run(root, name, facts=None, **metrics):
    """A record of a trained model."""
    ledger.record(
        name,
        task="translation" if "bleu_lower" in metrics else "language-model",
        command="n2t train",
        configuration={},
        seeds=[0],
        metrics={key: [number] for key, number in metrics.items()},
        device="cpu: Some processor, 3 threads",
        wall_seconds=120.0,
        tokens=4_000_000,
        root=root,
        **(facts or {}),
    )


def write_data(root):
    """A record of how fast batches come: 20 times as fast as `write_run` trains."""
    rates = dict.fromkeys(targets.DATA_ROWS, 4_000_000 / 120 * 20)
    metrics = {f"epoch_{name}_tokens_per_s": rate for name, rate in rates.items()}
    for name in ("text_over_library", "text_over_loader", "ids_over_loader"):
        ends = {"": 0.25, "_low": 0.2, "_high": 0.3}
        metrics |= {f"epoch_{name}{end}": value for end, value in ends.items()}
    metrics |= {"padding_waste": 0.02, "loader_padding_waste": 0.41}
    ledger.record(
        targets.DATA_RECORD,
        task="data",
        command="python -m benchmarks.data --record",
        configuration={"rounds": 5},
        seeds=[0],
        metrics={key: [number] for key, number in metrics.items()},
        root=root,
    )


@pytest.fixture
def root(tmp_path):
    """A folder with the records of both tables."""
    for name in (*targets.RECORDS, *targets.SECOND):
        write(tmp_path, 0.75, name)
    for name in (*(goal.name for goal in targets.GOALS[:2]), targets.TRAINED):
        write_run(tmp_path, name, bleu_lower=40.0)
    write_run(tmp_path, "shakespeare/laptop", loss=1.5)
    write_data(tmp_path)
    return tmp_path


def test_the_page_shows_both_tables_and_bars_and_the_readme_leads_there():
    page = (places.ROOT / "chapters/appendices/measured.md").read_text("utf-8")
    calls = ("speed()", "speed_bars()", "data()", "reached()", "reached_bars()")
    for call in (*calls, "speed(names=targets.SECOND)"):
        assert f"\ntargets.{call}\n" in page
    readme = (places.ROOT / "README.md").read_text("utf-8")
    assert "measured.md" in readme and "| target" not in readme


@pytest.mark.parametrize(("bleu", "verdict"), [(41.02, "met"), (41.01, "missed")])
def test_a_score_at_its_target_meets_it_and_one_below_is_missed(root, bleu, verdict):
    goal, table = targets.GOALS[0], targets.reached(root)
    assert table.rows[0][2:5] == ("≥ 41.02", "40.000", "missed")
    assert f"Missed, {goal.model}: {goal.reason}." in table.note.splitlines()
    write_run(root, "multi30k/best", bleu_lower=bleu)
    assert targets.reached(root).rows[1][2:5] == ("≥ 41.02", f"{bleu:.3f}", verdict)


def test_a_model_comes_with_what_its_training_took_and_its_command(root):
    table = targets.reached(root)
    assert table.rows[0][-1] == "2 minutes on 3 threads, 4.0 million tokens"
    assert f"{targets.GOALS[0].model}: `n2t train`." in table.note.splitlines()
    name = targets.GOALS[0].name
    write_run(root, name, {"processor_seconds": 180.0}, bleu_lower=1.0)
    last = targets.reached(root).rows[0][-1]
    assert last == "3 minutes of one core, 4.0 million tokens"


def test_a_model_that_began_with_trained_weights_says_so(root):
    before = {"command": "n2t train first", "wall_seconds": 3600.0, "tokens": 35e6}
    write_run(root, "multi30k/best", {"begun_with": before}, bleu_lower=1.0)
    after = "after `n2t train first` (60 minutes by the clock, 35.0 million tokens)"
    assert targets.reached(root).rows[1][-1].endswith(after)


def test_a_model_names_the_training_before_and_that_there_was_more(root):
    then = "n2t train second --begin-with runs/first && n2t export runs/second shipped"
    before = {"command": then, "wall_seconds": 60.0, "tokens": 1e6}
    write_run(root, "multi30k/best", {"begun_with": before}, bleu_lower=1.0)
    after = (
        "after `n2t train second --begin-with runs/first` "
        "(1 minutes by the clock, 1.0 million tokens) and what that began with"
    )
    assert targets.reached(root).rows[1][-1].endswith(after)


def test_a_table_says_which_of_its_numbers_are_of_an_earlier_state(root):
    assert "earlier state" not in repr(targets.reached(root))
    assert "earlier state" not in repr(targets.speed(root))
    mark = {"measured_at": {"commit": "0123456789", "changed": ["src/x.py is new"]}}
    write_run(root, "multi30k/best", mark, bleu_lower=1.0)
    last = targets.reached(root).note.splitlines()[-1]
    assert "earlier state" in last and last.endswith(": `multi30k/best` (0123456).")


def test_what_was_tried_and_not_kept_scores_lower():
    """The reason of the best recipe says so of R-Drop and of no pairs by models.

    All three began with the same weights; the last two differ in nothing but the pairs.
    """
    tried, control, kept = (
        ledger.result(f"multi30k/validation/{name}")
        for name in ("r_drop", "untaught", "best")
    )
    for record in (tried, control, kept):
        assert f"`{record['name']}`" in targets.GOALS[1].reason
        assert record["begun_with"]["sha256"] == kept["begun_with"]["sha256"]
    apart = ledger.differences(control["configuration"], kept["configuration"])
    assert len(apart) == 1 and "taught" in apart[0]
    scores = [record.metric("bleu_lower") for record in (tried, control, kept)]
    assert scores == sorted(scores)


def test_a_loss_above_its_target_is_missed(root):
    assert targets.reached(root).rows[2][2:5] == ("≤ 1.50", "1.500", "met")
    write_run(root, "shakespeare/laptop", loss=1.51)
    assert targets.reached(root).rows[2][2:5] == ("≤ 1.50", "1.510", "missed")


def test_a_ratio_at_the_target_meets_it_and_one_above_is_missed_with_its_reason(root):
    write(root, 0.764)
    table = targets.speed(root)
    assert table.rows[0][2:] == ("≤ 0.76", "0.76 (0.70 to 0.90)", "met")
    assert not any("Missed" in note for note in table.note.splitlines())
    write(root, 0.766)
    table = targets.speed(root)
    assert table.rows[0][2:] == ("≤ 0.76", "0.77 (0.70 to 0.90)", "missed")
    assert f"Missed, a step: Products take {0.655:.2f}." in table.note.splitlines()


@pytest.mark.parametrize("value", [0.75, 0.9])
def test_what_was_measured_beside_a_row_is_said_met_or_missed(root, value):
    assert "In the same run" not in targets.speed(root).note
    said = {"step": "products alone take {step_products:.2f}"}
    write(root, value, beside=said)
    last = targets.speed(root).note.splitlines()[-1]
    assert last == f"In the same run, a step: products alone take {0.655:.2f}."


def test_batches_stand_beside_peers_and_what_training_waits_for_them(root):
    table = targets.data(root)
    assert [row[2] for row in table.rows] == [
        "", *["0.25 (0.20 to 0.30)"] * 2, "", "0.25 (0.20 to 0.30)"
    ]  # fmt: skip
    assert table.rows[0][1] == "666,667"
    assert "2.0% of ids in our" in table.note and "41.0% in the" in table.note
    assert "33,333 of these tokens a second (`multi30k/tiny_cased`, Some" in (
        table.note
    )
    assert "waits 5.0% of its time" in table.note


def test_another_processor_has_a_table_of_its_own(root):
    write(root, 0.77, targets.SECOND[0])
    verdicts = [row[-1] for row in targets.speed(root, names=targets.SECOND).rows]
    assert verdicts == ["missed", "met"]
    assert {row[-1] for row in targets.speed(root).rows} == {"met"}


def test_the_other_processor_is_another_and_has_the_same_targets():
    first, second = (
        ledger.result(name) for name in (targets.RECORDS[0], targets.SECOND[0])
    )
    assert "AVX2" in second["device"] and "AVX2" not in first["device"]
    rows = second["configuration"]["rows"]
    assert rows and rows.items() <= first["configuration"]["rows"].items()
    assert first.metric("bfloat16_gflops") > first.metric("float32_gflops")
    assert second.metric("bfloat16_gflops") < second.metric("float32_gflops")


def test_a_share_is_printed_in_percent(root):
    write(root, 0.0202, "bench/padding", share=True, at_most=0.05)
    *_, target, measured, _ = targets.speed(root).rows[-1]
    assert target == "≤ 5.0%" and measured.startswith("2.0% (")


@pytest.mark.parametrize(("share", "verdict"), [(0.0504, "met"), (0.054, "missed")])
def test_a_share_four_tenths_of_a_percent_above_its_target_is_missed(
    root, share, verdict
):
    write(root, share, "bench/padding", share=True, at_most=0.05)
    *_, measured, said = targets.speed(root).rows[-1]
    assert measured.startswith(f"{share:.1%} (") and said == verdict


def test_the_first_note_says_where_and_how_it_was_measured(root):
    first = targets.speed(root).note.splitlines()[0]
    for word in ("Some processor, 2 threads", "7 pairs", "wall clock", "torch 2.13.0"):
        assert word in first


def test_the_table_as_a_page_has_code_for_code_and_hides_no_character(root):
    html = targets.speed(root)._repr_html_()
    assert "<code>nn.Peer</code></td>" in html
    write(root, 0.75, what="a < b")
    assert "a &lt; b</th>" in targets.speed(root)._repr_html_()


def test_a_bar_is_as_long_as_its_number_and_colored_as_the_table_says(root):
    from n2t import plots

    plt = plots.writing.pyplot()
    write(root, 0.77)
    targets.speed_bars(root)
    bars = plt.gca().patches
    assert [round(bar.get_width(), 3) for bar in bars] == [0.77, 0.75, 0.75, 0.75]
    colors = [plots.COLORS[word] for word in ("bad", "good", "good", "good")]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == colors
    targets.reached_bars(root)
    bleu, loss = (ax.patches for ax in plt.gcf().axes)
    assert [bar.get_width() for bar in (*bleu, *loss)] == [40.0, 40.0, 1.5]
    assert to_hex(loss[0].get_facecolor()) == plots.COLORS["good"]
    plt.close("all")


def test_a_missing_record_is_refused(root):
    shutil.rmtree(root / "results")
    with pytest.raises(LedgerError, match="bench/steps"):
        targets.speed(root)
