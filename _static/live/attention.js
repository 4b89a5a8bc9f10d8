// Attention by hand: two queries and three keys as arrows in the plane, their weights,
// and the outputs, which lie between the values. `live.attend` is equation 11.1.
(() => {
  const { draw, give, clamp, number, movable, press, rove } = live;

  const dot = (a, b) => a.reduce((sum, x, c) => sum + x * b[c], 0);

  // Weights of a row of scores; a row that may see nothing has zeros.
  const softmax = (scores, mask) => {
    const top = Math.max(...scores.filter((_, j) => mask[j]));
    const exps = scores.map((score, j) => (mask[j] ? Math.exp(score - top) : 0));
    const sum = exps.reduce((a, b) => a + b, 0);
    return exps.map((each) => (sum ? each / sum : 0));
  };

  // query (Tq, d), key (Tk, d), value (Tk, d_v), mask (Tq, Tk): true = may attend.
  live.attend = ({ query, key, value, mask, divide = true, temperature = 1 }) => {
    const scale = (divide ? 1 / Math.sqrt(query[0].length) : 1) / temperature;
    const scores = query.map((q) => key.map((k) => dot(q, k) * scale));
    const weights = scores.map((row, i) => softmax(row, mask ? mask[i] : row.map(() => true)));
    const output = weights.map((row) =>
      value[0].map((_, c) => row.reduce((sum, p, j) => sum + p * value[j][c], 0)));
    return { scores, weights, output };
  };

  const KEYS = ["cat", "milk", "cup"];
  const QUERIES = ["animal?", "cold drink?"];
  const FIRST = () => ({
    query: [[1.1, -0.5], [-0.9, 1.5]],
    key: [[2.1, 0.6], [-0.3, 2.0], [-1.9, -0.9]],
    value: [[10], [20], [60]],
    mask: [[true, true, true], [true, true, true]],
    divide: true,
    temperature: 1,
  });
  const SIZE = 340, UNIT = 54, EDGE = 2.9, MOST = 70;
  const right = (x) => SIZE / 2 + UNIT * x;
  const down = (y) => SIZE / 2 - UNIT * y;
  const along = (v) => 22 + (v / MOST) * 296;

  live.figure("attention", (figure) => {
    let now = FIRST(), found, active = 0, best = -Infinity;

    // The plane: who fits whom.
    const plane = figure.panel(SIZE, SIZE, "Queries and keys as arrows from one point");
    draw(plane, "rect", { class: "ground", width: SIZE, height: SIZE, rx: 10 });
    for (let x = -3; x <= 3; x++) {
      for (let y = -3; y <= 3; y++) {
        if (x || y) draw(plane, "circle", { class: "dot", cx: right(x), cy: down(y), r: 1.2 });
      }
    }
    const ray = draw(plane, "line", { class: "hair" });
    const drops = KEYS.map(() => {
      const g = draw(plane, "g", { class: "key" });
      return [
        draw(g, "line", { class: "stroke", "stroke-dasharray": "2 4", "stroke-width": 1.2 }),
        draw(g, "circle", { class: "fill", r: 2.5 }),
      ];
    });
    draw(plane, "circle", { cx: right(0), cy: down(0), r: 3, class: "fill" });

    // An arrow whose tip can be taken hold of.
    const arrow = (role, at, name) => {
      const g = draw(plane, "g", { class: role });
      const shaft = draw(g, "line", { class: "stroke eased", x1: right(0), y1: down(0) });
      const text = draw(g, "text", { class: "strong middle" }, name);
      const tip = draw(g, "g", {
        class: "hold", tabindex: 0, role: "slider",
        "aria-label": `${role} ${name}`, "aria-valuemin": -EDGE, "aria-valuemax": EDGE,
      });
      draw(tip, "circle", { class: "reach", r: 22 });
      draw(tip, "circle", { class: "ring", r: 12 });
      draw(tip, "circle", { class: "focus", r: 15 });
      draw(tip, "path", { class: "fill", d: "M 8 0 L -6 6 L -3 0 L -6 -6 Z" });
      const put = (x, y) => {
        now[role][at] = [clamp(x, -EDGE, EDGE), clamp(y, -EDGE, EDGE)];
        show();
      };
      movable(plane, tip, {
        drag: (x, y) => put((x - SIZE / 2) / UNIT, (SIZE / 2 - y) / UNIT),
        nudge: (x, y) => put(now[role][at][0] + 0.1 * x, now[role][at][1] + 0.1 * y),
      });
      if (role === "query") tip.addEventListener("focus", () => { active = at; show(); });
      return (opacity, width) => {
        const [x, y] = now[role][at], length = Math.hypot(x, y) || 1;
        give(shaft, { x2: right(x), y2: down(y), "stroke-opacity": opacity, "stroke-width": width });
        const [px, py] = [right(x), down(y)];
        give(tip, {
          transform: `translate(${px} ${py})`,
          "aria-valuenow": x.toFixed(1),
          "aria-valuetext": `${number(x, 1)} to the right, ${number(y, 1)} up`,
        });
        give(tip.lastChild, { transform: `rotate(${(-Math.atan2(y, x) * 180) / Math.PI})` });
        const side = Math.abs(x) > 0.3 * length ? Math.sign(x) : 0;
        const wide = name.length * 7.5;  // a label that would leave the plane turns back
        const turn = side && (px + side * (18 + wide) < 0 || px + side * (18 + wide) > SIZE) ? 0 : side;
        give(text, {
          class: `strong ${["end", "middle", ""][turn + 1]}`,
          x: turn ? px + 17 * turn : clamp(px, wide / 2 + 4, SIZE - wide / 2 - 4),
          y: turn ? py + 4 - (8 * y) / length : py + (y < 0 ? 28 : -18),
        });
      };
    };
    const keys = KEYS.map((name, j) => arrow("key", j, name));
    const queries = QUERIES.map((name, i) => arrow("query", i, name));

    // The table: weights, a row a query; and what comes out.
    const table = figure.panel(SIZE, SIZE, "Weights, values and outputs");
    const left = (j) => 8 + 82 * j;
    const WIDE = 76, HIGH = 48, OUT = 296;
    KEYS.forEach((name, j) => {
      const g = draw(table, "g", { class: "key" });
      draw(g, "text", { class: "strong middle", x: left(j) + WIDE / 2, y: 16 }, name);
    });
    draw(draw(table, "g", { class: "value" }), "text", { class: "strong middle", x: OUT, y: 16 }, "output");
    const rows = QUERIES.map((name, i) => {
      const y = 50 + 86 * i;
      const g = draw(table, "g", { class: "query" });
      const label = draw(g, "text", { class: "strong", x: left(0), y: y - 9 }, name);
      const cells = KEYS.map((key, j) => {
        const cell = draw(g, "g", { class: "press", role: "checkbox", "aria-label": `${name} may see ${key}` });
        const tone = draw(cell, "rect", { class: "tone eased", x: left(j), y, width: WIDE, height: HIGH, rx: 6 });
        draw(cell, "rect", { class: "focus", x: left(j) - 2, y: y - 2, width: WIDE + 4, height: HIGH + 4, rx: 8 });
        const weight = draw(cell, "text", { class: "large middle", x: left(j) + WIDE / 2, y: y + 22 });
        const score = draw(cell, "text", { class: "middle", x: left(j) + WIDE / 2, y: y + 39 });
        press(cell, () => { now.mask[i][j] = !now.mask[i][j]; active = i; best = -Infinity; show(); });
        return { cell, tone, weight, score };
      });
      const out = draw(draw(g, "g", { class: "value" }), "text", { class: "large middle", x: OUT, y: y + 31 });
      return { label, cells, out };
    });
    rove(rows.flatMap((row) => row.cells.map((each) => each.cell)), KEYS.length);

    // The line of values: an output is an average, so it lies between them.
    const LINE = 272;
    draw(table, "text", { x: left(0), y: 226 }, "the values, and the outputs among them");
    draw(table, "line", { class: "hair", x1: along(0), x2: along(MOST), y1: LINE, y2: LINE });
    const span = draw(draw(table, "g", { class: "value" }), "line", { class: "stroke", "stroke-width": 4, "stroke-opacity": 0.35, y1: LINE, y2: LINE });
    const values = KEYS.map((name, j) => {
      const g = draw(table, "g", { class: "value" });
      const text = draw(g, "text", { class: "middle", y: LINE - 18 });
      const dotted = draw(g, "g", {
        class: "hold", tabindex: 0, role: "slider", "aria-label": `value of ${name}`,
        "aria-valuemin": 0, "aria-valuemax": MOST,
      });
      draw(dotted, "circle", { class: "reach", r: 18 });
      draw(dotted, "circle", { class: "ring", r: 11 });
      draw(dotted, "circle", { class: "focus", r: 14 });
      draw(dotted, "circle", { class: "fill", r: 6 });
      const put = (v) => { now.value[j] = [clamp(Math.round(v), 0, MOST)]; best = -Infinity; show(); };
      movable(table, dotted, {
        drag: (x) => put(((x - 22) / 296) * MOST),
        nudge: (x, y) => put(now.value[j][0] + x + y),
      });
      return { text, dotted };
    });
    const pins = QUERIES.map((name, i) => {
      const g = draw(table, "g", { class: "query eased" });
      draw(g, "path", { class: "fill", d: `M 0 ${LINE + 5} l 6 11 h -12 Z` });
      const text = draw(g, "text", { class: "middle", y: LINE + 30 + 17 * i }, name);
      return { g, text };
    });

    const showPlane = () => {
      const q = now.query[active], length = Math.hypot(...q) || 1, u = [q[0] / length, q[1] / length];
      const far = 3.1 / Math.max(Math.abs(u[0]), Math.abs(u[1]), 0.1);
      give(ray, { x1: right(-far * u[0]), y1: down(-far * u[1]), x2: right(far * u[0]), y2: down(far * u[1]) });
      now.key.forEach((k, j) => {
        const foot = dot(k, u), sees = now.mask[active][j];
        const [x, y] = [right(foot * u[0]), down(foot * u[1])];
        give(drops[j][0], { x1: right(k[0]), y1: down(k[1]), x2: x, y2: y, "stroke-opacity": sees ? 0.8 : 0 });
        give(drops[j][1], { cx: x, cy: y, "fill-opacity": sees ? 1 : 0 });
        const p = found.weights[active][j];
        keys[j](0.3 + 0.7 * p, 2 + 5 * p);
      });
      queries.forEach((query, i) => query(i === active ? 1 : 0.45, i === active ? 4 : 2.5));
    };

    const showTable = () => {
      rows.forEach(({ label, cells, out }, i) => {
        give(label, {}, i === active ? `${QUERIES[i]} asks` : QUERIES[i]);
        cells.forEach(({ cell, tone, weight, score }, j) => {
          const sees = now.mask[i][j], p = found.weights[i][j];
          give(cell, { "aria-checked": sees });
          give(tone, { "data-hidden": !sees, style: `--p:${sees ? p.toFixed(3) : 0}` });
          give(weight, { class: `large middle${sees && p > 0.5 ? " on" : ""}` }, sees ? number(p) : "0");
          give(score, { class: `middle${sees && p > 0.5 ? " on" : ""}` },
            sees ? `score ${number(found.scores[i][j], 1)}` : "hidden");
        });
        give(out, {}, number(found.output[i][0], 1));
      });
    };

    const showLine = () => {
      const all = now.value.map(([v]) => v);
      give(span, { x1: along(Math.min(...all)), x2: along(Math.max(...all)) });
      const order = [...KEYS.keys()].sort((a, b) => all[a] - all[b]);
      let last = -99, raised = false;
      for (const j of order) {
        const x = along(all[j]);
        raised = x - last < 52 && !raised;
        last = x;
        give(values[j].text, { x: clamp(x, 24, SIZE - 24), y: LINE - (raised ? 31 : 18) }, `${KEYS[j]} ${all[j]}`);
        give(values[j].dotted, { transform: `translate(${x} ${LINE})`, "aria-valuenow": all[j], "aria-valuetext": all[j] });
      }
      pins.forEach(({ g, text }, i) => {
        const x = along(found.output[i][0]);
        give(g.firstChild, { transform: `translate(${x} 0)` });
        give(text, { x: clamp(x, 34, SIZE - 34) });
      });
    };

    const saySo = () => {
      const row = found.weights[active], name = QUERIES[active];
      if (!now.mask[active].some(Boolean)) {
        figure.say(`${name} may see nothing. A softmax over nothing would be 0/0; here its weights are 0, and so is its output.`);
        return;
      }
      const top = row.indexOf(Math.max(...row));
      best = Math.max(best, found.output[0][0]);
      figure.say(`${name} gives ${KEYS[top]} a weight of ${number(row[top])}; its output is ${number(found.output[active][0], 1)}. The largest output of ${QUERIES[0]} so far: ${number(best, 1)}.`);
    };

    function show() {
      found = live.attend(now);
      showPlane();
      showTable();
      showLine();
      saySo();
    }

    const warmth = figure.slider("temperature", {
      low: -1, high: 1, step: 0.05, value: 0, show: (x) => number(10 ** x),
      set: (x) => { now.temperature = 10 ** x; show(); },
    });
    const divided = figure.toggle("divide by √d, here √2", {
      value: true, set: (x) => { now.divide = x; show(); },
    });
    figure.button("Start again", () => {
      now = FIRST(); active = 0; best = -Infinity;
      warmth(0); divided(true); show();
    });
    show();
  });
})();
