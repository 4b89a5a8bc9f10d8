"""`coursekit book`: execute what changed, two chapters at a time; build the site."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from coursekit import paths
from coursekit.book.execute import COLOR, ChapterError, Run, run_chapter
from n2t import files

SECONDS = paths.BUILD / "seconds.json"
STAMP = paths.BUILD / "sources.sha256"
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
LOG = paths.BUILD / "sphinx.log"
BESIDE = 2  # chapters that run at the same time, one thread each


def fill_cache(chapters: list[Path], beside: int = BESIDE) -> list[ChapterError]:
    """Execute the chapters whose outputs are not stored; return the failures.

    Outputs go where Jupyter Book looks for them, seconds to `seconds.json`.
    A change of the sources that chapters depend on throws everything away.
    """
    cache = _open_cache()
    todo = [page for page in chapters if not _stored(cache, page)]
    seconds = json.loads(SECONDS.read_text()) if SECONDS.exists() else {}
    print(f"{len(chapters) - len(todo)} chapters unchanged, {len(todo)} to execute")
    failures = []
    with ThreadPoolExecutor(beside) as pool:
        jobs = {pool.submit(run_chapter, page): page for page in todo}
        for done, job in enumerate(as_completed(jobs), 1):
            name = paths.name_of(jobs[job])
            try:
                run = job.result()
            except ChapterError as error:
                failures.append(error)
                print(f"[{done}/{len(todo)}] {name}: FAILED", flush=True)
                continue
            _store(cache, jobs[job], run)
            seconds[name] = round(run.seconds, 2)
            files.write_json(SECONDS, dict(sorted(seconds.items())), indent=1)
            print(f"[{done}/{len(todo)}] {name}: {run.seconds:.1f} s", flush=True)
    return failures


def _open_cache():
    """The store of outputs, emptied if what they depend on has changed."""
    from jupyter_cache import get_cache

    paths.BUILD.mkdir(exist_ok=True)
    current = paths.sources_hash(extra=sys.version + paths.setting())
    if not STAMP.exists() or STAMP.read_text() != current:
        shutil.rmtree(paths.CACHE, ignore_errors=True)
        shutil.rmtree(paths.BUILD / ".doctrees", ignore_errors=True)
        SECONDS.unlink(missing_ok=True)
    cache = get_cache(paths.CACHE)
    cache.list_cache_records()  # creates the data base
    STAMP.write_text(current)
    return cache


def _stored(cache, page: Path) -> bool:
    """Whether the outputs of a chapter as it stands are in the store."""
    import jupytext

    try:
        cache.match_cache_notebook(jupytext.read(page))
    except KeyError:
        return False
    return True


def _store(cache, page: Path, run: Run) -> None:
    """Put an executed chapter into the store."""
    from jupyter_cache.base import CacheBundleIn

    bundle = CacheBundleIn(
        run.notebook, str(page), data={"execution_seconds": run.seconds}
    )
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def build_site(source: Path = paths.ROOT) -> int:
    """Build the site with every warning an error; show the errors alone."""
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(source)]
    command += ["-W", "-n", "--keep-going", "--path-output", str(source)]
    log = source / "_build" / LOG.name
    log.parent.mkdir(exist_ok=True)
    print("building the site", end="", flush=True)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if len(lines) % 25 == 0:
            print(".", end="", flush=True)
    print()
    log.write_text("".join(lines), encoding="utf-8")
    if process.wait():
        _show_errors(lines, log)
    return process.returncode


def _show_errors(lines: list[str], log: Path) -> None:
    """Print what Sphinx complains about, without the rest of its talk."""
    plain = [COLOR.sub("", line).rstrip() for line in lines]
    wanted = ("WARNING", "ERROR", "CRITICAL", "Error:", "error:")
    errors = [line for line in plain if any(word in line for word in wanted)]
    print("\n".join(dict.fromkeys(errors or plain[-15:])))
    print(f"The site was not built. Everything that was said: {log}")


def build(fresh: bool = False) -> int:
    """Execute the chapters and build the site under `_build/html`; 0 if all is well.

    `fresh` forgets all outputs first.
    """
    paths.steady()
    if fresh:
        shutil.rmtree(paths.BUILD, ignore_errors=True)
    failures = fill_cache(paths.notebooks())
    for failure in failures:
        print(f"\nFAILED: {failure}")
    if failures:
        print(f"\n{len(failures)} chapter(s) failed; the site was not built.")
        return 1
    if build_site():
        return 1
    index = paths.SITE / "index.html"
    print(f"\nThe site is in {paths.SITE}")
    print(f"Open {index.as_uri()} in a browser, or run `make serve`.")
    return 0
