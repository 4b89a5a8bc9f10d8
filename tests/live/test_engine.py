"""The engine of the pages: its numbers are Python's, from a server and from files."""

import pytest
import torch
from shipped_models import (
    GPT,
    TRANSLATOR,
    loaded,
    random_texts,
    sampled,
    strings,
    translated,
)

from coursekit.book import live, weights

CLOSE = 1e-4
ENGINE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>engine</title>
<script src="_static/live/n2t.js"></script>{scripts}</html>"""
STRINGS = """([name, texts, noise]) => {
    const {tokenizer} = n2t.model(name);
    return [texts.map(tokenizer.encode), noise.map(tokenizer.decode)];
}"""
#: Logits of each step, and where the last one looked.
STEPS = """([name, rows]) => {
    const {model} = n2t.model(name);
    return rows.map(({source, ids}) => {
        const state = model.start(source);
        const steps = ids.map(id => model.step(id, state));
        return {logits: steps.map(s => [...s.logits]), encoder: state.encoder?.map(
                layer => layer.map(heads => heads.map(row => [...row]))),
            own: steps.map(s => s.own.map(heads => heads.map(row => [...row]))),
            cross: steps.map(s => s.cross.map(heads => heads.map(row => [...row])))};
    });
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


def close(found, wanted):
    """Whether two nests of numbers agree."""
    return torch.allclose(
        torch.tensor(found), torch.as_tensor(wanted), rtol=0, atol=CLOSE
    )


@both
def test_the_gpts_logits_and_attention_are_pythons(engine, where):
    cases = random_texts()
    rows = [{"ids": case["ids"]} for case in cases]
    found = engine[where].evaluate(STEPS, [GPT, rows])
    assert len(found) == len(cases) >= 20
    for page, case in zip(found, cases, strict=True):
        assert close(page["logits"], case["logits"])
        assert close(page["own"][-1], case["own"])


@both
def test_the_same_numbers_draw_the_same_ids(engine, where):
    cases = sampled()
    found = engine[where].evaluate(SAMPLE, [GPT, cases])
    assert found == [case["wanted"] for case in cases]
    assert len({tuple(ids) for ids in found}) > len(cases) / 2


@both
def test_the_translators_logits_and_attention_are_pythons(engine, where):
    cases = translated()
    bos = loaded(TRANSLATOR)[0].config.bos_id
    rows = [
        {"source": case["source"], "ids": [bos, *case["greedy"][:-1]]} for case in cases
    ]
    found = engine[where].evaluate(STEPS, [TRANSLATOR, rows])
    for page, case in zip(found, cases, strict=True):
        assert close(page["logits"], case["logits"])
        maps = list(case["maps"].items())
        for kind, key in (("own", "decoder.*self"), ("cross", "decoder.*cross")):
            side, _, which = key.partition(".*")
            kept = [m[0] for n, m in maps if n.startswith(side) and which in n]
            for t, step in enumerate(page[kind]):  # layers, heads, keys
                seen = [m[:, t, : len(step[0][0])].tolist() for m in kept]
                assert close(step, seen)
        kept = [m[0].transpose(0, 1).tolist() for n, m in maps if "encoder" in n]
        assert close(page["encoder"], kept)


@both
def test_greedy_and_beam_find_what_python_finds(engine, where):
    cases = translated() if where == "server" else translated()[:4]
    given = [TRANSLATOR, [case["source"] for case in cases]]
    found = engine[where].evaluate(SEARCH, given)
    for (greedy, beams), case in zip(found, cases, strict=True):
        assert greedy == case["greedy"]
        assert [ids for ids, _ in beams] == case["beam"]
        assert close([score for _, score in beams], case["scores"])


def test_weights_are_scripts_that_hold_the_files_byte_for_byte(tmp_path):
    written = weights.write(tmp_path)
    assert [path.stem for path in written] == list(weights.NAMES)
    for path in written:
        text = path.read_text("utf-8")
        assert text.startswith("(window.n2t ??= ") and "</" not in text
        assert path.is_relative_to(tmp_path / "_static" / live.FOLDER.name)
