"""`coursekit test`: every check, in one order, with one closing line.

Where the system permits, the book is built and everything is checked with the
network cut off but for loopback: what passes needs no network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from coursekit import paths
from coursekit.book.running.references import nbval_command, write_references

COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)")
CLASS_SITE = "tests/coursekit/book/test_class_site.py"
AFTER_BOOK = (CLASS_SITE, "tests/chapters", "tests/site")  # the longest test first
CUT_OFF = "Everything below runs with the network cut off, but for loopback."
LEFT_ON = (
    "SKIPPED: running with the network cut off (it needs Linux, `unshare` and "
    "`ip`, and the right to use them). The network stays on."
)


@dataclass
class Step:
    """One command of the checks."""

    name: str
    command: list[str]
    counts: bool = False  # whether its last lines count tests, as pytest's do
    needed: bool = False  # whether nothing after it can be checked where it failed
    beside: Step | None = None  # what runs at the same time, and speaks after it


def offline() -> list[str]:
    """The prefix that cuts a command off from the network; empty if not permitted."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return []
    own_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    script = 'ip link set lo up && exec "$@"'
    prefix = ["unshare", "--net", *own_user, "sh", "-c", script, "sh"]
    allowed = subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    return prefix if allowed else []


def python(*arguments: str) -> list[str]:
    """A command of this environment's Python."""
    return [sys.executable, *arguments]


def workers(more: int = 0) -> list[str]:
    """pytest's workers, one a processor; who has nothing left takes of another's.

    With `more` of them no processor is idle while a browser waits.
    """
    return ["-n", str(processors() + more), "--dist", "worksteal"]


def processors() -> int:
    """How many are used."""
    return min(os.cpu_count() or 1, 8)


def steps() -> Iterator[Step]:
    """The checks in order: quick ones first; the site's after the site is built."""
    code = ["src", "tests", "benchmarks"]
    yield Step("lint", python("-m", "ruff", "check", *code))
    yield Step("format", python("-m", "ruff", "format", "--check", *code))
    ignored = [f"--ignore={place}" for place in AFTER_BOOK]
    slowest = "--durations=10"
    test = ("-m", "pytest", "-q", "-p", "coursekit", slowest)
    tests = python(*test, *workers(), *ignored, "tests")
    yield Step("tests of the library", tests, counts=True)
    book = python("-m", "coursekit", "book", "--strict")
    yield Step("every chapter", [*book, "--no-site"], needed=True)
    again = nbval_command(write_references(paths.notebooks()), processors() + 1)
    site = Step("the site", book, needed=True)
    yield Step("every notebook again", again, counts=True, beside=site)
    last = [place for place in AFTER_BOOK if (paths.ROOT / place).exists()]
    looks = python(*test, *workers(more=1), *last)
    yield Step("chapters and site", looks, counts=True)


def show(text: str) -> None:
    """Print it now, as it is."""
    print(text, end="", flush=True)


def run(step: Step, prefix: list[str]) -> dict[str, Counter]:
    """Run a step and what runs beside it; by name, what passed and failed."""
    if step.beside is None:
        return {step.name: run_step(step, prefix)}
    kept: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(run_step, step.beside, prefix, kept.append)
        found = {step.name: run_step(step, prefix), step.beside.name: other.result()}
    show("".join(kept))
    return found


def run_step(
    step: Step,
    prefix: list[str],
    say: Callable[[str], None] = show,
) -> Counter:
    """Run one step, show what it says, and count what passed and failed."""
    say(f"\n== {step.name}\n")
    began = time.monotonic()
    process = subprocess.Popen(
        [*prefix, *step.command],
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    last = ""
    for line in process.stdout:
        say(line)
        last = line if COUNT.search(line) else last
    failed = process.wait() != 0
    say(f"== {step.name}: {time.monotonic() - began:.0f} s\n")
    found = Counter({word.rstrip("s"): int(n) for n, word in COUNT.findall(last)})
    if not step.counts or (failed and not found["failed"] and not found["error"]):
        found["failed" if failed else "passed"] += 1
    return found


def closing_line(total: Counter, seconds: float) -> str:
    """The last line of the log, in pytest's own words."""
    order = ("failed", "error", "passed", "skipped", "xfailed")
    parts = [f"{total[word]} {word}" for word in order if total[word]]
    text = f" {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s "
    return text.center(78, "=")


def check_everything() -> int:
    """Run every check; 0 if all passed. The book has to build for the last ones."""
    paths.steady()
    began, total, prefix = time.monotonic(), Counter(), offline()
    print(CUT_OFF if prefix else LEFT_ON, flush=True)
    for step in steps():
        found = run(step, prefix)
        total += sum(found.values(), Counter())
        ran = [step, *([step.beside] if step.beside else [])]
        if failed := [s.name for s in ran if s.needed and found[s.name]["failed"]]:
            print(f"What needs {failed[0]} was not checked.")
            break
    print(closing_line(total, time.monotonic() - began))
    return 1 if total["failed"] or total["error"] else 0
