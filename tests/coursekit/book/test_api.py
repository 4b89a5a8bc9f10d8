"""The API reference: what is public, how it is shown, who teaches it."""

import ast
import re
import subprocess
import sys
from functools import cache

import pytest

from coursekit import paths
from coursekit.book import editions
from coursekit.book.api import docstrings, page, signatures, uses
from coursekit.book.api.entries import TREE, Entry, home, read_entries
from coursekit.book.api.teaching import Reference
from coursekit.chapters.exercises import chapter_files, read_chapter
from coursekit.chapters.labels import chapter_number

CELL = "```{code-cell} ipython3\n%s\n```\n"
CONF = """
extensions = ["myst_nb", "coursekit.book.extensions.editions",
              "coursekit.book.extensions.api"]
nb_execution_mode = "off"
toc_object_entries = False
"""


@cache
def reference():
    return Reference()


def entry(name):
    (found,) = [each for each in reference().entries if each.name == name]
    return found


def made(source, name="n2t.made.f"):
    """An entry that this source makes."""
    return Entry(name, "", ast.parse(source).body[0])


def test_what_a_package_lists_is_an_entry_once():
    names = [each.name for each in reference().entries]
    assert len(set(names)) == len(names) > 200
    for path in (TREE.place("src/n2t")).rglob("__init__.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign) and "__all__" in ast.unparse(node.targets):
                module = TREE.module(TREE.path(path))
                listed = {home(f"{module}.{n}") for n in ast.literal_eval(node.value)}
                assert listed <= {home(name) for name in names}, module


def test_a_name_that_only_a_page_uses_is_an_entry_too():
    name = "n2t.training.schedules.cosine"
    assert name in [each.name for each in read_entries([name])]
    assert name not in [each.name for each in read_entries([])]


def test_nothing_private_and_no_command_is_an_entry():
    names = [each.name for each in reference().entries]
    assert not [n for n in names if "._" in n or n.startswith("n2t.cli")]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("from n2t.masks import causal_mask", "n2t.masks.causal_mask"),
        ("from n2t import plots as p\np.curves()", "n2t.plots.curves"),
        ("import n2t.blocks\nn2t.blocks.RMSNorm(4)", "n2t.blocks.RMSNorm"),
        ("import n2t.masks as m\nm.causal_mask(2, 2)", "n2t.masks.causal_mask"),
    ],
)
def test_a_use_is_found_however_it_is_imported(code, wanted):
    assert wanted in uses.used_names(CELL % code)


def test_what_is_not_the_librarys_and_not_in_a_cell_is_no_use():
    text = (
        "`models.x`\n\n```python\nfrom n2t import masks\n```\n" + CELL % "import torch"
    )
    assert not [n for n in uses.used_names(text) if n.startswith("n2t")]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("n2t.attention.scaled_dot_product_attention", 11),  # used in 10 before
        ("n2t.attention.MultiHeadAttention", 12),
        ("n2t.positions.Rotary", 13),  # no page before 27 imports it
        ("n2t.laws.queries_stand_alone", 14),
        ("n2t.blocks.EncoderLayer", 15),
        ("n2t.decoding.decode", 18),  # used in 09 before
        ("n2t.models.DecoderOnly", 21),
        ("n2t.scratch.softmax", 2),  # used by none
        ("n2t.training.fit", 5),
    ],
)
def test_the_chapter_that_teaches_a_name_is_found(name, number):
    assert reference().teacher(entry(name)).number == number


def test_all_but_tools_have_a_page_that_teaches_them():
    without = {e.room for e in reference().entries if not reference().teacher(e)}
    assert without <= {"n2t.files", "n2t.modes"}


def test_every_chapter_leads_to_entries_and_back():
    for chapter in reference().chapters:
        taught, used = (
            f(chapter) for f in (reference().taught_in, reference().used_in)
        )
        assert taught or used, chapter.name
        assert not set(taught) & set(used)
        assert all(chapter in reference().users(each) for each in used)


def test_a_page_without_code_that_writes_a_name_teaches_nothing(tmp_path):
    first, second = tmp_path / "01_first.md", tmp_path / "02_second.md"
    first.write_text(
        CELL % "def causal_mask(n): 1\nfrom n2t.masks import combine_masks"
    )
    second.write_text(CELL % "from n2t.masks import causal_mask\ndef causal_mask(n): 1")
    found = Reference([first, second])
    teachers = {
        e.short: found.teacher(e).number for e in found.entries if "masks" in e.name
    }
    assert teachers["causal_mask"] == 2 and teachers["combine_masks"] == 1


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (
            "def f(x: Float[Tensor, 'B T']) -> int: 0",
            "(x: Float[Tensor, 'B T']) -> int",
        ),
        ("def f(a, /, b=1, *c, d, **e): 0", "(a, /, b=1, *c, d, **e)"),
        ("class f:\n  def __init__(self, a: int = 2) -> None: 0", "(a: int=2)"),
        ("@dataclass\nclass f:\n  a: int\n  b: str = 'x'", "(a: int, b: str = 'x')"),
        (
            "@dataclass\nclass f:\n  a: list = field(default_factory=list)",
            "(a: list = ...)",
        ),
        ("@dataclass(kw_only=True)\nclass f:\n  a: int", "(*, a: int)"),
        ("class f(NamedTuple):\n  a: int", "(a: int)"),
        ("class f(ValueError): 'x'", ""),
    ],
)
def test_a_signature_is_as_it_is_written(source, wanted):
    assert signatures.shown(made(source)).signature == f"n2t.made.f{wanted}"


