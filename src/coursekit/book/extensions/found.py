"""Sphinx: pages that are found, and that look like something where they are linked.

Every page has a description, its first paragraph, and says when it was last changed,
as the repository knows it. With a base address (`html_baseurl`, or ADDRESS in the
environment) pages get one address of their own, a picture for links to them, a map
of the site, and a feed of changes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from html import escape, unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from docutils import nodes
from sphinx.application import Sphinx

from coursekit import paths
from coursekit.book import announcing

LONGEST = 160  # characters of a description


def set_address(app: Sphinx, config) -> None:
    """The base address ends in a slash, wherever it comes from."""
    address = os.environ.get("ADDRESS") or config.html_baseurl
    if address and not urlsplit(address).scheme:
        raise ValueError(f"ADDRESS ({address!r}) must be like https://example.org/")
    config.html_baseurl = address.rstrip("/") + "/" if address else ""


def describe(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Give a page's head what search engines and links to it show."""
    if doctree is None:
        return
    title = context["title"]
    said = description(doctree)
    tags = {"og:type": "article", "og:title": _text(title), "og:description": said}
    tags["og:site_name"] = app.config.html_title
    if base := app.config.html_baseurl:
        tags["og:url"] = urljoin(base, f"{pagename}.html")
        tags["og:image"] = urljoin(base, announcing.picture_of(pagename))
    lines = [_meta("name", "description", said)] if said else []
    lines += [_meta("property", name, value) for name, value in tags.items() if value]
    if base:
        lines.append(_meta("name", "twitter:card", "summary_large_image"))
        lines.append(announcing.FEED_LINK.format(urljoin(base, announcing.FEED)))
    if pagename == app.config.root_doc:
        lines.append(_course(app, said))
    context["metatags"] = context.get("metatags", "") + "\n".join(["", *lines, ""])
    context["last_updated"] = changed(pagename)


def description(doctree: nodes.document) -> str:
    """A page's first paragraph, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            if len(text) <= LONGEST:
                return text
            return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return ""


@cache
def changed(pagename: str) -> str:
    """The day of the last commit that changed a page; "" where git knows of none."""
    page = paths.ROOT / f"{pagename}.md"
    command = ["git", "-C", str(paths.ROOT), "log", "-1", "--format=%cs", "--", page]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except OSError:
        return ""
    return done.stdout.strip()


def write_beside(app: Sphinx, error: Exception | None) -> None:
    """Write what stands beside the pages: for strangers, robots and feed readers."""
    if error or app.builder.name != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    title = app.config.html_title
    files = {"404.html": announcing.not_found(title, urlsplit(base).path or "/")}
    files["robots.txt"] = announcing.robots(base)
    names = sorted(app.env.found_docs)
    if base:
        dated = {f"{name}.html": changed(name) for name in names}
        files["sitemap.xml"] = announcing.sitemap(base, dated)
        log = paths.ROOT / "CHANGELOG.md"
        entries = announcing.changes(log.read_text("utf-8")) if log.is_file() else []
        days = [day for day in dated.values() if day]
        files[announcing.FEED] = announcing.feed(
            base, title, entries, max(days, default="")
        )
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
    if base:
        for name in names:
            heading = app.env.titles[name].astext()
            announcing.draw(out / announcing.picture_of(name), heading, title)


def _course(app: Sphinx, said: str) -> str:
    """What the first page says of the course to machines."""
    data = {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": app.config.html_title,
        "description": said,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "provider": {"@type": "Organization", "name": app.config.author},
    }
    if app.config.html_baseurl:
        data["url"] = app.config.html_baseurl
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def _meta(kind: str, name: str, value: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(value)}"/>'


def _text(title: str) -> str:
    """A title without markup."""
    return unescape(" ".join(re.sub(r"<[^>]+>", "", title).split()))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("config-inited", set_address)
    app.connect("html-page-context", describe, priority=800)
    app.connect("build-finished", write_beside)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
