"""What a site says of itself beside its pages: map, feed, robots, a page for 404."""

from __future__ import annotations

import hashlib
import re
from html import escape
from pathlib import Path
from urllib.parse import urljoin

FEED = "changes.xml"
FEED_LINK = (
    '<link rel="alternate" type="application/atom+xml" title="Changes" href="{}"/>'
)
PICTURE = (12, 6.3)  # inches at 100 dots: what sites show beside a link
NOT_FOUND = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>There is no such page – {title}</title>
    <style>
      :root {{ color-scheme: light dark; }}
      body {{ font: 1.1rem/1.6 system-ui, sans-serif; margin: 18vh auto 0;
              max-width: 32rem; padding: 0 1.2rem; }}
      h1 {{ font-size: 1.6rem; line-height: 1.2; }}
    </style>
  </head>
  <body>
    <main>
      <h1>There is no such page</h1>
      <p>It may have moved. <a href="{root}">{title}</a> has a list of all chapters,
      and <a href="{root}search.html">the search</a> looks through them.</p>
    </main>
  </body>
</html>
"""


def picture_of(name: str) -> str:
    """Where the picture of a page lies, from the root of the site."""
    return f"_images/card-{name.rsplit('/', 1)[-1]}.png"


def not_found(title: str, root: str) -> str:
    """A page for addresses that lead nowhere, the same at any depth.

    It brings its own style, and its links start at `root`, the path of the site.
    """
    return NOT_FOUND.format(title=escape(title), root=escape(root))


def robots(base: str) -> str:
    """All may read all; with a base address, where the map is."""
    lines = ["User-agent: *", "Allow: /"]
    return "\n".join(lines + ([f"Sitemap: {base}sitemap.xml"] if base else [])) + "\n"


def sitemap(base: str, dated: dict[str, str]) -> str:
    """Every page and the day of its last change, if that is known."""
    urls = []
    for name, day in dated.items():
        changed = f"<lastmod>{day}</lastmod>" if day else ""
        urls.append(f"  <url><loc>{escape(urljoin(base, name))}</loc>{changed}</url>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(urls)
        + "\n</urlset>\n"
    )


def changes(log: str) -> list[str]:
    """The entries of a log of changes, newest first, as plain text."""
    return [_plain(line) for line in re.findall(r"^- (.+)$", log, re.MULTILINE)]


def feed(base: str, title: str, entries: list[str], day: str) -> str:
    """An Atom feed of changes; `day` is that of the last one."""
    when = f"{day or '1970-01-01'}T00:00:00Z"
    items = "\n".join(_entry(base, text, when) for text in entries)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"  <title>{escape(title)}: changes</title>\n  <id>{escape(base)}</id>\n"
        f"  <updated>{when}</updated>\n"
        f"  <author><name>{escape(title)}</name></author>\n"
        f'  <link href="{escape(base)}"/>\n'
        f"{items}\n</feed>\n"
    )


def _entry(base: str, text: str, when: str) -> str:
    """One change; its text is its name, so that it is never announced twice."""
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    head = re.split(r"(?<=[.:;])\s", text, maxsplit=1)[0]
    return (
        f"  <entry><title>{escape(head)}</title><id>{escape(base)}#{name}</id>"
        f"<updated>{when}</updated><content>{escape(text)}</content></entry>"
    )


def _plain(markdown: str) -> str:
    """A line of Markdown without its marks."""
    return re.sub(r"[*`]", "", markdown)


def draw(path: Path, heading: str, course: str) -> None:
    """Draw the picture of a page: its title, and the course's, on a dark ground."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=PICTURE, dpi=100, facecolor="#14181e")
    FigureCanvasAgg(figure)
    text = {"color": "#eef1f5", "wrap": True, "parse_math": False}
    figure.text(0.07, 0.56, heading, fontsize=50, weight="bold", va="center", **text)
    figure.text(0.07, 0.12, course, fontsize=24, color="#84baf4", parse_math=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
