"""Sphinx: every page with code offers its notebook, and what the repository allows.

The notebook is the reader's (`coursekit.book.notebooks`), without answers. The setting
``coursekit_repository``, the address of the course on GitHub, adds to each page Colab,
Binder and a form to report an error, and to each notebook a first cell that installs
the library as it was when the page was built; without it none of them is there. Colab
and Binder open the branch ``notebooks`` of that repository, which holds the site's
folder of that name (`.github/workflows/publish.yml` puts it there).
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import quote

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from coursekit import paths
from coursekit.book.extensions.editions import edition_of
from coursekit.book.notebooks import working_copy
from n2t import files

FOLDER = BRANCH = "notebooks"
ON_GITHUB = "https://github.com/"
INSTALL = """try:
    import n2t
except ImportError:  # on Colab or a new machine: a minute or two
    %pip install -q "{package}\""""
PACKAGE = "n2t[all] @ git+{address}@{commit}"
ICONS = {
    "Download this page as a notebook": "fas fa-download",
    "Open in Colab": "fas fa-rocket",
    "Open on Binder": "fas fa-cloud",
    "Report an error on this page": "fas fa-bug",
}


def links(address: str, page: str, title: str) -> dict[str, str]:
    """Where a page leads on other hosts; nowhere without a repository's `address`.

    Raises `ExtensionError` for an address that is not ``https://github.com/o/n``.
    """
    if not address:
        return {}
    repository = address.removeprefix(ON_GITHUB).strip("/")
    if not address.startswith(ON_GITHUB) or repository.count("/") != 1:
        wanted = f"{ON_GITHUB}OWNER/NAME, or nothing"
        raise ExtensionError(f"coursekit_repository ({address!r}) must be {wanted}")
    colab = f"https://colab.research.google.com/github/{repository}/blob/{BRANCH}/"
    binder = f"https://mybinder.org/v2/gh/{repository}/{BRANCH}?labpath="
    name = f"{page.rpartition('/')[2]}.ipynb"
    issue = f"{ON_GITHUB}{repository}/issues/new?title={quote(title + ': ')}"
    found = [colab + name, binder + name, issue]
    return dict(zip(list(ICONS)[1:], found, strict=True))


def add_buttons(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Put the links into the page's header, where the theme has its own."""
    page = _page(pagename)
    if page is None or "header_buttons" not in context:
        return
    notebook = context["pathto"](f"{FOLDER}/{page.stem}.ipynb", resource=True)
    address, title = app.config.coursekit_repository, context.get("title", page.stem)
    all_ = {next(iter(ICONS)): notebook, **links(address, pagename, title)}
    for tooltip, url in all_.items():
        context["header_buttons"].append(
            {
                "type": "link",
                "url": url,
                "tooltip": tooltip,
                "icon": ICONS[tooltip],
                "label": tooltip.lower().replace(" ", "-"),
            }
        )


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the notebooks, and for Binder what to install."""
    if error or app.builder.format != "html":
        return
    folder, address = Path(app.outdir) / FOLDER, app.config.coursekit_repository
    package = PACKAGE.format(address=address, commit=_commit(app)) if address else ""
    for page in map(_page, app.env.found_docs):
        if page is not None:
            write_notebook(page, folder, edition_of(app), package)
    if package:
        files.write_text(folder / "requirements.txt", f"{package}\n")


def write_notebook(page: Path, folder: Path, edition: str, package: str = "") -> Path:
    """Write one; its first cell installs `package` where n2t is missing."""
    import nbformat

    first = INSTALL.format(package=package) if package else ""
    copy = working_copy(page, edition, first=first)
    target = folder / f"{page.stem}.ipynb"
    files.write_text(target, nbformat.writes(nbformat.from_dict(copy)) + "\n")
    return target


def _page(name: str) -> Path | None:
    """The source of a page that has code to run."""
    page = paths.ROOT / f"{name}.md"
    return page if page.is_file() and paths.is_notebook(page) else None


def _commit(app: Sphinx) -> str:
    """The commit that the pages are built from."""
    command = ["git", "-C", str(app.srcdir), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ExtensionError(
            "coursekit_repository is set, and the notebooks' first cell names the "
            f"commit they were made from, which git cannot tell: {done.stderr.strip()}"
        )
    return done.stdout.strip()


def setup(app: Sphinx) -> dict:
    """Register with Sphinx, after the theme's own buttons."""
    app.add_config_value("coursekit_repository", "", "html")
    app.connect("html-page-context", add_buttons, priority=502)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
