"""README's speed table is what the ledger gives, and tells met from missed."""

import shutil

import pytest

from coursekit.book import readme_tables
from n2t import ledger
from n2t.ledger import LedgerError, places

ROW = {
    "what": "a step",
    "against": "`nn.Peer`",
    "at_most": 0.76,
    "reason": "Products take {step_products:.2f}",
    "share": False,
}


def write(root, value, name="bench/steps", **row):
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


@pytest.fixture
def root(tmp_path):
    """A folder with the records and a README with the marks of both tables."""
    for name in readme_tables.RECORDS:
        write(tmp_path, 0.75, name)
    for name in ("multi30k/transformer_tiny", "multi30k/best"):
        write_run(tmp_path, name, bleu_lower=40.0)
    write_run(tmp_path, "shakespeare/laptop", loss=1.5)
    marks = f"before\n{readme_tables.BEGIN}\nold\n{readme_tables.END}\nbetween\n"
    marks += f"{readme_tables.REACH_BEGIN}\nold\n{readme_tables.REACH_END}\nafter\n"
    (tmp_path / "README.md").write_text(marks, encoding="utf-8")
    return tmp_path


def test_the_readmes_table_is_what_the_ledger_gives():
    text = (places.ROOT / "README.md").read_text("utf-8")
    between = text.split(readme_tables.BEGIN)[1].split(readme_tables.END)[0]
    wanted = readme_tables.table()
    assert between.strip() == wanted, "run python -m coursekit.book.readme_tables"


def test_the_readme_says_what_trained_models_reach_as_the_ledger_does():
    text = (places.ROOT / "README.md").read_text("utf-8")
    between = text.split(readme_tables.REACH_BEGIN)[1].split(readme_tables.REACH_END)[0]
    assert between.strip() == readme_tables.reached(), (
        "run python -m coursekit.book.readme_tables"
    )


@pytest.mark.parametrize(("bleu", "verdict"), [(41.02, "met"), (41.01, "missed")])
def test_a_score_at_its_target_meets_it_and_one_below_is_missed(root, bleu, verdict):
    reason = readme_tables.GOALS[0].reason
    assert f"| ≥ 41.02 | 40.000 | missed. {reason} |" in readme_tables.reached(root)
    write_run(root, "multi30k/best", bleu_lower=bleu)
    assert f"| ≥ 41.02 | {bleu:.3f} | {verdict}" in readme_tables.reached(root)


def test_a_model_comes_with_what_its_training_took(root):
    line = readme_tables.reached(root).splitlines()[2]
    assert "| 2 minutes on 3 threads, 4.0 million tokens | `n2t train` |" in line
    write_run(
        root, "multi30k/transformer_tiny", {"processor_seconds": 180.0}, bleu_lower=1.0
    )
    line = readme_tables.reached(root).splitlines()[2]
    assert "| 3 minutes of one core, 4.0 million tokens |" in line


def test_a_model_that_began_with_trained_weights_says_so(root):
    before = {"command": "n2t train first", "wall_seconds": 3600.0, "tokens": 35e6}
    write_run(root, "multi30k/best", {"begun_with": before}, bleu_lower=1.0)
    after = "after `n2t train first` (60 minutes, 35.0 million tokens) |"
    assert after in readme_tables.reached(root)


def test_a_table_says_which_of_its_numbers_are_of_an_earlier_state(root):
    assert "earlier state" not in readme_tables.reached(root)
    assert "earlier state" not in readme_tables.table(root)
    mark = {"measured_at": {"commit": "0123456789", "changed": ["src/x.py is new"]}}
    write_run(root, "multi30k/best", mark, bleu_lower=1.0)
    last = readme_tables.reached(root).splitlines()[-1]
    assert "earlier state" in last and last.endswith(": `multi30k/best` (0123456).")


def test_a_loss_above_its_target_is_missed(root):
    assert "| ≤ 1.50 | 1.500 | met |" in readme_tables.reached(root)
    write_run(root, "shakespeare/laptop", loss=1.51)
    assert "| ≤ 1.50 | 1.510 | missed" in readme_tables.reached(root)


def test_a_ratio_at_the_target_meets_it_and_one_above_is_missed_with_its_reason(root):
    write(root, 0.764)
    assert "| ≤ 0.76 | 0.76 (0.70 to 0.90) | met |" in readme_tables.table(root)
    write(root, 0.766)
    line = "| ≤ 0.76 | 0.77 (0.70 to 0.90) | missed. Products take 0.66 |"
    assert line.replace("0.66", f"{0.655:.2f}") in readme_tables.table(root)


def test_a_share_is_printed_in_percent(root):
    write(root, 0.0202, "bench/padding", share=True, at_most=0.05)
    assert "| ≤ 5.0% | 2.0% (" in readme_tables.table(root)


@pytest.mark.parametrize(("share", "verdict"), [(0.0504, "met"), (0.054, "missed")])
def test_a_share_four_tenths_of_a_percent_above_its_target_is_missed(
    root, share, verdict
):
    write(root, share, "bench/padding", share=True, at_most=0.05)
    (line,) = [
        line for line in readme_tables.table(root).splitlines() if "5.0%" in line
    ]
    assert f"| {share:.1%} (" in line and f") | {verdict}" in line


def test_the_line_above_the_table_says_where_and_how_it_was_measured(root):
    first = readme_tables.table(root).splitlines()[0]
    for word in ("Some processor, 2 threads", "7 pairs", "wall clock", "torch 2.13.0"):
        assert word in first


def test_only_what_stands_between_the_marks_is_replaced(root):
    text = readme_tables.write(root).read_text("utf-8")
    assert text.startswith("before\n") and text.endswith("\nafter\n")
    assert "old" not in text and readme_tables.table(root) in text
    assert readme_tables.write(root).read_text("utf-8") == text


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        readme_tables.BEGIN,
        f"{readme_tables.END} {readme_tables.BEGIN}",
        f"{readme_tables.BEGIN} {readme_tables.BEGIN} {readme_tables.END}",
    ],
)
def test_a_readme_without_both_marks_is_refused(text):
    with pytest.raises(ValueError, match=r"README\.md must hold"):
        readme_tables.replaced(text, "new")


def test_a_missing_record_is_refused(root):
    shutil.rmtree(root / "results")
    with pytest.raises(LedgerError, match="bench/steps"):
        readme_tables.table(root)
