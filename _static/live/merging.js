// Byte-pair encoding of what a reader types, merge by merge. `live.bytePairs` learns as
// `n2t.data.text.byte_pair` does: the most frequent pair, of equals the smallest ids.
(() => {
  const { draw, give } = live;

  // GPT-2's cut; blanks are those that Python's version writes out.
  const S = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const CUT = new RegExp(
    `'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^${S}\\p{L}\\p{N}]+|[${S}]+(?![^${S}])|[${S}]+`, "gu");

  // Ids of bytes: 0 to 3 are special, then the printable ones, then the others.
  const all = [...Array(256).keys()];
  const printable = all.filter((b) => (b > 0x20 && b < 0x7f) || (b > 0xa0 && b !== 0xad));
  const BYTES = [...printable, ...all.filter((b) => !printable.includes(b))];
  const FIRST = 4 + BYTES.length;
  const idOf = new Map(BYTES.map((byte, rank) => [byte, 4 + rank]));

  const replace = (ids, [left, right], made) => {
    const out = [];
    for (let i = 0; i < ids.length; i++) {
      const here = ids[i] === left && ids[i + 1] === right;
      out.push(here ? made : ids[i]);
      if (here) i++;
    }
    return out;
  };

  // Pairs of neighbors with their counts, the next to be merged first.
  const ranked = (words, times) => {
    const counts = new Map();
    for (const [piece, ids] of words) {
      for (let i = 0; i + 1 < ids.length; i++) {
        const name = `${ids[i]},${ids[i + 1]}`;
        counts.set(name, (counts.get(name) ?? 0) + times.get(piece));
      }
    }
    return [...counts]
      .map(([name, count]) => ({ pair: name.split(",").map(Number), count }))
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
  };

  // All states from bytes on: each has the ids of every piece, and the pairs that are left.
  const learn = (text, { cut = true, most = 80 } = {}) => {
    const pieces = cut ? text.match(CUT) ?? [] : text ? [text] : [];
    const times = new Map();
    for (const piece of pieces) times.set(piece, (times.get(piece) ?? 0) + 1);
    const bytes = new TextEncoder();
    let words = new Map([...times.keys()].map((p) => [p, [...bytes.encode(p)].map((b) => idOf.get(b))]));
    const states = [{ words, pairs: ranked(words, times) }], merges = [];
    while (merges.length < most) {
      const [best] = states.at(-1).pairs;
      if (!best || best.count < 2) break;
      const made = FIRST + merges.length;
      merges.push(best.pair);
      words = new Map([...words].map(([piece, ids]) => [piece, replace(ids, best.pair, made)]));
      states.push({ words, pairs: ranked(words, times) });
    }
    return { pieces, merges, states };
  };

  live.bytePairs = (text, options) => {
    const { pieces, merges, states } = learn(text, options);
    return { merges, ids: pieces.flatMap((piece) => states.at(-1).words.get(piece)) };
  };

  const TEXT = "she sells sea shells by the sea shore. the shells she sells are sea shells, i'm sure.";
  const WIDE = 340, HIGH = 24, ROW = 29;

  live.figure("merging", (figure) => {
    let text = TEXT, cut = true, found, at = 0;

    const bytesOf = (id) => {
      if (id < FIRST) return [BYTES[id - 4]];
      return found.merges[id - FIRST].flatMap(bytesOf);
    };
    const depth = (id) => (id < FIRST ? 0 : 1 + Math.max(...found.merges[id - FIRST].map(depth)));
    const strict = new TextDecoder("utf-8", { fatal: true });
    const name = (id) => {
      const bytes = bytesOf(id);
      try {
        return strict.decode(new Uint8Array(bytes)).replace(/ /g, "␣").replace(/[\n\r\t]/g, "↵");
      } catch {
        return bytes.map((b) => b.toString(16)).join(" ");  // a part of a character
      }
    };
    const width = (word) => 9 + [...word].reduce((sum, c) => sum + (c > "\u2e7f" ? 13.5 : 7.6), 0);

    const chip = (parent, id, x, y, kind = "") => {
      const word = name(id), wide = Math.min(width(word), WIDE - 4);
      const g = draw(parent, "g", { class: `chip ${kind}`, transform: `translate(${x.toFixed(1)} ${y})` });
      const full = id < FIRST ? 0 : Math.min(34, 6 + 7 * depth(id));
      draw(g, "rect", { width: wide.toFixed(1), height: HIGH, rx: 5, style: `--full:${full}%` });
      draw(g, "text", { class: "mono middle", x: (wide / 2).toFixed(1), y: 16.5 }, word);
      return wide;
    };

    const tokens = figure.panel(WIDE, 300, "The text as tokens", "img");
    const pairs = figure.panel(WIDE, 300, "Which neighbors stand most often", "img");

    const showTokens = (words, next) => {
      tokens.replaceChildren();
      const newest = at ? FIRST + at - 1 : -1;
      let x = 0, y = 34, count = 0;
      for (const piece of found.pieces) {
        const ids = words.get(piece);
        ids.forEach((id, i) => {
          const starts = next && id === next[0] && ids[i + 1] === next[1];
          const ends = next && i && id === next[1] && ids[i - 1] === next[0];
          const wide = Math.min(width(name(id)), WIDE - 4);
          if (x + wide > WIDE) { x = 0; y += ROW; }
          x += chip(tokens, id, x, y, `${id === newest ? "new" : ""} ${starts || ends ? "next" : ""}`) + 2;
        });
        count += ids.length;
        x += 3;
      }
      const line = draw(tokens, "text", { x: 1, y: 17 });
      draw(line, "tspan", { class: "large" }, `${count} token${count === 1 ? "" : "s"}`);
      give(tokens, { viewBox: `0 0 ${WIDE} ${Math.max(190, y + ROW)}`, "aria-label": `The text as ${count} tokens` });
      return count;
    };

    const showPairs = (ranks) => {
      pairs.replaceChildren();
      const most = ranks[0]?.count ?? 1;
      draw(pairs, "text", { x: 1, y: 15 }, "neighbors, the most frequent first");
      ranks.slice(0, 6).forEach(({ pair, count }, i) => {
        const y = 34 + ROW * i, next = i === 0 && count > 1 ? "next" : "";
        const wide = chip(pairs, pair[0], 0, y, next);
        chip(pairs, pair[1], wide + 2, y, next);
        draw(pairs, "rect", { class: `bar ${next}`, x: 132, y: y + 5, height: 14, rx: 3, width: (165 * count) / most });
        draw(pairs, "text", { class: "strong", x: 139 + (165 * count) / most, y: y + 17 }, count);
      });
      const last = found.merges.slice(0, at).slice(-2);
      if (last.length) draw(pairs, "text", { x: 1, y: 230 }, "learned last");
      last.forEach(([left, right], i) => {
        const y = 240 + ROW * i, made = FIRST + at - last.length + i;
        let x = chip(pairs, left, 0, y) + 2;
        x += chip(pairs, right, x, y) + 8;
        draw(pairs, "text", { x, y: y + 16.5 }, "→");
        x += 20 + chip(pairs, made, x + 18, y, made === FIRST + at - 1 ? "new" : "") + 6;
        draw(pairs, "text", { x, y: y + 16.5 }, `id ${made}`);
      });
    };

    const show = () => {
      const { words, pairs: ranks } = found.states[at];
      const best = ranks[0]?.count > 1 ? ranks[0] : null;
      const count = showTokens(words, best?.pair);
      showPairs(ranks);
      const bytes = new TextEncoder().encode(text).length;
      const equals = best ? ranks.filter((each) => each.count === best.count).length - 1 : 0;
      const tie = equals ? ` ${equals} other${equals > 1 ? "s stand" : " stands"} as often; the smallest ids go first.` : "";
      const then = best
        ? `Next: ${best.pair.map(name).join(" and ")}, ${best.count} times.${tie}`
        : "No pair of neighbors stands twice, so there is nothing more to merge.";
      figure.say(`${at} merge${at === 1 ? "" : "s"}: ${bytes} bytes are ${count} tokens. ${then}`);
      once.disabled = at >= found.merges.length;
    };
    const start = (keep) => {
      found = learn(text, { cut });
      at = Math.min(keep, found.merges.length);
      moves(at, Math.max(found.merges.length, 1));
      show();
    };

    const field = figure.field("Your text", { value: TEXT, longest: 160, set: (x) => { text = x; start(at); } });
    const moves = figure.slider("merges", {
      low: 0, high: 80, step: 1, value: 0,
      set: (x) => { at = Math.min(x, found.merges.length); show(); },
    });
    const once = figure.button("Merge", () => { at += 1; moves(at); show(); });
    const words = figure.toggle("cut into words first", { value: true, set: (x) => { cut = x; start(0); } });
    figure.button("Start again", () => { text = TEXT; cut = true; field(TEXT); words(true); start(3); });
    start(3);
  });
})();
