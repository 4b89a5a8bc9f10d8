// The translator, from inside (chapter 17): what each head of encoder and decoder looks
// at, what may come next, and what the beam keeps. The weights are those of
// `results/weights/multi30k_en_de`.
(() => {
  "use strict";
  const SHOWN = 6, LONGEST = 160, PATIENCE = 350; // candidates, characters, milliseconds
  const EXAMPLES = ["In the snow, a woman is singing.",
    "A dog runs through the snow.",
    "Two men in blue shirts are playing the guitar.",
    "A woman is teaching her cat to play the piano."];
  const SCRIPTS = ["n2t.js", "parts.js", "weights/multi30k_en_de.js"];
  const TERMS = "Weights for non-commercial research and education only: they were learned "
    + "from Multi30k, under the terms of Flickr30K.";
  // Who asks, and what is asked.
  const VIEWS = { across: "German asks English", own: "German asks German", read: "English asks English" };

  const run = (figure) => {
    const n2t = window.n2t;
    const { tag, shown, percent, chips, heads, headOf, headName, bars } = n2t.parts;
    const { model, tokenizer, about } = n2t.model("multi30k_en_de");
    const { n_layer: layers, n_head: count, eos_id: eos, bos_id: bos } = model.config;
    const { beam: size, length_penalty: lengthPenalty, max_new_tokens: maxNew } = about.decode;
    const token = (id) => ({ id, text: id === eos ? "end" : id === bos ? "start" : tokenizer.name(id),
      kind: id === eos || id === bos ? "special" : "" });

    let source = [], answers = {}, rounds = [], kind = "beam", waiting = null, searching = null;
    let view = "across", asker = 5, reader = 0, head = null, looked = null;
    let before = null; // the encoder's attention
    const answer = () => answers[kind] ?? answers.greedy;

    // Every step of an answer, with what it expected and where it looked.
    const steps = (ids) => {
      const state = model.start(source);
      before = state.encoder;
      return { ids, steps: [bos, ...ids.slice(0, -1)].map((id) => model.step(id, state)) };
    };
    const translate = () => {
      clearTimeout(searching);
      source = tokenizer.encode(input.value.trim()).slice(0, 80);
      if (!source.length) return;
      source.push(eos);
      answers = { greedy: steps(n2t.greedy(model, source, maxNew)) };
      rounds = [];
      reader = Math.min(reader, source.length - 1);
      show();
      search(n2t.beamRounds(model, source, { size, lengthPenalty, maxNew }));
    };
    const search = (found) => {
      const { value, done } = found.next();
      if (!done) {
        rounds.push(value);
        searching = setTimeout(() => search(found), 0);
        return;
      }
      answers.beam = steps(rounds.at(-1).ended[0].ids);
      show();
    };

    // Weights [layer][head] over the keys of the chosen asker.
    const weights = () => {
      if (view === "read") return before.map((layer) => layer[reader]);
      const step = answer().steps[asker - 1];
      return view === "own" ? step.own : step.cross;
    };

    const show = () => {
      const { ids, steps: all } = answer();
      asker = Math.min(asker, ids.length);
      const row = headOf(weights(), head);
      const english = { weights: view === "own" ? [] : row, asker: view === "read" ? reader : null };
      const german = { weights: view === "own" ? row : [], asker: view === "read" ? null : asker,
        faint: view === "read" ? Infinity : asker + 1 };
      top.show(source.map(token), english);
      bottom.show([bos, ...ids].map(token), german);
      grid.show(weights(), head);
      const { ids: order, p } = n2t.ranked(all[asker - 1].logits);
      after.textContent = shown(token([bos, ...ids][asker - 1]).text);
      next.show(order.slice(0, SHOWN).map((id) => ({
        text: token(id).text, p: p[id], kind: id === ids[asker - 1] ? "hit" : "" })));
      showBeam();
      said.textContent = tokenizer.decode(ids);
      back.disabled = asker <= 1;
      forth.disabled = asker >= ids.length;
      drawLines(row);
      tell();
    };

    const showBeam = () => {
      const round = rounds[Math.min(asker, rounds.length) - 1];
      if (!round) return;
      const won = answers.beam?.ids.join();
      const line = ({ ids, score, ranked }) => {
        const on = won && `${won},`.startsWith(`${ids.join()},`);
        const text = tokenizer.decode(ids), over = ranked !== undefined;
        return tag("li", { class: `${on ? "hit" : ""} ${over ? "over" : ""}` },
          tag("span", { class: "much" }, (over ? ranked : score).toFixed(2).replace("-", "−")),
          tag("span", { lang: "de" }, text, over ? tag("em", {}, " end") : ""));
      };
      kept.replaceChildren(...round.live.map(line));
      over.replaceChildren(...round.ended.map(line));
      overTitle.hidden = !round.ended.length;
    };

    // Lines from the German chip to the English ones that it looks at.
    const drawLines = (row) => {
      const from = view === "across" && bottom.chip(asker);
      if (!from) return lines.replaceChildren();
      const { left, top: above, width, height } = pair.getBoundingClientRect();
      lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const start = from.getBoundingClientRect();
      const x = start.left + start.width / 2 - left, y = start.top - above;
      lines.replaceChildren(...Array.from(row, (weight, i) => {
        const end = top.chip(i).getBoundingClientRect();
        const u = end.left + end.width / 2 - left, v = end.bottom - above;
        const middle = (y + v) / 2;
        return tag("svg:path", { d: `M${x} ${y}C${x} ${middle} ${u} ${middle} ${u} ${v}`,
          "stroke-width": 0.5 + 6 * weight, "stroke-opacity": Math.min(1, 0.1 + 1.2 * weight) });
      }));
    };

    const tell = () => {
      const [asks, keys] = view === "read" ? [source, source]
        : [[bos, ...answer().ids], view === "own" ? [bos, ...answer().ids] : source];
      const who = `“${shown(token(asks[view === "read" ? reader : asker]).text)}”`;
      const row = headOf(weights(), head);
      const at = looked !== null && looked < row.length ? looked : row.indexOf(Math.max(...row));
      const verb = view === "read" ? "is read: it looks" : "is written: it looks";
      figure.say(`${headName(head)}, while ${who} ${verb} ${looked === at ? "" : "most "}at `
        + `“${shown(token(keys[at]).text)}”, ${percent(row[at])}.`);
    };
    const lookAt = (side) => (i) => {
      const keys = view === "own" ? "german" : "english";
      looked = side === keys ? i : null;
      tell();
    };

    const input = tag("input", { type: "text", maxlength: LONGEST, spellcheck: "false", value: EXAMPLES[0],
      autocomplete: "off", input: () => { clearTimeout(waiting); waiting = setTimeout(fresh, PATIENCE); } });
    const fresh = () => { asker = 1; translate(); };
    const top = chips("English, as the encoder reads it", {
      pick: (i) => { reader = i; view = "read"; choose(VIEWS.read); show(); }, look: lookAt("english") });
    const bottom = chips("German, as the decoder writes it", {
      pick: (i) => {
        asker = Math.max(1, i);
        if (view === "read") { view = "across"; choose(VIEWS.across); }
        show();
      },
      look: lookAt("german") });
    const lines = tag("svg:svg", { class: "lines", "aria-hidden": "true" });
    const pair = tag("div", { class: "pair" }, lines, tag("p", { class: "side-name" }, "English"), top.box,
      tag("p", { class: "side-name low" }, "German"), bottom.box);
    bottom.box.lang = "de";
    const grid = heads("Where it looks, head by head", layers, count, (which) => { head = which; show(); });
    const next = bars("What may come next");
    const after = tag("span", { class: "chip asker" });
    const kept = tag("ol", { class: "kept" }), over = tag("ol", { class: "kept" });
    const overTitle = tag("p", { class: "title" }, "Ended, by log-probability over length");
    const said = tag("p", { class: "answer", lang: "de" });

    const actions = tag("div", { class: "live-controls" });
    const { controls } = figure;
    figure.controls = actions;
    const back = figure.button("Back", () => { asker -= 1; toGerman(); });
    const forth = figure.button("Next piece", () => { asker += 1; toGerman(); });
    forth.classList.add("live-main");
    const toGerman = () => {
      if (view === "read") { view = "across"; choose(VIEWS.across); }
      show();
    };
    const choose = figure.choice("Who asks whom", { options: Object.values(VIEWS), value: VIEWS.across,
      set: (text) => { view = Object.keys(VIEWS).find((key) => VIEWS[key] === text); show(); } });
    figure.controls = controls;
    figure.choice("Answer", { options: [`beam of ${size}`, "greedy"], value: `beam of ${size}`,
      set: (text) => { kind = text === "greedy" ? "greedy" : "beam"; show(); } });

    figure.stage.replaceChildren(
      tag("div", { class: "wide" },
        tag("label", { class: "live-field" }, tag("span", {}, "An English sentence"), input),
        tag("div", { class: "examples", role: "group", "aria-label": "Examples" },
          ...EXAMPLES.map((text) => tag("button", { type: "button", class: "live-button",
            click: () => { input.value = text; fresh(); } }, `${text.split(" ").slice(0, 3).join(" ")} …`)))),
      tag("div", { class: "wide" }, said, pair, figure.line, actions),
      tag("div", { class: "side" }, tag("p", { class: "title" }, "What may come after ", after), next.box, controls),
      tag("div", { class: "side" }, tag("p", { class: "title" }, "Where it looks, head by head"), grid.box),
      tag("div", { class: "wide" }, tag("p", { class: "title" }, `The ${size} beginnings that the beam keeps, by log-probability`),
        kept, overTitle, over),
    );
    new ResizeObserver(() => { if (answers.greedy) drawLines(headOf(weights(), head)); }).observe(pair);
    translate();
  };

  live.model("translator", { label: "Run it here (3.8 MB)", scripts: SCRIPTS, terms: TERMS }, run);
})();