def test_methods_that_say_something_are_shown_without_their_object():
    source = (
        "class f:\n"
        "  def a(self, x): 'says'\n  def b(self): 0\n  def _c(self): 'hidden'\n"
        "  @property\n  def d(self) -> int: 'a size'\n"
        "  @classmethod\n  def e(cls, x): 'made'\n  @staticmethod\n  def g(x): 'plain'"
    )
    found = [(s.directive, s.signature) for s in signatures.methods(made(source))]
    assert found == [
        ("method", "a(x)"),
        ("property", "d"),
        ("method", "e(x)"),
        ("method", "g(x)"),
    ]


DOCSTRING = """A sum of `a` <and> $b, as :func:`n2t.x` has it.

>>> f(1)
2

Args:
    a: the first,
        which goes on
    **rest: the others

Returns:
    a sum: of all

Raises:
    ValueError: no.
"""


def test_a_docstring_becomes_markdown():
    said = docstrings.markdown(DOCSTRING)
    assert said.startswith("A sum of `a` \\<and> \\$b, as `n2t.x` has it.")
    assert "```{code-block} pycon\n>>> f(1)\n2\n```" in said
    assert "*Arguments*\n\n- `a`: the first,\n  which goes on\n- `**rest`: the" in said
    assert "*Returns*\n\na sum: of all" in said and "- `ValueError`: no." in said


def test_no_word_of_a_docstring_is_lost():
    for each in reference().entries:
        words = re.findall(r"\w+", re.sub(r":[a-z]+:`|Args", "", each.docstring))
        said = re.findall(r"\w+", docstrings.markdown(each.docstring))
        assert not set(words) - set(said), each.name


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The reference in a book whose other pages are titles."""
    source = tmp_path_factory.mktemp("book")
    for path in paths.pages():
        copy = source / path.relative_to(paths.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        title = (
            "(ch-notation)=\n# Notation\n" if copy.stem == "notation" else "# A page\n"
        )
        copy.write_text(path.read_text("utf-8") if copy.stem == "api" else title)
    names = [paths.name_of(path) for path in paths.pages()]
    (source / "conf.py").write_text(CONF)
    tree = "\n".join(["# Book", "", "```{toctree}", *names, "```", ""])
    (source / "index.md").write_text(tree)
    out = source / "html"
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-q"]
    done = subprocess.run([*command, source, out], capture_output=True, text=True)
    return out, done


def test_no_docstring_is_rendered_with_a_warning(book):
    _, done = book
    assert done.returncode == 0, done.stderr[-3000:]


def test_every_entry_is_a_place_and_leads_to_its_chapter(book):
    text = (book[0] / f"{page_name()}.html").read_text("utf-8")
    for each in reference().entries:
        assert f'id="{each.name}"' in text
    assert "<dl><dd>" not in text.replace("\n", "") and "http" not in links(text)


def page_name():
    from coursekit.book.extensions.api import PAGE

    return PAGE


def links(text):
    body = text.partition("<body")[2].partition('class="sphinxsidebar"')[0]
    return " ".join(re.findall(r'href="([^"]+)"', body))


def test_a_chapter_ends_with_links_to_entries(book):
    chapter = next(c for c in reference().chapters if c.number == 12)
    text = (book[0] / f"{chapter.name}.html").read_text("utf-8")
    fold = text.partition('<details class="in-the-library">')[2].partition(
        "</details>"
    )[0]
    assert "<summary>In the library</summary>" in fold
    assert 'appendices/api.html#n2t.attention.MultiHeadAttention"' in fold
    assert fold.count("<a ") == len(
        reference().taught_in(chapter) + reference().used_in(chapter)
    )


def test_types_lead_to_entries_and_those_of_others_nowhere(book):
    text = (book[0] / f"{page_name()}.html").read_text("utf-8")
    assert 'href="#n2t.cache.KeyValueCache"' in text
    tensors = re.findall(r'<a [^>]*href="#n2t.scratch.autograd.Tensor"[^>]*>', text)
    assert all('class="headerlink"' in link for link in tensors)
    assert '<span class="s"><span class="pre">&quot;...</span>' in text


def test_the_class_edition_shows_no_solution():
    shown = page.text(Reference(edition="class"))
    chapters = [read_chapter(path) for path in chapter_files()]
    others = [p.read_text("utf-8") for p in paths.pages() if p not in chapter_files()]
    lines = {" ".join(line.split()) for line in shown.splitlines()}
    assert not editions.secrets(chapters, others) & lines


def test_chapters_are_those_with_a_number():
    assert [c.number for c in reference().chapters] == sorted(
        chapter_number(p.stem)
        for p in paths.pages()
        if chapter_number(p.stem) is not None
    )
