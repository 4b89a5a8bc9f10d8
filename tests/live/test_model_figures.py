"""The figures of whole models: what they show is Python's, and anyone can use them."""

import pytest
import torch
from quick_axe import quick_axe
from shipped_models import GPT, TRANSLATOR, loaded

from coursekit.book import live
from coursekit.book.assets import weights
from coursekit.book.assets.models import NAMES
from n2t.decoding import Beam, decode

LARGEST = 40_000  # bytes of a picture
AXE = {"resultTypes": ["violations"], "preload": False}
BRINT = """def zylograph(self, quorble, brint):
    self.quorble = quorble
    self.brint = b"""
SNOW = "In the snow, a woman is singing."
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"
READY = {"gpt": ".chip", "translator": ".kept .hit"}  # the beam has ended
CHECKED = ".head[aria-checked=true]"

each = pytest.mark.parametrize("name", NAMES)
both = pytest.mark.parametrize("where", ["server", "file"])


@pytest.fixture(scope="module", autouse=True)
def pages(folder):
    """A page a figure and theme; the weights beside their scripts."""
    weights.write(folder)
    for name in NAMES:
        for theme in ("light", "dark"):
            text = live.plain_page([name], "_static", theme)
            (folder / f"{name}-{theme}.html").write_text(text, encoding="utf-8")


@pytest.fixture
def started(visit):
    """A way to open a figure and to ask for its weights."""

    def start(name, where="server", theme="light", **window):
        page = visit(name, where, theme, **window)
        assert not [url for url in page.asked if "weights" in url or "n2t.js" in url]
        page.get_by_role("button", name="Run it here").press("Enter")
        page.wait_for_selector(READY[name])
        return page

    return start


def texts(page, selector):
    """What elements say."""
    return page.locator(selector).all_inner_texts()


def percents(page):
    """The bars' numbers."""
    return [text.replace("< ", "") for text in texts(page, ".bars .much")]


@both
def test_the_gpt_shows_what_python_expects_and_where_it_looks(started, where):
    model, tokenizer, _ = loaded(GPT)
    ids = [model.config.eos_id, *tokenizer.encode(BRINT)]
    with torch.no_grad():
        logits = model(torch.tensor([ids]))[0, -1]
    p, order = (logits / 0.8).softmax(-1).sort(descending=True)
    page = started("gpt", where)
    wanted = [tokenizer.decode([i]).replace(" ", "·") for i in order[:8].tolist()]
    assert texts(page, ".bars .what") == wanted
    shown = [float(text.strip(" %")) / 100 for text in percents(page)]
    assert torch.allclose(torch.tensor(shown), p[:8], atol=6e-3)
    maps = list(model.attention_maps(torch.tensor([ids])).values())
    row = maps[2][0, 1, -1]
    said = page.locator(".live-said").inner_text()
    assert "Layer 2, head 1" in said and f"{row.max() * 100:.0f} %" in said
    assert "“rint”" in said and tokenizer.decode([ids[int(row.argmax())]]) == "rint"


