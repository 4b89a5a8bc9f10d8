"""What was measured, each beside its target: tables and bars, from the ledger alone.

The appendix `chapters/appendices/measured.md` shows them. A record ``bench/...`` holds
its rows (what, against what, the target, what to say where it is missed) in its
configuration and the measured ratios with their quartiles in its metrics. What trained
models reach is in records of their own; their targets are here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from n2t import ledger, plots
from n2t.plots import Table

RECORDS = ("bench/steps", "bench/memory", "bench/decoding", "bench/padding")
SECOND = ("bench/avx2/steps", "bench/avx2/decoding")
"""On another kind of processor, without products in bfloat16."""
HEAD = ("what", "against", "target", "measured", "met?")
DATA_RECORD, TRAINED = "data/speed", "multi30k/tiny_cased"
DATA_HEAD = ("an epoch of training pairs", "tokens a second", "ours beside it")
DATA_ROWS = {
    "text": "from text to batches: `n2t`",
    "text_library": "from text to ids: `tokenizers` alone",
    "text_loader": "from text to batches: `tokenizers` in a `DataLoader`",
    "ids": "from ids to batches: `n2t`",
    "ids_loader": "from ids to batches: a plain `DataLoader`",
}
REACH_HEAD = ("model", "score", "target", "reached", "met?", "training")


class Goal(NamedTuple):
    """A target of a trained model; `sign` is 1 where more is better, else -1.

    `reason` is what to say where it is missed.
    """

    name: str
    metric: str
    model: str
    score: str
    target: float
    sign: int
    reason: str


GOALS = (
    Goal(
        "multi30k/transformer_tiny",
        "bleu_lower",
        "Multi30k, English to German: Transformer-Tiny's recipe, in lower case",
        "BLEU on test 2016, lower case",
        41.02,
        1,
        "One seed; it used all updates of the recipe, for no ten epochs in a row went "
        "by without a better validation loss. Scoring is not its authors'. What it "
        "reaches on validation captions is in `multi30k/validation/transformer_tiny`",
    ),
    Goal(
        "multi30k/best",
        "bleu_lower",
        "Multi30k, English to German: our best recipe",
        "BLEU on test 2016, lower case",
        41.02,
        1,
        "One seed on test, chosen on validation captions: pairs by models won what "
        "`multi30k/validation/best` has over `multi30k/validation/untaught`, the same "
        "updates and exponent without them. "
        "Tried in their place and not kept, for it scores lower there: R-Drop "
        "(`multi30k/validation/r_drop`)",
    ),
    Goal(
        "shakespeare/laptop",
        "loss",
        "Tiny Shakespeare, characters",
        "validation loss in nats",
        1.50,
        -1,
        "Without products in bfloat16 the same minutes hold a fifth fewer updates",
    ),
)


def speed(root: Path | str | None = None, *, names: Sequence[str] = RECORDS) -> Table:
    """Each ratio beside its target; below, how it was measured and why one is missed.

    Raises `LookupError` for a missing or stale record.
    """
    found = _records(names, root)
    pairs = [(record, key) for record in found for key in _rows(record)]
    notes = [said(found[0]), *filter(None, (reason(*pair) for pair in pairs))]
    notes += filter(None, (beside(*pair) for pair in pairs))
    rows = [row(*pair) for pair in pairs]
    return Table(HEAD, rows, note="\n".join([*notes, *earlier(found)]))


def speed_bars(root: Path | str | None = None) -> None:
    """Draw every ratio of `speed` as a bar, its quartiles, and its target as a tick."""
    found = _records(RECORDS, root)
    pairs = [(r, k) for r in found for k in _rows(r) if not _rows(r)[k]["share"]]
    names = [
        f"{_rows(r)[k]['what']}\nagainst {_rows(r)[k]['against']}" for r, k in pairs
    ]
    values = [r.metric(k) for r, k in pairs]
    goals = [_rows(r)[k]["at_most"] for r, k in pairs]
    spread = [_quartiles(r, k) or (r.metric(k),) * 2 for r, k in pairs]
    ax = plots.writing.pyplot().subplots(figsize=(6.6, 0.55 * len(pairs) + 0.6))[1]
    met = [not missed(*pair) for pair in pairs]
    bars(ax, [_bare(name) for name in names], values, goals, met, spread)
    ax.axvline(1, color=plots.INK, linestyle=":")
    ax.set_xlabel("ratio to the peer: below 1 is faster, or smaller")


def bars(ax, names, values, goals, met, spread=()) -> None:
    """Horizontal bars from the top, a tick at each goal; green where it is `met`."""
    places = range(len(values))
    colors = [plots.COLORS["good" if good else "bad"] for good in met]
    ax.barh(places, values, height=0.55, color=colors)
    for place, (low, high) in enumerate(spread):
        ax.plot((low, high), (place, place), color=plots.INK, linewidth=2)
    ax.vlines(goals, [p - 0.4 for p in places], [p + 0.4 for p in places], plots.INK)
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")


def _records(names: Sequence[str], root: Path | str | None) -> list[ledger.Record]:
    return [ledger.result(name, root=root) for name in names]


def _rows(record: ledger.Record) -> Mapping[str, Mapping[str, Any]]:
    return record["configuration"]["rows"]


def _bare(text: str) -> str:
    """Markdown's code as plain text."""
    return text.replace("`", "")


