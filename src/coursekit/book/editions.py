"""The two editions of a page, as text: with the answers folded, or with none.

Both start from a chapter's source and add the starter code to each exercise. The
self-study edition leaves every code cell as it is (so stored outputs still match); the
class edition drops the solutions and shows the visible tests without running them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from coursekit import paths
from coursekit.chapters.exercises import Chapter, Exercise, bare, read_chapter
from coursekit.chapters.myst import blocks, listing

EDITIONS = ("self-study", "class")


def check_edition(edition: str) -> str:
    """`edition` itself; raises `ValueError` unless it is one of `EDITIONS`."""
    if edition not in EDITIONS:
        raise ValueError(f"EDITION is {edition!r}, wanted one of {', '.join(EDITIONS)}")
    return edition


def page(chapter: Chapter, edition: str = "self-study") -> str:
    """The MyST source of the chapter's page in that edition."""
    check_edition(edition)
    shown = []
    for piece in blocks(chapter.text):
        if piece.kind == "exercise-end":
            shown.append(_starter(chapter.exercise(piece.exercise)))
        if edition == "class" and "check" in piece.tags:
            shown.append(_listing(piece.source, "visible-tests"))
        elif edition == "self-study" or not piece.in_solution:
            shown.append(piece.raw)
    return "".join(shown).removesuffix("\n") + "\n"


def _starter(exercise: Exercise) -> str:
    """The starter code, where there is more than a line that says to write it."""
    lines = exercise.stub.strip().splitlines()
    return _listing(exercise.stub, "starter-code") if len(lines) > 1 else ""


def _listing(source: str, css_class: str) -> str:
    """A listing that is shown and not run, with a class for the style sheet."""
    return "\n" + listing(f":class: {css_class}\n\n{source}", "{code-block} python")


def kept_cells(chapter: Chapter) -> list[bool]:
    """For each code cell of the chapter, whether the class edition runs it."""
    return [
        not piece.in_solution and "check" not in piece.tags
        for piece in blocks(chapter.text)
        if piece.kind == "code"
    ]


def secrets(chapters: Iterable[Chapter], others: Iterable[str] = ()) -> set[str]:
    """Lines that stand in solutions and nowhere in the class edition.

    `others` are the texts of pages without exercises, which every edition shows.
    Lines are squeezed to single spaces; one that is a part of a shown line (which goes
    on with a comment, say) is no secret.
    """
    chapters = list(chapters)
    public = "\n".join([*(page(chapter, "class") for chapter in chapters), *others])
    shown = "\n".join(_squeeze(line) for line in public.splitlines())
    lines: set[str] = set()
    for exercise in (e for chapter in chapters for e in chapter.exercises):
        for line in bare(exercise.answer).splitlines():
            if len(_squeeze(line)) > 12 and not line.lstrip().startswith((":", "```")):
                lines.add(_squeeze(line))
    return {line for line in lines if line not in shown}


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def leaks(
    site: Path, chapters: Iterable[Chapter], others: Iterable[str] = ()
) -> list[str]:
    """What of the solutions can be found in a built site: "file: what", sorted.

    Every file is searched for whole lines, as they stand, without markup and in
    JSON's spelling. The scripts that Sphinx and the theme bring along are left out: no
    chapter goes there.
    """
    lines = secrets(chapters, others)
    found = []
    for file in sorted(p for p in site.rglob("*") if p.is_file()):
        if file.suffix == ".js" and file.parent == site / "_static":
            continue
        text = file.read_bytes().decode("utf-8", errors="ignore")
        versions = (_squeeze(text), _squeeze(_without_tags(text)), _unescaped(text))
        hits = {hit for each in versions for hit in _standing(lines, each)}
        found += [f"{file.relative_to(site)}: {hit}" for hit in sorted(hits)]
    return found


def _standing(lines: Iterable[str], text: str) -> Iterator[str]:
    """The lines that are a part of the text, both squeezed.

    Few have all their inner words in it, and only those are searched for.
    """
    words = set(text.split(" "))
    for line in lines:
        if words.issuperset(line.split(" ")[1:-1]) and line in text:
            yield line


def _without_tags(text: str) -> str:
    import html

    return html.unescape(re.sub(r"<[^>]*>", "", text))


def _unescaped(text: str) -> str:
    return _squeeze(text.replace("\\n", "\n").replace('\\"', '"'))


def check_site(site: Path, chapter_files: Iterable[Path]) -> list[str]:
    """`leaks` for the chapters in those files, beside the book's other pages."""
    files = list(chapter_files)
    others = [p.read_text("utf-8") for p in paths.pages() if p not in files]
    return leaks(site, [read_chapter(path) for path in files], others)