def test_the_gpt_writes_by_keyboard(started):
    page = started("gpt")
    before = len(texts(page, ".chips .chip"))
    assert page.evaluate("document.activeElement.textContent") == "Next token"
    page.keyboard.press("Enter")
    chips = texts(page, ".chips .chip")
    assert len(chips) == before + 1 and chips[-1] == "rint"
    page.locator(".chips .chip[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert texts(page, ".chips .asker") == ["def"]
    page.locator(".bars button").first.focus()
    page.keyboard.press("Enter")  # goes on from there: the rest is gone
    assert len(texts(page, ".chips .chip")) == 3
    page.locator(CHECKED).focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(CHECKED).get_attribute("aria-label") == "layer 3, head 1"
    page.keyboard.press("End")
    assert "mean" in page.locator(CHECKED).get_attribute("aria-label")


def test_a_higher_temperature_lets_the_number_fall_on_another_token(started):
    page = started("gpt")
    assert texts(page, ".bars .hit .what") == ["rint"]
    page.get_by_role("slider", name="top-p").press("End")
    page.get_by_role("slider", name="temperature").press("End")
    assert texts(page, ".strip .hit") != ["rint"]
    assert texts(page, ".bars .hit .what") != ["rint"]
    page.get_by_role("slider", name="temperature").press("Home")
    assert percents(page)[0] == "100 %"


def test_the_gpt_writes_much_and_stops(started):
    page = started("gpt", reduced_motion="reduce")
    before = len(texts(page, ".chips .chip"))
    page.get_by_role("button", name="Write 24").click()
    count = "document.querySelectorAll('.chips .chip').length"
    page.wait_for_function(f"{count} > {before}")
    first = texts(page, ".chips .chip")
    assert before < len(first) <= before + 24
    page.get_by_role("button", name="Other numbers").click()
    assert texts(page, ".chips .chip") != first
    page.get_by_role("button", name="Back to your text").click()
    assert len(texts(page, ".chips .chip")) == before
    page.get_by_role("textbox").fill("")
    assert texts(page, ".chips .chip") == ["start"]


@each
def test_a_finger_suffices_and_nothing_is_wider_than_a_phone(started, name):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    page = started(name, **phone)
    assert page.evaluate(SIDEWAYS) <= 0
    page.locator(".chips").last.locator(".chip").nth(2).tap()
    asker = page.locator(".chips").last.locator(".chip.asker")
    assert asker.get_attribute("aria-pressed") == "true"
    page.locator(".head").nth(5).tap()
    assert page.locator(CHECKED).get_attribute("aria-label") == "layer 1, head 1"
    assert "Layer 1, head 1" in page.locator(".live-said").inner_text()
    for box in page.locator(".chip, .head, .live-button").all()[:60]:
        size = box.bounding_box()
        assert size is None or min(size["width"], size["height"]) >= 24


@each
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(started, name, theme):
    page = started(name, theme=theme)
    found = quick_axe().run(page, options=AXE).response["violations"]
    mine = [v for v in found if v["id"] not in ("region", "landmark-one-main")]
    assert not [(v["id"], n["html"]) for v in mine for n in v["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_mark_that_is_looked_at_keeps_its_contrast(started, theme):
    page = started("translator", theme=theme)
    page.locator(".chips").last.locator(".chip", has_text=".").click()
    end = page.locator(".chips").first.locator(".chip.special").last
    assert end.evaluate("e => e.style.getPropertyValue('--shade')") > "0.9"
    rule = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    assert not quick_axe().run(page, options=AXE | rule).response["violations"]


@both
def test_the_translator_shows_what_python_finds(started, where):
    model, tokenizer, facts = loaded(TRANSLATOR)
    how = facts["configuration"]["decode"]
    x = torch.tensor([tokenizer.encode(SNOW, eos=True)])
    strategy = Beam(how["beam"], how["length_penalty"])
    ids = decode(model, x, max_new_tokens=100, strategy=strategy).ids
    page = started("translator", where)
    wanted = tokenizer.decode(ids[0].tolist())
    page.wait_for_function(
        "text => document.querySelector('.answer').textContent === text", arg=wanted
    )
    target = torch.cat([torch.tensor([[model.config.bos_id]]), ids[:, :-1]], 1)
    maps = model.attention_maps(x, target)
    cross = torch.stack([m[0] for n, m in maps.items() if "cross" in n])
    names = [tokenizer.decode([i]) for i in x[0].tolist()]
    shades = "e => e.style.getPropertyValue('--shade')"
    for at, word in enumerate(tokenizer.decode([i]) for i in ids[0].tolist()[:-1]):
        page.locator(".chips").last.locator(".chip").nth(at + 1).click()
        row = cross[:, :, at].mean((0, 1))
        best, said = int(row.argmax()), page.locator(".live-said").inner_text()
        assert f"“{word.replace(' ', '·')}” is written" in said
        assert f"“{names[best].replace(' ', '·') or 'end'}”" in said
        page.locator(".chips").first.locator(".chip").nth(best).hover()
        assert page.locator(".lines path").count() == len(names)
        chip = page.locator(".chips").first.locator(".chip").nth(best)
        assert chip.evaluate(shades) == "1.000"
    assert page.locator(".kept").first.locator("li").count() == how["beam"]


def test_the_translator_by_keyboard(started):
    page = started("translator")
    page.get_by_role("textbox").fill("A dog runs.")
    page.wait_for_function(
        "document.querySelectorAll('.chips')[0].children.length === 10"
    )
    assert texts(page, ".chips .asker") == [texts(page, ".chips .chip")[6]]
    page.get_by_role("button", name="Next piece").press("Enter")
    page.get_by_role("radio", name="greedy").press(" ")
    page.get_by_role("radio", name="German asks German").press(" ")
    assert page.locator(".lines path").count() == 0
    page.get_by_role("radio", name="English asks English").press(" ")
    assert "is read" in page.locator(".live-said").inner_text()
    page.locator(".chips").first.locator(".asker").press("ArrowRight")
    page.keyboard.press("Enter")
    assert texts(page, ".chips .asker") == ["·dog"]


def test_terms_stand_beside_the_translators_button(visit):
    terms = visit("translator").locator(".live-controls").inner_text()
    assert "non-commercial" in terms and "Multi30k" in terms


def test_weights_that_do_not_come_can_be_asked_for_again(visit):
    page = visit("gpt")
    page.route("**/weights/*.js", lambda route: route.abort())
    page.get_by_role("button", name="Run it here").click()
    page.wait_for_function(
        "document.querySelector('.live-said').textContent.includes('again')"
    )
    page.unroute("**/weights/*.js")
    page.get_by_role("button", name="Run it here").click()
    page.wait_for_selector(".chip")
    page.faults.clear()


@each
def test_the_picture_is_a_drawing_of_both_grounds(name):
    text = live.picture_of(name).read_text("utf-8")
    assert "light-dark(" in text and "<script" not in text
    assert len(text.encode()) <= LARGEST