def earlier(found: Sequence[ledger.Record]) -> list[str]:
    """The note below a table that says which records are of an earlier state."""
    marked = [record for record in found if record.measured_at]
    names = (f"`{record['name']}` ({record.measured_at[:7]})" for record in marked)
    before = (
        "Measured at an earlier state of the code (commit in brackets), and not "
        "repeated since"
    )
    return [f"{before}: {', '.join(names)}."] if marked else []


def said(record: ledger.Record) -> str:
    """Where and how the ratios came about."""
    how = record["configuration"]
    clock = "processor time" if how["clock"] == "cpu" else "wall clock"
    libraries = ", ".join(f"{name} {v}" for name, v in record["versions"].items())
    return (
        f"On {record['device'].removeprefix('cpu: ')}: each ratio is the median over "
        f"pairs of runs in turn ({clock}; {how['pairs']} pairs for a training step), "
        f"with its quartiles; below 1 is faster, or smaller. {libraries}. "
        f"`{record['command']}` measures them again."
    )


def row(record: ledger.Record, key: str) -> tuple[str, ...]:
    """The line of the table for one of a record's rows."""
    facts, value, spread = _rows(record)[key], record.metric(key), ""
    if ends := _quartiles(record, key):
        low, high = (_number(end, facts) for end in ends)
        spread = f" ({low} to {high})"
    target, verdict = f"≤ {_number(facts['at_most'], facts)}", "met"
    if missed(record, key):
        verdict = "missed"
    measured = f"{_number(value, facts)}{spread}"
    return facts["what"], facts["against"], target, measured, verdict


def missed(record: ledger.Record, key: str) -> bool:
    """Whether a ratio is above its target, rounded as the table rounds."""
    facts = _rows(record)[key]
    return round(record.metric(key), 3 if facts["share"] else 2) > facts["at_most"]


def reason(record: ledger.Record, key: str) -> str:
    """What to say of a missed target; "" of one that is met."""
    if not missed(record, key):
        return ""
    facts = _rows(record)[key]
    return f"Missed, {facts['what']}: {facts['reason'].format(**_numbers(record))}."


def beside(record: ledger.Record, key: str) -> str:
    """What was measured beside a row in the same run, met or missed; "" if nothing."""
    said = record.get("beside", {}).get(key)
    if said is None:
        return ""
    words = said.format(**_numbers(record))
    return f"In the same run, {_rows(record)[key]['what']}: {words}."


def _numbers(record: ledger.Record) -> dict[str, float]:
    return {name: record.metric(name) for name in record["metrics"]}


def _quartiles(record: ledger.Record, key: str) -> tuple[float, ...]:
    if f"{key}_low" not in record["metrics"]:
        return ()
    return tuple(record.metric(f"{key}_{end}") for end in ("low", "high"))


def _number(value: float, row: Mapping[str, Any]) -> str:
    return f"{value:.1%}" if row["share"] else f"{value:.2f}"


