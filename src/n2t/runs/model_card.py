"""The model card of a published run, made from the run's facts and the ledger.

What a card should answer: Mitchell et al. (2019), "Model Cards for Model Reporting".
Nothing in it is typed by hand, so it can be made again and compared.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from n2t import ledger
from n2t.ledger import Record, places
from n2t.runs.terms import terms_of

USES = {
    "translation": ("translate", '"A dog runs."'),
    "language-model": ("generate", '"The "'),
    "classification": ("evaluate", "--split test"),
}
LOAD = """from n2t.runs import folders

model, tokenizer, facts = folders.load_model({folder})"""
TRANSLATE = """from n2t.runs import folders, scoring

model, tokenizer, facts = folders.load_model({folder})
options = facts["configuration"]["decode"]
scoring.translate(model, tokenizer, ["A dog runs."], **options)"""


def card(
    facts: Mapping[str, Any],
    last: Mapping[str, Any],
    records: Sequence[Record] = (),
    *,
    folder: str,
) -> str:
    """A model card as Markdown.

    Args:
        facts: the published run's description, with its ``export``.
        last: the last row of its metrics: step, tokens, seconds.
        records: recorded scores of this run; see ``recorded``.
        folder: where the reader finds the weights.
    """
    terms = terms_of(facts)
    about = facts["configuration"].get("about", f"A {facts['task']} model")
    sections = {
        about.partition(",")[0]: _what(facts, about),
        "Use it": _use(facts["task"], folder),
        "What it is for": terms.use,
        "Limits": terms.limits,
        "Data": f"{terms.data} Its SHA-256 is in `run.json`.",
        "License": terms.license,
        "How it was trained": _training(facts, last),
        "Scores": _scores(records, facts["task"], folder),
        "How to cite": _cite(facts, terms.citation),
    }
    parts = [f"## {title}\n\n{text}" for title, text in sections.items()]
    return "\n\n".join(parts).removeprefix("#") + "\n"


def recorded(names: Sequence[str], facts: Mapping[str, Any]) -> list[Record]:
    """The ledger's records of those names, each checked to be of this run.

    Raises:
        LedgerError: a record that is missing or stale.
        ValueError: one of another configuration or seed.
    """
    found = [ledger.result(name) for name in names]
    for record in found:
        wrong = ledger.differences(record["configuration"], facts["configuration"])
        if facts["seed"] not in record["seeds"]:
            wrong.append(f"seeds {record['seeds']} lack {facts['seed']}")
        if wrong:
            raise ValueError(f"scores ({record['name']}): {'; '.join(wrong)}")
    return found


def _what(facts: Mapping[str, Any], about: str) -> str:
    weights = facts["export"]["files"]["model/model.safetensors"]
    model = ", ".join(f"{k} {v}" for k, v in facts["configuration"]["model"].items())
    pieces = facts["configuration"]["tokenizer"]
    return (
        f"{about}. {facts['parameters']:,} parameters, stored as "
        f"{facts['export']['dtype']} in {weights['size'] / 1e6:.1f} MB and read back "
        f"as float32.\n\n"
        f"- task: {facts['task']}\n"
        f"- model: {model}\n"
        f"- tokenizer: {', '.join(f'{k} {v}' for k, v in pieces.items())}\n"
        f"- SHA-256 of `model/model.safetensors`: `{weights['sha256']}`"
    )


def _use(task: str, folder: str) -> str:
    command, argument = USES[task]
    quoted = json.dumps(folder, ensure_ascii=False)
    code = (TRANSLATE if task == "translation" else LOAD).format(folder=quoted)
    return (
        f"From the course's folder, once its packages are installed:\n\n"
        f"```\nn2t {command} {shlex.quote(folder)} {argument}\n```\n\n"
        f"or in Python:\n\n```python\n{code}\n```"
    )


def _training(facts: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{k} {v}" for k, v in facts["versions"].items())
    several, before = facts.get("processes", 1), facts.get("begun_with")
    began = (
        f" It began with the weights of `{before['command']}`: {before['updates']:,} "
        f"updates on {before['tokens']:,} target tokens."
        if before
        else ""
    )
    return (
        f"```\n{facts['command'].replace(' && ', chr(10))}\n```\n\n"
        f"at commit `{facts['commit']}`: {last['step']:,} updates on "
        f"{last['tokens']:,} target tokens with seed {facts['seed']}, "
        f"{last['seconds'] / 60:.0f} minutes on {facts['device']} "
        f"({facts['processor']}, "
        f"{f'processes: {several}, each with ' if several > 1 else ''}"
        f"threads: {facts['threads']}).{began} {versions}. The "
        f"whole configuration is in `run.json`, the curves are in `metrics.jsonl`."
    )


def _scores(records: Sequence[Record], task: str, folder: str) -> str:
    again = f"```\nn2t evaluate {shlex.quote(folder)} --split test\n```"
    if not records:
        return f"None recorded yet. To score it:\n\n{again}"
    parts = []
    for record in records:
        parts.append(f"Record `{record['name']}` of the course's ledger:\n")
        for metric in record["metrics"]:
            value, how = record.metric(metric), record.signature(metric)
            digits = 4 if value <= 1 else 2
            parts.append(f"- {metric} **{value:.{digits}f}** (`{how}`)")
        parts.append("")
    lines = "\n".join(parts)
    return f"{lines}\nTo score it again:\n\n{again}"


def _cite(facts: Mapping[str, Any], citation: str) -> str:
    commit = facts["commit"].rstrip("+")
    text = f"The course, *From Neuron to Transformer*, at commit `{commit}`"
    if not citation:
        return f"{text}."
    entry = bibliography_entry(citation)
    shown = f"\n\n```bibtex\n{entry}\n```" if entry else f": {citation}."
    return f"{text}; and the makers of the data:{shown}"


def bibliography_entry(key: str, path: Path | None = None) -> str:
    """An entry of ``references.bib`` as it stands there; "" if there is none."""
    path = path or places.ROOT / "references.bib"
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"^@\w+\{{{re.escape(key)},.*?^\}}", text, re.M | re.S)
    return found.group() if found else ""
