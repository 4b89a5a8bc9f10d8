"""The engine of the pages: its numbers are Python's, from a server and from files."""

import base64
import json

import pytest
from shipped_models import (
    GPT,
    TRANSLATOR,
    flat,
    random_texts,
    sampled,
    strings,
    translated,
)

from coursekit.book import live
from coursekit.book.assets import weights

CLOSE = 1e-4
ENGINE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>engine</title>
<script src="_static/live/n2t.js"></script>{scripts}</html>"""
STRINGS = """([name, texts, noise]) => {
    const {tokenizer} = n2t.model(name);
    return [texts.map(tokenizer.encode), noise.map(tokenizer.decode)];
}"""
#: The largest difference of logits and attention weights, and how many were compared.
COMPARE = """name => {
    const {model} = n2t.model(name), {rows, numbers} = wanted[name];
    const bytes = Uint8Array.from(atob(numbers), c => c.charCodeAt(0));
    const all = new Float32Array(bytes.buffer);
    let at = 0, most = 0;
    const check = nest => {
        if (typeof nest === "number") most = Math.max(most, Math.abs(nest - all[at++]));
        else for (const each of nest) check(each);
    };
    for (const {source, ids} of rows) {
        const state = model.start(source);
        check(state.encoder ?? []);
        for (const id of ids) {
            const {logits, own, cross} = model.step(id, state);
            for (const found of [logits, own, cross]) check(found);
        }
    }
    return [most, at, all.length];
}"""
SAMPLE = """([name, rows]) => {
    const {model} = n2t.model(name);
    return rows.map(({prompt, temperature, topP, uniforms}) => {
        const state = model.start(), ids = [];
        let logits = prompt.map(id => model.step(id, state).logits).at(-1);
        for (const uniform of uniforms) {
            ids.push(n2t.drawn(n2t.ranked(logits, temperature, topP), uniform));
            if (ids.at(-1) === model.config.eos_id) break;
            logits = model.step(ids.at(-1), state).logits;
        }
        return ids;
    });
}"""
SEARCH = """([name, sources]) => {
    const {model, about: {decode}} = n2t.model(name);
    const how = {size: decode.beam, lengthPenalty: decode.length_penalty,
                 maxNew: decode.max_new_tokens};
    return sources.map(source => [n2t.greedy(model, source, how.maxNew),
        n2t.beam(model, source, how).map(({ids, ranked}) => [ids, ranked])]);
}"""


@pytest.fixture(scope="module")
def engine(folder, addresses, browser):
    """A page with the engine and all weights, by where it was loaded from."""
    weights.write(folder)
    tags = [f'<script src="{weights.FOLDER}/{n}.js"></script>' for n in weights.NAMES]
    (folder / "engine.html").write_text(ENGINE.format(scripts="".join(tags)), "utf-8")
    pages = {}
    for where, address in addresses.items():
        pages[where] = browser.new_page()
        pages[where].goto(f"{address}engine.html")
    yield pages
    for page in pages.values():
        page.close()


both = pytest.mark.parametrize("where", ["server", "file"])


@both
@pytest.mark.parametrize("name", [GPT, TRANSLATOR])
def test_tokens_are_the_tokenizers_on_odd_strings_too(engine, where, name):
    wanted = strings(name)
    given = [name, wanted["texts"], wanted["noise"]]
    ids, texts = engine[where].evaluate(STRINGS, given)
    assert ids == wanted["ids"] and texts == wanted["decoded"]


def wanted(name, cases):
    """A script with what the page's numbers are to be: too many to be handed over."""
    rows = [{key: case.get(key) for key in ("source", "ids")} for case in cases]
    raw = flat(case["numbers"] for case in cases).numpy().tobytes()
    held = {"rows": rows, "numbers": base64.b64encode(raw).decode()}
    return f"(window.wanted ??= {{}}).{name} = {json.dumps(held)};"


@both
@pytest.mark.parametrize(
    ("name", "make"), [(GPT, random_texts), (TRANSLATOR, translated)]
)
def test_logits_and_attention_are_pythons(engine, folder, where, name, make):
    cases = make()
    assert len(cases) >= 20
    script = folder / f"wanted-{name}.js"
    if not script.exists():
        script.write_text(wanted(name, cases), "utf-8")
    engine[where].add_script_tag(url=script.name)
    most, compared, there = engine[where].evaluate(COMPARE, name)
    assert compared == there > 100_000
    assert most <= CLOSE


@both
def test_the_same_numbers_draw_the_same_ids(engine, where):
    cases = sampled()
    found = engine[where].evaluate(SAMPLE, [GPT, cases])
    assert found == [case["wanted"] for case in cases]
    assert len({tuple(ids) for ids in found}) > len(cases) / 2


@both
def test_greedy_and_beam_find_what_python_finds(engine, where):
    cases = translated() if where == "server" else translated()[:4]
    given = [TRANSLATOR, [case["source"] for case in cases]]
    found = engine[where].evaluate(SEARCH, given)
    for (greedy, beams), case in zip(found, cases, strict=True):
        assert greedy == case["greedy"]
        assert [ids for ids, _ in beams] == case["beam"]
        assert [score for _, score in beams] == pytest.approx(case["scores"], abs=CLOSE)


def test_weights_are_scripts_that_hold_the_files_byte_for_byte(tmp_path):
    written = weights.write(tmp_path)
    assert [path.stem for path in written] == list(weights.NAMES)
    for path in written:
        text = path.read_text("utf-8")
        assert text.startswith("(window.n2t ??= ")
        assert path.is_relative_to(tmp_path / "_static" / live.FOLDER.name)
