"""A page offers its notebook; other hosts only where a repository is configured."""

import ast
import json
import re
import subprocess
import types

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from sphinx.errors import ExtensionError

from coursekit import paths
from coursekit.book.extensions import downloads

ADDRESS = "https://github.com/owner/course"
PAGE = "chapters/3_attention/13_positions"


def buttons(address, page=PAGE):
    """What the header of a page offers: {tooltip: address}."""
    app = types.SimpleNamespace(config=types.SimpleNamespace())
    app.config.coursekit_repository = address
    context = {"header_buttons": [], "title": "Positions & more"}
    context["pathto"] = lambda name, resource: f"../../{name}"
    downloads.add_buttons(app, page, "page.html", context, None)
    return {button["tooltip"]: button["url"] for button in context["header_buttons"]}


def test_without_a_repository_a_page_offers_its_notebook_and_no_other_host():
    offered = buttons("")
    assert list(offered.values()) == ["../../notebooks/13_positions.ipynb"]
    assert buttons("", "chapters/index") == buttons("", "search") == {}


def test_with_a_repository_colab_binder_and_a_form_for_errors_are_offered():
    notebook, colab, binder, form = buttons(ADDRESS).values()
    assert notebook == "../../notebooks/13_positions.ipynb"
    assert colab == (
        "https://colab.research.google.com/github/owner/course/blob/notebooks/"
        "13_positions.ipynb"
    )
    assert binder == (
        "https://mybinder.org/v2/gh/owner/course/notebooks?labpath=13_positions.ipynb"
    )
    assert form == f"{ADDRESS}/issues/new?title=Positions%20%26%20more%3A%20"


@pytest.mark.parametrize("address", ["owner/course", "https://github.com/owner", "x"])
def test_an_address_that_is_none_is_named(address):
    with pytest.raises(ExtensionError, match=re.escape(repr(address))):
        buttons(address)


def test_the_address_is_in_one_place():
    """In `_config.yml`; the workflow goes by what the build has written."""
    config = (paths.ROOT / "_config.yml").read_text("utf-8")
    assert len(re.findall(r"^ +coursekit_repository:", config, re.M)) == 1


@pytest.fixture(scope="module")
def pinned(tmp_path_factory):
    """The first cell of a notebook made with a repository, and the commit it names."""
    git = ["git", "-C", str(paths.ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(git, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    app = types.SimpleNamespace(srcdir=paths.ROOT)
    commit = downloads._commit(app)
    assert commit == done.stdout.strip()
    package = downloads.PACKAGE.format(address=ADDRESS, commit=commit)
    page, folder = paths.ROOT / f"{PAGE}.md", tmp_path_factory.mktemp("notebooks")
    made = downloads.write_notebook(page, folder, "self-study", package)
    return json.loads(made.read_text("utf-8"))["cells"][0], commit


def test_the_first_cell_installs_the_library_of_that_commit_where_it_is_missing(pinned):
    cell, commit = pinned
    assert cell["cell_type"] == "code"
    code = TransformerManager().transform_cell("".join(cell["source"]))
    (attempt,) = ast.parse(code).body
    assert ast.unparse(attempt.body[0]) == "import n2t"
    (call,) = attempt.handlers[0].body
    name, words = (ast.literal_eval(word) for word in call.value.args)
    assert name == "pip"
    assert words == f'install -q "n2t[all] @ git+{ADDRESS}@{commit}"'


def test_where_the_library_is_there_the_first_cell_does_nothing(pinned):
    code, asked = TransformerManager().transform_cell("".join(pinned[0]["source"])), []
    exec(compile(code, "cell", "exec"), {"get_ipython": lambda: asked.append("pip")})
    assert not asked


def test_without_a_repository_the_first_cell_is_the_chapters(tmp_path):
    page = paths.ROOT / f"{PAGE}.md"
    made = downloads.write_notebook(page, tmp_path, "self-study")
    first = json.loads(made.read_text("utf-8"))["cells"][0]
    assert first["cell_type"] == "markdown" and "# Positions" in "".join(
        first["source"]
    )
