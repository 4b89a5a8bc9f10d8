// A small GPT at work (chapter 21): what may come next, which number draws it, and where
// each head of each layer looks. The weights are those of `results/weights/small_gpt`.
(() => {
  "use strict";
  const SHOWN = 8, AT_ONCE = 24, LONGEST = 300; // candidates, tokens, characters
  const BRINT = `def zylograph(self, quorble, brint):
    self.quorble = quorble
    self.brint = b`; // the chapter's first lines; what is missing is the end of a name
  const EXAMPLES = { "self.brint = b…": BRINT, "def mean": "def mean(x, axis=None):\n",
    class: "class ", from: "from ", "The king": "The king" };
  const SCRIPTS = ["n2t.js", "parts.js", "weights/small_gpt.js"];
  const TERMS = "The course's own weights. What they write may hold lines of NumPy, Matplotlib "
    + "and scikit-learn; then their licenses hold for it.";

  const run = (figure) => {
    const n2t = window.n2t;
    const { tag, shown, percent, chips, heads, headOf, headName, bars } = n2t.parts;
    const { model, tokenizer } = n2t.model("small_gpt");
    const { n_layer: layers, n_head: count, eos_id: eos, max_length: most } = model.config;
    const nameOf = (id) => (id === eos ? "end" : tokenizer.name(id));

    // All that the figure shows follows from these.
    let tokens = []; // {id, text, kind, own: where it looked, logits: what it expects}
    let state, uniforms, chosen, falls, writing = null, looked = null;
    let seed = 0, head = [2, 1], temperature = 0.8, topP = 0.9;

    const feed = (id, kind) => {
      const { logits, own } = model.step(id, state);
      tokens.push({ id, kind, logits, own, text: tokens.length ? nameOf(id) : "start" });
      chosen = tokens.length - 1;
    };
    const cutTo = (length) => {
      tokens.length = length;
      for (const { keys, values } of state.own) keys.length = values.length = length;
    };
    const begin = () => {
      tokens = [];
      state = model.start();
      feed(eos, "special");
      for (const id of tokenizer.encode(prompt.value).slice(0, most - AT_ONCE)) feed(id, "given");
    };
    const throwDice = () => {
      const next = n2t.uniforms(seed);
      uniforms = Array.from({ length: most }, next);
    };
    const ranked = (at) => n2t.ranked(tokens[at].logits, temperature, topP);
    const ended = () => tokens.length >= most || (tokens.length > 1 && tokens.at(-1).id === eos);

    const write = () => {
      const last = tokens.length - 1;
      feed(n2t.drawn(ranked(last), uniforms[last]), "drawn");
    };
    const stop = () => {
      clearTimeout(writing);
      writing = null;
      many.textContent = `Write ${AT_ONCE}`;
    };
    const writeMany = () => {
      if (writing) return stop();
      let left = AT_ONCE;
      const more = () => {
        do write(); while (--left && live.still() && !ended());
        writing = left && !ended() ? setTimeout(more, 90) : null;
        if (!writing) stop();
        show();
      };
      many.textContent = "Stop";
      writing = setTimeout(more, 0);
    };
    // What the reader takes goes on from the chosen token; what stood behind it is gone.
    const take = (rank) => {
      if (chosen + 1 >= most) return;
      const id = ranked(chosen).ids[rank];
      stop();
      cutTo(chosen + 1);
      feed(id, "drawn");
      show();
    };
    const anew = (rewrite) => {
      const n = rewrite ? tokens.filter((token) => token.kind === "drawn").length : 0;
      stop();
      throwDice();
      begin();
      for (let i = 0; i < n && !ended(); i++) write();
      show();
    };

    const showNext = ({ ids, p, kept, share }) => {
      const came = tokens[chosen + 1]?.id;
      next.show(ids.slice(0, SHOWN).map((id, rank) => ({
        text: nameOf(id), p: p[id],
        kind: `${rank >= kept ? "cut" : ""} ${id === (came ?? falls) ? "hit" : ""}`,
        note: rank >= kept ? "left out by top-p" : id === came ? "it came" : "",
      })));
      const rest = kept - SHOWN;
      others.textContent = rest > 0
        ? `and ${rest} more, ${percent(ids.slice(SHOWN, kept).reduce((sum, id) => sum + p[id], 0))}`
        : `top-p keeps ${kept}`;
      let end = 0;
      const cells = ids.slice(0, Math.min(kept, 60)).map((id) => {
        const width = p[id] / share;
        end += width;
        const text = shown(nameOf(id));
        return tag("span", { class: id === falls ? "hit" : "", style: `width: ${100 * width}%` },
          width > 0.028 * text.length ? text : "");
      });
      const left = Math.max(0, 100 * (1 - end));
      strip.replaceChildren(...cells, tag("span", { class: "rest", style: `width: ${left}%` }));
      dart.style.left = `${100 * uniforms[chosen]}%`;
    };

    const show = () => {
      const { own } = tokens[chosen];
      const found = ranked(chosen);
      falls = n2t.drawn(found, uniforms[chosen]);
      row.show(tokens, { weights: headOf(own, head), asker: chosen, faint: chosen + 1 });
      grid.show(own, head);
      showNext(found);
      after.textContent = shown(tokens[chosen].text);
      one.disabled = many.disabled = ended();
      tell();
    };

    // One line says what one points at, or what is to be seen.
    const tell = () => {
      const name = (i) => `“${shown(tokens[i].text)}”`;
      const weights = headOf(tokens[chosen].own, head);
      const where = headName(head);
      if (looked !== null && looked < weights.length) {
        figure.say(`${where}: ${name(chosen)} gives ${name(looked)} ${percent(weights[looked])} of its attention.`);
        return;
      }
      const best = weights.indexOf(Math.max(...weights));
      figure.say(`The number ${uniforms[chosen].toFixed(2)} falls on “${shown(nameOf(falls))}”. `
        + `${where}: ${name(chosen)} looks most at ${name(best)}, ${percent(weights[best])}.`);
    };

    const prompt = tag("textarea", { rows: 3, maxlength: LONGEST, spellcheck: "false",
      autocapitalize: "off", autocomplete: "off", input: () => anew() });
    prompt.value = BRINT;
    const row = chips("Tokens; the chosen one looks back", {
      code: true,
      pick: (i) => { stop(); chosen = i; show(); },
      look: (i) => { looked = i; tell(); },
    });
    const grid = heads("Where it looks, head by head", layers, count, (which) => { head = which; show(); });
    const next = bars("What may come next", take);
    const after = tag("span", { class: "chip asker" });
    const others = tag("p", { class: "others" });
    const strip = tag("div", { class: "strip" }), dart = tag("div", { class: "dart" });
    const thrown = tag("div", { class: "throw", "aria-hidden": "true" }, dart, strip);

    const actions = tag("div", { class: "live-controls" });
    const { controls } = figure;
    figure.controls = actions;
    const one = figure.button("Next token", () => { stop(); chosen = tokens.length - 1; write(); show(); });
    one.classList.add("live-main");
    const many = figure.button("", writeMany);
    figure.button("Other numbers", () => { seed += 1; anew(true); });
    figure.button("Back to your text", () => anew());
    figure.controls = controls; // the sliders stand with what they change
    figure.slider("temperature", { low: 0.1, high: 2, step: 0.05, value: temperature,
      show: (x) => x.toFixed(2), set: (x) => { temperature = x; show(); } });
    figure.slider("top-p", { low: 0.05, high: 1, step: 0.05, value: topP,
      show: (x) => x.toFixed(2), set: (x) => { topP = x; show(); } });

    figure.stage.replaceChildren(
      tag("div", { class: "wide" },
        tag("label", { class: "live-field" }, tag("span", {}, "Your text"), prompt),
        tag("div", { class: "examples", role: "group", "aria-label": "Examples" },
          ...Object.entries(EXAMPLES).map(([name, text]) => tag("button", {
            type: "button", class: "live-button", click: () => { prompt.value = text; anew(); },
          }, name)))),
      tag("div", { class: "wide" }, row.box, figure.line, actions),
      tag("div", { class: "side" }, tag("p", { class: "title" }, "What may come after ", after), next.box, others, thrown, controls),
      tag("div", { class: "side" }, tag("p", { class: "title" }, "Where it looks, head by head"), grid.box),
    );
    anew();
  };

  live.model("gpt", { label: "Run it here (1.5 MB)", scripts: SCRIPTS, terms: TERMS }, run);
})();
