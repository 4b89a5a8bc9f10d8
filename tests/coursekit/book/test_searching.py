"""The search looks through sections: their words, not their formulas."""

from coursekit.book.searching import sections

PAGE = """<nav><p>elsewhere</p></nav><article class="bd-article">
<section id="one"><h1><span class="section-number">3. </span>One
  <a class="headerlink" href="#one">#</a></h1>
<p>The <strong>norm</strong> of <span class="math">\\(x_1\\)</span> is small.</p>
<pre><span>def</span> <span>norm</span>(x):
    return 1</pre>
<section id="two"><h2>Two</h2><div><section><p>Read 三 words.</p></section></div>
<math><mi>y</mi></math></section></section></article>"""


def test_every_section_is_found_with_its_own_words_alone():
    found = {section["a"]: section for section in sections(PAGE)}
    assert list(found) == ["two", "one"]
    assert found["two"]["t"] == "Read 三 words."
    assert found["one"]["h"] == "3. One" and found["one"]["d"] == ["norm"]
    assert found["one"]["t"] == "The norm of is small."
    assert found["one"]["c"] == "def norm(x): return 1"


def test_cells_of_a_table_are_words_of_their_own():
    table = "<table><tr><th>seeds</th><td>20</td><td>ex-bug</td></tr></table>"
    page = PAGE.replace("<p>Read 三 words.</p>", f"<p>Read.</p>{table}<p>More.</p>")
    assert next(sections(page))["t"] == "Read. seeds 20 ex-bug More."


def test_a_formula_in_a_heading_is_spelled():
    page = PAGE.replace("Two", "Why <math><msqrt><mi>d</mi></msqrt></math>?")
    assert next(sections(page))["h"] == "Why √d?"


def test_no_formula_and_nothing_around_the_article_is_found():
    words = str(list(sections(PAGE)))
    assert "x_1" not in words and "elsewhere" not in words and "'y'" not in words


def test_words_in_a_drawing_are_found_and_its_shapes_are_none():
    shapes = '<g id="a"><path d="M 0 0"/><use href="#b" x="1"></use></g>'
    drawing = f"<svg>{shapes}<text>query</text></svg>"
    page = PAGE.replace("Read 三 words.", f"Read. {drawing}")
    assert next(sections(page))["t"] == "Read. query"


def test_a_page_without_an_article_has_no_sections():
    assert not list(sections("<p>x</p>"))


def test_a_page_belongs_to_the_folder_that_it_lies_in():
    from coursekit.book.extensions.searching import part_of

    names = ["chapters/3_attention/11", "chapters/index", "chapters/appendices/x"]
    assert [*map(part_of, names)] == ["3_attention", "course", "appendices"]
    assert part_of("search") == "course"