def data(root: Path | str | None = None) -> Table:
    """How fast pairs become batches, beside peers; what training waits for them.

    Raises `LookupError` for a missing or stale record.
    """
    record, trained = _records((DATA_RECORD, TRAINED), root)
    share = _rate(trained) / record.metric("epoch_ids_tokens_per_s")
    notes = [
        f"Processor time, medians of {record['configuration']['rounds']} "
        "rounds; ratios within a round, with quartiles: below 1 is faster. Tokens are "
        f"the targets'. Padding: {record.metric('padding_waste'):.1%} of ids in our "
        f"batches, {record.metric('loader_padding_waste'):.1%} in the `DataLoader`'s, "
        f"which sorts nothing. `{record['command']}` measures it again.",
        f"Training takes {_rate(trained):,.0f} of these tokens a second (`{TRAINED}`, "
        f"{trained['device'].removeprefix('cpu: ')}), so that it waits {share:.1%} of "
        "its time for batches, by these two rates. "
        "The next batch is therefore not prepared while one computes: it would save "
        "that share at most.",
    ]
    rows = [
        (
            what,
            f"{record.metric(f'epoch_{name}_tokens_per_s'):,.0f}",
            _beside(record, name),
        )
        for name, what in DATA_ROWS.items()
    ]
    return Table(DATA_HEAD, rows, note="\n".join([*notes, *earlier([record, trained])]))


def _rate(record: ledger.Record) -> float:
    """Tokens a second of a run of training, by the clock."""
    return record["tokens"] / record["wall_seconds"]


def _beside(record: ledger.Record, name: str) -> str:
    """Our time over that of a peer of `DATA_ROWS`, with its quartiles; "" of ours."""
    kind, _, peer = name.partition("_")
    if not peer:
        return ""
    key = f"epoch_{kind}_over_{peer}"
    value, low, high = (record.metric(f"{key}{end}") for end in ("", "_low", "_high"))
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def reached(root: Path | str | None = None) -> Table:
    """What trained models reach, each beside its target; below, the commands.

    Raises `LookupError` for a missing or stale record.
    """
    found = _records([goal.name for goal in GOALS], root)
    pairs = list(zip(GOALS, found, strict=True))
    notes = [f"{goal.model}: `{record['command']}`." for goal, record in pairs]
    notes += [f"Missed, {g.model}: {g.reason}." for g, r in pairs if not _met(g, r)]
    rows = [_reached(*pair) for pair in pairs]
    return Table(REACH_HEAD, rows, note="\n".join([*notes, *earlier(found)]))


def reached_bars(root: Path | str | None = None) -> None:
    """Draw what `reached` says: a panel a score, the target as a tick."""
    scores = list(dict.fromkeys(goal.score for goal in GOALS))
    kinds = [[goal for goal in GOALS if goal.score == score] for score in scores]
    heights = [len(goals) for goals in kinds]
    size = {"figsize": (6.6, 0.6 * len(GOALS) + 1.2), "height_ratios": heights}
    fig, axes = plots.writing.pyplot().subplots(len(kinds), 1, layout="tight", **size)
    for ax, goals in zip(axes, kinds, strict=True):
        found = _records([goal.name for goal in goals], root)
        values = [r.metric(g.metric) for g, r in zip(goals, found, strict=True)]
        names = [goal.model.replace(": ", ":\n") for goal in goals]
        met = [_met(*pair) for pair in zip(goals, found, strict=True)]
        bars(ax, names, values, [goal.target for goal in goals], met)
        ax.set_xlabel(goals[0].score)


def _met(goal: Goal, record: ledger.Record) -> bool:
    value = record.metric(goal.metric)
    return goal.sign * round(value, 3) >= goal.sign * goal.target


def _reached(goal: Goal, record: ledger.Record) -> tuple[str, ...]:
    value, sides = record.metric(goal.metric), "≤" if goal.sign < 0 else "≥"
    cells = [goal.model, goal.score, f"{sides} {goal.target:.2f}", f"{value:.3f}"]
    return *cells, "met" if _met(goal, record) else "missed", effort(record)


def effort(record: ledger.Record) -> str:
    """How long a run was, and what went before it into the weights it began with."""
    said = f"{_time(record)}, {_tokens(record)}"
    if "begun_with" not in record:
        return said
    before = record["begun_with"]
    command = before["command"].partition(" && ")[0]
    minutes = f"{before['wall_seconds'] / 60:.0f} minutes by the clock"
    more = " and what that began with" if "--begin-with" in command else ""
    return f"{said}, after `{command}` ({minutes}, {_tokens(before)}){more}"


def _time(record: ledger.Record) -> str:
    """Minutes of the processor where the run counted them, of the clock where not."""
    if "processor_seconds" in record:
        return f"{record['processor_seconds'] / 60:.0f} minutes of one core"
    threads = record["device"].rpartition(", ")[2]
    threads = "one thread" if threads == "1 threads" else threads
    return f"{record['wall_seconds'] / 60:.0f} minutes on {threads}"


def _tokens(record: Mapping[str, Any]) -> str:
    return f"{record['tokens'] / 1e6:.1f} million tokens"
