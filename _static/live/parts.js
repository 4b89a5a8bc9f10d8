// What the figures of whole models share: tokens as chips, one small picture a head,
// bars of probabilities, sliders. Each part is an element and a way to show it anew.
(() => {
  "use strict";
  const n2t = (window.n2t ??= { weights: {} });

  // An element with attributes (functions are listeners) and children.
  const tag = (name, attributes = {}, ...children) => {
    const [type, space] = name.startsWith("svg:")
      ? [name.slice(4), "http://www.w3.org/2000/svg"] : [name, "http://www.w3.org/1999/xhtml"];
    const element = document.createElementNS(space, type);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(key, value);
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };

  // A token as it can be seen, and as it can be said.
  const MARKS = { " ": "·", "\n": "⏎", "\t": "⇥", "\r": "␍", "\u00a0": "·" };
  const shown = (text) =>
    text.replace(/[ \n\t\r\u00a0]/g, (c) => MARKS[c])
      .replace(/[\u0000-\u001f\u007f\u200b]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  const spoken = (text) => {
    const breaks = text.split("\n").length - 1;
    const spaces = text.length - text.replaceAll(" ", "").length;
    if (text.trim()) return text.trim();
    const parts = [];
    if (breaks) parts.push(breaks > 1 ? `${breaks} line breaks` : "line break");
    if (spaces) parts.push(spaces > 1 ? `${spaces} spaces` : "space");
    return parts.join(", ") || "blank";
  };

  // 0.034 as 3.4 %, small ones too without the look of nothing.
  const percent = (p) =>
    p >= 0.0995 ? `${Math.round(100 * p)} %` : p >= 0.001 ? `${(100 * p).toFixed(1)} %` : "< 0.1 %";

  // Of several buttons one is a stop of the tab key; arrows go to the others.
  const rove = (box, buttons, columns, go) => {
    box.addEventListener("keydown", (key) => {
      const all = buttons(), at = all.indexOf(document.activeElement);
      const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
      const end = all.length - 1;
      const to = key.key === "Home" ? 0 : key.key === "End" ? end
        : key.key === "ArrowDown" ? Math.min(at + columns, end)
        : key.key in way ? at + way[key.key] : -1;
      if (at < 0 || key.ctrlKey || key.metaKey || key.altKey) return;
      if (key.key in way || key.key === "Home" || key.key === "End") key.preventDefault();
      if (to < 0 || to >= all.length) return;
      for (const button of all) button.tabIndex = button === all[to] ? 0 : -1;
      all[to].focus();
      go?.(to);
    });
  };

  // Tokens in a row. show(tokens, {weights, asker, past}): a token is {text, kind};
  // weights shade the chips, `asker` is the one that looks, those from `past` on are faint.
  const chips = (label, { pick, look, code = false }) => {
    const box = tag("div", { class: "chips", role: "group", "aria-label": label });
    let all = [];
    const make = (i) => {
      const chip = tag("button", {
        type: "button", class: "chip", tabindex: -1,
        click: () => pick?.(i), focus: () => look(i), blur: () => look(null),
        pointerenter: () => look(i), pointerleave: () => look(null),
      });
      const line = tag("span", { class: "line" });
      box.append(line, chip);
      return { chip, line };
    };
    const show = (tokens, { weights = [], asker = null, faint = Infinity } = {}) => {
      while (all.length > tokens.length) {
        const { chip, line } = all.pop();
        chip.remove();
        line.remove();
      }
      while (all.length < tokens.length) all.push(make(all.length));
      const most = Math.max(...weights, 1e-9);
      const focused = all.some(({ chip }) => chip === document.activeElement);
      tokens.forEach(({ text, kind = "" }, i) => {
        const { chip, line } = all[i];
        const weight = weights[i] ?? 0;
        line.hidden = !(code && text.includes("\n"));
        chip.textContent = shown(text) || "∅";
        chip.setAttribute("aria-label", weights.length && i < weights.length
          ? `${spoken(text)}, ${percent(weight)}` : spoken(text));
        chip.className = `chip ${kind}${i === asker ? " asker" : ""}${i >= faint ? " faint" : ""}`;
        chip.style.setProperty("--shade", Math.sqrt(weight / most).toFixed(3));
        if (pick) chip.setAttribute("aria-pressed", i === asker);
        if (!focused) chip.tabIndex = i === (asker ?? 0) ? 0 : -1;
      });
    };
    rove(box, () => all.map(({ chip }) => chip), 1);
    return { box, show, chip: (i) => all[i]?.chip };
  };

  // Every head of every layer, small: where it looks; last, the mean of all of them.
  // Layers and heads count from 0, as in code. show(weights[layer][head], chosen):
  // [layer, head], or null for the mean.
  const heads = (label, layers, count, pick) => {
    const buttons = [], paths = [];
    const axis = (text) => tag("span", { class: "axis", "aria-hidden": "true" }, text);
    const picture = (name, wide, choose) => {
      const path = tag("svg:path");
      const svg = { viewBox: `0 0 ${wide} 24`, preserveAspectRatio: "none", "aria-hidden": "true" };
      const button = tag("button", { type: "button", role: "radio", class: "head",
        "aria-label": name, click: choose }, tag("svg:svg", svg, path));
      paths.push(path);
      buttons.push(button);
      return button;
    };
    const box = tag("div", { class: "heads", role: "radiogroup", "aria-label": label,
      style: `--heads: ${count}` }, tag("span"));
    for (let h = 0; h < count; h++) box.append(axis(`head ${h}`));
    for (let layer = 0; layer < layers; layer++) {
      box.append(axis(`layer ${layer}`));
      for (let h = 0; h < count; h++) {
        box.append(picture(`layer ${layer}, head ${h}`, 100, () => pick([layer, h])));
      }
    }
    box.append(axis("mean"), picture("mean of all heads", 100, () => pick(null)));
    buttons.at(-1).classList.add("mean");
    const whole = layers * count;
    rove(box, () => buttons, count, (i) =>
      pick(i === whole ? null : [Math.floor(i / count), i % count]));
    const show = (weights, chosen) => buttons.forEach((button, i) => {
      const at = i === whole ? null : [Math.floor(i / count), i % count];
      const on = String(at) === String(chosen);
      button.setAttribute("aria-checked", on);
      button.tabIndex = on ? 0 : -1;
      paths[i].setAttribute("d", barsOf(headOf(weights, at)));
    });
    return { box, show };
  };
  const headOf = (weights, chosen) => {
    if (chosen) return weights[chosen[0]][chosen[1]];
    const all = weights.flat();
    return Array.from(all[0], (_, t) => all.reduce((sum, row) => sum + row[t], 0) / all.length);
  };
  const headName = (chosen) =>
    chosen ? `Layer ${chosen[0]}, head ${chosen[1]}` : "The mean of all heads";

  const barsOf = (row) => {
    const width = 100 / Math.max(row.length, 8);
    const most = Math.max(...row, 0.15);
    return Array.from(row, (weight, i) => {
      const height = (24 * weight) / most;
      const x = i * width;
      if (height < 0.2) return "";
      return `M${x.toFixed(2)} 24v${(-height).toFixed(2)}h${(0.86 * width).toFixed(2)}V24z`;
    }).join("");
  };

  // What may come next. show([{text, p, kind, note}]); a bar can be taken.
  const bars = (label, take) => {
    const box = tag("ol", { class: "bars", "aria-label": label });
    const show = (rows) => {
      const at = [...box.querySelectorAll("button")].indexOf(document.activeElement);
      const most = Math.max(...rows.map((row) => row.p), 1e-9);
      box.replaceChildren(...rows.map(({ text, p, kind = "", note = "" }, i) => {
        const inner = [
          tag("span", { class: "what" }, shown(text)),
          tag("span", { class: "track" }, tag("span", { class: "bar",
            style: `width: ${Math.max((100 * p) / most, 0.4)}%` })),
          tag("span", { class: "much" }, percent(p)),
        ];
        const said = `${spoken(text)}, ${percent(p)}${note ? `, ${note}` : ""}`;
        return tag("li", { class: kind }, take
          ? tag("button", { type: "button", "aria-label": said, click: () => take(i) }, ...inner)
          : tag("div", {}, ...inner));
      }));
      if (at >= 0) box.querySelectorAll("button")[at]?.focus();
    };
    return { box, show };
  };

  n2t.parts = { tag, shown, spoken, percent, chips, heads, headOf, headName, bars };
})();
