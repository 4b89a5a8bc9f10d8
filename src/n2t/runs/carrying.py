"""Carry records over a move of files: new paths where nothing else changed.

    python -m n2t.runs.carrying [NAME ...] [--since COMMIT] [--write]
    python -m n2t.runs.carrying --measured-at NAME [NAME ...]

For those who keep the course, in its git checkout. A record is believed if its hashes
are those of its commit, or of the commit that wrote it. Each file that its numbers
depend on today is compared with what it was there (see ``n2t.ledger.moved``). Where
none differs, the record gets today's paths and hashes. Where some do, ``--measured-at``
marks it: pages then say at which commit its numbers were measured, until its run is
repeated. Without ``--write`` or ``--measured-at`` nothing is written.

It always begins with the records as git has them (``--since``: at another commit), so
it may be run again after more changes.
"""

import argparse
import importlib
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from n2t import ledger
from n2t.data.cards import RECORDED
from n2t.data.cards import __main__ as cards
from n2t.files import write_json
from n2t.ledger import places
from n2t.ledger.imports import Tree
from n2t.ledger.moved import Move
from n2t.ledger.records import stale
from n2t.runs import lineage

PROGRAM = re.compile(r"benchmarks[./](\w+)")


class Carried(NamedTuple):
    """What became of a record: a word, its fields today, and what differs."""

    outcome: str  # "fresh", "carried", "changed" or "unknown"
    fields: dict[str, Any]
    reasons: tuple[str, ...] = ()


def sources_today(record: dict[str, Any]) -> list[str]:
    """The files that a record's numbers would depend on if they were made today.

    Raises:
        ValueError: nothing here makes such a record.
    """
    room, _, what = record["name"].partition("/")
    if record["preset"] is not None:
        return lineage.sources_of(record)
    if room == "data" and what in RECORDED:
        return cards.sources(what)
    found = PROGRAM.search(record["command"])
    program = found[1] if found else record["task"] == "bench" and what
    if not program or not (places.ROOT / f"benchmarks/{program}.py").is_file():
        raise ValueError(f"{record['name']}: no program makes it")
    module = importlib.import_module(f"benchmarks.{program}")
    own = getattr(module, "sources", None)  # it names what it chooses
    return own() if own else ledger.sources_of(module.__file__)


def carry(name: str, since: str = "HEAD") -> Carried:
    """A record as it would be today; nothing is written."""
    path = places.path_of(name, places.ROOT)
    here = json.loads(path.read_text(encoding="utf-8"))
    if list(here["sources"]) == sources_today(here) and not stale_now(here):
        return Carried("fresh", here)
    file = path.relative_to(places.ROOT).as_posix()
    fields = json.loads(git("show", f"{since}:{file}"))
    wrote = git("log", "-1", "--format=%H", since, "--", file).decode().strip()
    commits = [fields["commit"].rstrip("+"), wrote]
    known = [commit for commit in commits if commit and verified(fields, commit)]
    if not known:
        return Carried("unknown", fields, (f"hashes of neither of {commits}",))
    move = move_since(known[0])
    sources = sources_today(fields)
    reasons = tuple(filter(None, map(move.difference, sources)))
    fields["command"] = move.text(fields["command"])
    if origin := fields["configuration_source"]:
        origin["file"] = move.text(origin["file"])
    fields["sources"] = ledger.source_hashes(sources)
    if reasons:
        before = fields.get("measured_at", {"commit": known[0], "changed": []})
        changed = sorted({*before["changed"], *reasons})
        fields["measured_at"] = before | {"changed": changed}
    return Carried("changed" if reasons else "carried", fields, reasons)


def stale_now(fields: dict[str, Any]) -> list[str]:
    """Why a record would be refused here; an empty list if it would not."""
    return stale(ledger.Record(fields), configuration=None, root=places.ROOT)


def verified(fields: dict[str, Any], commit: str) -> bool:
    """Whether a record's hashes are those of its files at a commit."""
    try:
        tree = tree_at(commit)
    except subprocess.CalledProcessError:
        return False  # a commit that is not here
    return all(
        tree.place(path).is_file() and ledger.source_hash(tree.place(path)) == digest
        for path, digest in fields["sources"].items()
    )


@cache
def move_since(commit: str) -> Move:
    """From a commit to the files that are here."""
    words = ("diff", "--name-status", "--find-renames=40%", "--diff-filter=R")
    lines = git(*words, commit, "--", "src", "benchmarks").decode().splitlines()
    renames = dict(line.split("\t")[1:] for line in lines)
    return Move(tree_at(commit), Tree(places.ROOT), renames)


@cache
def tree_at(commit: str) -> Tree:
    """The files of a commit."""
    folder = TemporaryDirectory()
    packed = io.BytesIO(git("archive", commit, "src", "benchmarks"))
    with tarfile.open(fileobj=packed) as archive:
        archive.extractall(folder.name, filter="data")
    tree = Tree(folder.name)
    tree.folder = folder  # lives as long as the tree
    return tree


def git(*words: str) -> bytes:
    """What git prints in this checkout; CalledProcessError if it fails."""
    command = ["git", "-C", str(places.ROOT), *words]
    return subprocess.run(command, capture_output=True, check=True).stdout


def write(fields: dict[str, Any]) -> Path:
    """Write a record's fields to its file."""
    path = places.path_of(fields["name"], places.ROOT)
    write_json(path, fields, indent=1)
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Say what would become of each record; write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="records; none: all")
    parser.add_argument("--since", default="HEAD", help="where records are read from")
    parser.add_argument("--write", action="store_true", help="write what is carried")
    parser.add_argument("--measured-at", nargs="+", default=[], metavar="NAME")
    options = parser.parse_args(arguments)
    places.checkout()
    for name in dict.fromkeys(options.names + options.measured_at) or ledger.names():
        found = carry(name, options.since)
        wanted = options.write and found.outcome == "carried"
        wanted |= found.outcome == "changed" and name in options.measured_at
        if wanted:
            write(found.fields)
        left = stale_now(found.fields) if found.outcome != "fresh" else []
        print(f"{name}: {found.outcome}{', written' * wanted}")
        print(
            *(f"    {reason}\n" for reason in (*found.reasons, *left)), sep="", end=""
        )


if __name__ == "__main__":
    main()
