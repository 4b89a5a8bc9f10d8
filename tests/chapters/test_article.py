"""The article, corrected: each of its promises ends at a working page.

The chapters that it waits for are in `AWAITED`. As soon as one of them is in the
contents, what is said of its subject must lead there; until then it may say "to come".
"""

import re

import pytest

from coursekit import paths
from coursekit.chapters.terms import labels_of

PAGE = paths.CHAPTERS / "appendices/the_article_corrected.md"
TEXT = PAGE.read_text("utf-8")
QUESTIONS = paths.CHAPTERS / "appendices/questions.md"
LABELS = {
    label
    for page in paths.pages()
    if page != PAGE
    for label in labels_of(page.read_text("utf-8"))
}
#: The subject of a row, and the chapters that it must lead to when they are there.
AWAITED = {
    "Models grow": ["ch-open-problems"],
    "It spreads beyond text": ["ch-audio"],
    "Long sequences": ["ch-open-problems"],
    "Computing and memory": ["ch-open-problems"],
    "Privacy": ["ch-privacy"],
    "summarization": ["ch-summarization"],
    "sound": ["ch-audio"],
}
MAP = re.compile(r"\]\((?:the-map|[^)]*index(?:\.md)?(?:#[^)]*)?)\)")
LINK = re.compile(r"\]\(([^()\s]+)\)")
CELL = re.compile(r"^```.*?^```\n", re.M | re.S)


def section(title, text=TEXT):
    """What stands under a heading of the second level."""
    (found,) = re.findall(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S
    )
    return found


def named(title):
    """The paragraphs of a section, each from its words in bold to the next ones."""
    pieces = re.split(r"^\*\*([^*]+?)[.?]\*\*", section(title), flags=re.M)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def uses():
    """The rows of the table of uses."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section("Its uses"), re.M)
    return {use: cell for use, cell in rows if use not in ("use", "---")}


def claims():
    """The claims, each under a heading of its own."""
    pieces = re.split(r"^### (.+)$", TEXT.split("\n## Its questions")[0], flags=re.M)[
        1:
    ]
    bodies = [body.split("\n## ")[0] for body in pieces[1::2]]
    return dict(zip(pieces[::2], bodies, strict=True))


PARTS = {
    "claims": claims(),
    "questions": named("Its questions, answered again"),
    "trends": named("Its trends"),
    "challenges": named("Its challenges"),
    "uses": uses(),
}
ROWS = {
    f"{part}: {name}": (name, said)
    for part in PARTS
    for name, said in PARTS[part].items()
}


def leads(said):
    """The places that a row leads to."""
    return LINK.findall(CELL.sub("", said))


def problems(name, said, known):
    """What is wrong with a row, where `known` are the places that there are."""
    wanted = AWAITED.get(name, [])
    links, open_ = leads(said), [label for label in wanted if label not in known]
    missing = [label for label in wanted if label in known and label not in links]
    found = [f"no link to {label}" for label in missing]
    found += [f"leads nowhere: {link}" for link in links if link not in known]
    if "to come" in said and not open_:
        found.append("says that something is to come")
    if not links and not open_:
        found.append("has no link")
    return found + (["leads to the map"] if MAP.search(said) else [])


def test_all_parts_of_the_article_are_there():
    numbers = {part: len(rows) for part, rows in PARTS.items()}
    assert numbers["claims"] >= 9 and numbers["uses"] == 5
    assert (numbers["questions"], numbers["trends"], numbers["challenges"]) == (5, 3, 3)
    assert set(AWAITED) <= {name for name, _ in ROWS.values()}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_leads_to_a_page_that_is_there(row):
    assert not problems(*ROWS[row], LABELS | {"data_cards.md"})


def test_no_row_leads_to_the_map():
    assert not MAP.search(TEXT)


def test_nothing_is_to_come_when_all_chapters_that_it_waits_for_are_there():
    waiting = {label for labels in AWAITED.values() for label in labels} - LABELS
    said = len(re.findall(r"to come", CELL.sub("", TEXT)))
    assert said == 0 if not waiting else said > 0


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("*See* Privacy, to come.", ["no link to ch-privacy", "says that", "has no"]),
        ("*See* [Privacy](ch-privacy).", []),
        ("*See* [the map](the-map).", ["no link", "leads nowhere", "leads to the map"]),
    ],
)
def test_a_row_of_a_chapter_that_is_there_must_lead_to_it(said, wanted):
    found = problems("Privacy", said, {"ch-privacy"})
    assert len(found) == len(wanted)
    assert all(f.startswith(w) for f, w in zip(found, wanted, strict=True))


def test_a_row_may_wait_for_a_chapter_that_is_not_there():
    assert not problems("Privacy", "*See* Privacy, to come.", set())


def asked():
    """The questions of learners, each with its answer."""
    text = QUESTIONS.read_text("utf-8")
    pieces = re.split(r"^### (.+)$", text, flags=re.M)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def test_learners_have_thirty_questions_and_most_answers_are_shown():
    answers = asked()
    assert len(answers) > 30
    assert sum("{code-cell}" in answer for answer in answers.values()) >= 20
    said = QUESTIONS.read_text("utf-8")
    for word in ("shape", "mask", "NaN", "does not fall", "BLEU is 0", "mps", "seed"):
        assert word in said
    assert "out of memory" in said


@pytest.mark.parametrize("question", asked())
def test_an_answer_leads_to_a_page_that_explains_it(question):
    links = LINK.findall(asked()[question])
    assert links and set(links) <= LABELS | labels_of(TEXT)
