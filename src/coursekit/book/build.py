"""`coursekit book`: execute what changed, two chapters at a time; build the site."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from importlib.util import find_spec
from pathlib import Path

from coursekit import paths
from coursekit.book.running import faults, kernels
from coursekit.book.running.execute import COLOR, ChapterError, Run, run_chapter
from coursekit.book.running.faults import Fault
from n2t import files

SECONDS = paths.BUILD / "seconds.json"
STAMP = paths.BUILD / "sources.sha256"
JUPYTER_BOOK = "import coursekit; from jupyter_book.cli.main import main; main()"
LOG = paths.BUILD / "sphinx.log"
BESIDE = 2  # chapters that run at the same time, one thread each
PLANNED = 60.0  #: processor seconds that a chapter is written for, on a laptop of today


def fill_cache(
    chapters: list[Path], beside: int = BESIDE, strict: bool = True
) -> list[ChapterError]:
    """Execute the chapters whose outputs are not stored; return the failures.

    Outputs go where Jupyter Book looks for them, seconds to `seconds.json`, faults to
    `faults.json`. Where it is `strict`, what a cell writes to stderr is a failure, and
    a chapter that failed is not stored; else it is, as far as it ran. A change of the
    sources that chapters depend on throws everything away.
    """
    cache = _open_cache()
    todo = [page for page in chapters if not _stored(cache, page, strict)]
    print(f"{len(chapters) - len(todo)} chapters unchanged, {len(todo)} to execute")
    failures = []
    with ThreadPoolExecutor(beside) as pool:
        jobs = {pool.submit(run_chapter, page, strict=strict): page for page in todo}
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                said = f"[{done}/{len(todo)}] {paths.name_of(jobs[job])}"
                if error := _kept(cache, jobs[job], job, said, strict):
                    failures.append(error)
        except KeyboardInterrupt:  # what runs is waited for, the rest is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failures


def _kept(
    cache, page: Path, job: Future, said: str, strict: bool
) -> ChapterError | None:
    """Keep what came of a chapter, and print it; its failure, if it failed."""
    try:
        seconds = _keep_run(cache, page, job.result())
        print(f"{said}: {_compared(seconds)}", flush=True)
    except ChapterError as error:
        print(f"{said}: FAILED", flush=True)
        if not strict:
            _keep_failure(cache, page, error)
        return error
    return None


def _compared(seconds: float) -> str:
    """Seconds as text, beside the planned ones where they are more."""
    more = f", more than the {PLANNED:.0f} s planned" if seconds > PLANNED else ""
    return f"{seconds:.1f} s{more}"


def _keep_run(cache, page: Path, run: Run) -> float:
    """Store a chapter that ran to its end, then its seconds, which are returned."""
    name, seconds = paths.name_of(page), round(run.seconds, 2)
    _store(cache, page, run.notebook, run.seconds)
    faults.keep(name, run.notices)
    known = json.loads(SECONDS.read_text()) if SECONDS.exists() else {}
    files.write_json(SECONDS, dict(sorted({**known, name: seconds}.items())), indent=1)
    return run.seconds


def _keep_failure(cache, page: Path, error: ChapterError) -> None:
    """Note a failure, so that no later build takes the stored part for a whole."""
    fatal = Fault(error.cell, error.error, fatal=True)
    faults.keep(paths.name_of(page), [*error.run.notices, fatal])
    _store(cache, page, error.run.notebook, error.run.seconds)


def _open_cache():
    """The store of outputs, emptied if what they depend on has changed."""
    from jupyter_cache import get_cache

    paths.BUILD.mkdir(exist_ok=True)
    current = paths.sources_hash(extra=_machine())
    if not STAMP.exists() or STAMP.read_text() != current:
        shutil.rmtree(paths.CACHE, ignore_errors=True)
        shutil.rmtree(paths.BUILD / ".doctrees", ignore_errors=True)
        SECONDS.unlink(missing_ok=True)
        faults.FILE.unlink(missing_ok=True)
    cache = get_cache(paths.CACHE)
    cache.list_cache_records()  # creates the data base
    STAMP.write_text(current)
    return cache


def _machine() -> str:
    """What outputs depend on, beside the sources: last digits, models, snippets."""
    from n2t.data.sources.registry import state
    from n2t.runs.folders import processor

    snippets, _ = state("vader")
    known = [sys.version, processor(), paths.setting(), *_models(), snippets]
    return "\n".join(known)


def _models() -> list[str]:
    """The public models that are installed, as their pins."""
    listed = paths.ROOT / "requirements-models.txt"
    lines = listed.read_text("utf-8").splitlines() if listed.exists() else ()
    pins = [line for line in lines if "==" in line and not line.startswith("#")]
    named = {pin.split("==")[0].replace("-", "_"): pin for pin in pins}
    return [pin for package, pin in named.items() if find_spec(package)]


def _stored(cache, page: Path, strict: bool) -> bool:
    """Whether the outputs of a chapter as it stands are in the store, and do."""
    import jupytext

    if faults.to_run_again(paths.name_of(page), strict):
        return False
    try:
        cache.match_cache_notebook(jupytext.read(page))
    except KeyError:
        return False
    return True


def _store(cache, page: Path, notebook: dict, seconds: float) -> None:
    """Put an executed chapter into the store."""
    from jupyter_cache.base import CacheBundleIn

    bundle = CacheBundleIn(notebook, str(page), data={"execution_seconds": seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def build_site(source: Path = paths.ROOT, strict: bool = True) -> int:
    """Build the site; show errors and warnings alone. A `strict` one has no warning."""
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(source)]
    command += [*(["-W"] if strict else []), "-n", "--keep-going"]
    command += ["--path-output", str(source)]
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
    status = process.wait()
    complaints = _complaints(lines) or (lines[-15:] if status else [])
    if complaints:
        print("\n".join(complaints))
        said = "The site was not built. " if status else ""
        print(f"{said}Everything that was said: {log}")
    return status


def _complaints(lines: list[str]) -> list[str]:
    """What Sphinx complains about, without the rest of its talk."""
    plain = [COLOR.sub("", line).rstrip() for line in lines]
    wanted = ("WARNING", "ERROR", "CRITICAL", "Error:", "error:")
    found = [line for line in plain if any(word in line for word in wanted)]
    return list(dict.fromkeys(found))


def build(fresh: bool = False, strict: bool = False, site: bool = True) -> int:
    """Execute the chapters and build the site under `_build/html`; 0 if all is well.

    `fresh` forgets all outputs first. A chapter that fails leaves its page as far as
    it ran, what a chapter writes to stderr is said at the end; where it is `strict`
    both are failures, and without all chapters there is no site. Without a `site`
    chapters are executed, and no more.
    """
    paths.steady()
    if fresh:
        shutil.rmtree(paths.BUILD, ignore_errors=True)
    kernels.use()
    chapters = paths.notebooks()
    failures = fill_cache(chapters, strict=strict)
    if failures and strict:
        _say_failures(failures, "the site was not built")
        return 1
    if site:
        if build_site(strict=strict):
            return 1
        _say_site()
    if said := "\n".join(faults.notices([paths.name_of(page) for page in chapters])):
        print(f"\nNotices, which change nothing on a page:\n{said}")
    if failures:
        _say_failures(failures, "each shows on its page as far as it ran")
    return 1 if failures else 0


def _say_site() -> None:
    index = paths.SITE / "index.html"
    print(f"\nThe site is in {paths.SITE}")
    print(f"Open {index.as_uri()} in a browser, or run `make serve`.")


def _say_failures(failures: list[ChapterError], what: str) -> None:
    for failure in failures:
        print(f"\nFAILED: {failure}")
    print(f"\n{len(failures)} chapter(s) failed; {what}.")
