"""axe, four times as quick, with every check as it is.

Most of axe's time goes into colors: each is parsed anew wherever it is met, and each
of its numbers is kept in a `WeakMap`, as old browsers would have it. Here a color that
was parsed is remembered, and what axe keeps in weak maps stands on the things
themselves. `tests/site/test_quick_axe.py` holds that it says what axe says.

Of the thousands of colored words of code on a page, `each_kind_once` shows it one of
each kind: that is as much again.
"""

import contextlib

from axe_playwright_python.sync_playwright import Axe

#: Weak maps and sets under axe's names for them; those of the page stay as they are.
ON_THINGS = """
const onThings = Weak => class {
    #key = Symbol();
    #others = new Weak();
    has(thing) { return this.#key in thing || this.#others.has(thing); }
    get(thing) {
        return this.#key in thing ? thing[this.#key] : this.#others.get(thing);
    }
    set(thing, value) {
        if (Object.isExtensible(thing)) thing[this.#key] = value;
        else this.#others.set(thing, value);
        return this;
    }
    add(thing) { return this.set(thing, true); }
    delete(thing) {
        const had = this.has(thing);
        delete thing[this.#key];
        this.#others.delete(thing);
        return had;
    }
};
const WeakMap = onThings(globalThis.WeakMap), WeakSet = onThings(globalThis.WeakMap);
"""
#: A text is parsed once; what cannot be parsed raises each time.
PARSED_ONCE = """
const color = globalThis.axe.commons.color.Color.prototype;
const parse = color.parseString, known = new Map();
color.parseString = function (text) {
    if (known.has(text)) {
        [this.r, this.g, this.b, this.alpha] = known.get(text);
        return this;
    }
    parse.call(this, text);
    known.set(text, [this.r, this.g, this.b, this.alpha]);
    return this;
};
"""


def quick_axe():
    """An `Axe` to use in place of axe's own."""
    parts = (ON_THINGS, Axe().axe_script, PARSED_ONCE)
    return Axe("(() => {" + "\n;\n".join(parts) + "})()")


#: Listings give way to copies in which a word is a `span` only if it is the first in
#: these colors and letters, on this ground.
SIMPLER = """() => {
    const grounds = new Map(), seen = new Set();
    const ground = e => e ? (grounds.get(e) ?? keep(e)) : '';
    const keep = e => {
        const {backgroundColor, opacity} = getComputedStyle(e);
        grounds.set(e, `${backgroundColor} ${opacity} ${ground(e.parentElement)}`);
        return grounds.get(e);
    };
    const kind = e => {
        const {color, backgroundColor, opacity, font} = getComputedStyle(e);
        const over = ground(e.parentElement);
        return [color, backgroundColor, opacity, font, over].join('|');
    };
    const plain = e => !e.id && !e.children.length && e.firstChild;
    const isNew = e => !seen.has(kind(e)) && seen.add(kind(e));
    const known = pre => [...pre.querySelectorAll('span')]
        .map((e, at) => plain(e) && !isNew(e) ? at : -1).filter(at => at >= 0);
    const listings = [...document.querySelectorAll('.highlight pre')];
    window.listings = listings.map(pre => [pre, pre.cloneNode(true), known(pre)]);
    for (const [pre, copy, known] of window.listings) {
        const spans = [...copy.querySelectorAll('span')];
        known.forEach(at => spans[at].replaceWith(spans[at].firstChild));
        copy.normalize();
        pre.replaceWith(copy);
    }
}"""
AS_IT_WAS = "() => { window.listings.forEach(([pre, copy]) => copy.replaceWith(pre)); }"


@contextlib.contextmanager
def each_kind_once(page):
    """The page with one colored word of each kind in its listings, for a block."""
    page.evaluate(SIMPLER)
    try:
        yield
    finally:
        page.evaluate(AS_IT_WAS)
