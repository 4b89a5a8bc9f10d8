"""Sphinx: the role ``{ledger}`` puts a recorded number into prose.

``{ledger}`multi30k/transformer_tiny:bleu_cased:.2f` `` is the number, formatted. A
missing or stale record fails the build, with every place named.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from coursekit.book.ledger_text import ledger_text


def ledger_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """``{ledger}`name:metric:format` ``: a recorded number, formatted."""
    env = inliner.document.settings.env
    uses = _uses(env).setdefault(env.docname, [])
    try:
        shown = ledger_text(text, env.config.coursekit_ledger_root)
    except (LookupError, ValueError):
        shown = "?"  # `check_ledger` stops the build and names the place
    uses.append((lineno, text, shown))
    return [nodes.inline(rawtext, shown, classes=["ledger"])], []


def _uses(env) -> dict[str, list[tuple[int, str, str]]]:
    if not hasattr(env, "coursekit_ledger_uses"):
        env.coursekit_ledger_uses = {}
    return env.coursekit_ledger_uses


def forget_page(app: Sphinx, env, docname: str) -> None:
    """A page that is read again starts with no recorded numbers."""
    _uses(env).pop(docname, None)


def merge_pages(app: Sphinx, env, docnames, other) -> None:
    """Take over what a parallel reader noted."""
    _uses(env).update({name: _uses(other).get(name, []) for name in docnames})


def outdated_pages(app: Sphinx, env, added, changed, removed) -> list[str]:
    """Pages that show a number that is another by now."""
    root = app.config.coursekit_ledger_root
    return [
        docname
        for docname, uses in _uses(env).items()
        if docname not in removed
        and any(_now(text, root) != shown for _, text, shown in uses)
    ]


def _now(text: str, root) -> str:
    try:
        return ledger_text(text, root)
    except (LookupError, ValueError):
        return "?"


def check_ledger(app: Sphinx, env) -> None:
    """Raise `ExtensionError` naming every place whose number is missing or stale."""
    wrong = []
    for docname, uses in sorted(_uses(env).items()):
        for line, text, _ in uses:
            try:
                ledger_text(text, app.config.coursekit_ledger_root)
            except (LookupError, ValueError) as error:
                wrong.append(f"{env.doc2path(docname)}:{line}: {error}")
    if wrong:
        raise ExtensionError("recorded numbers:\n" + "\n".join(wrong))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_config_value("coursekit_ledger_root", None, "env")
    app.add_role("ledger", ledger_role)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    app.connect("env-get-outdated", outdated_pages)
    app.connect("env-check-consistency", check_ledger)
    app.setup_extension("coursekit.book.extensions.measured")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
