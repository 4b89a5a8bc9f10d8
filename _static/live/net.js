// needs: points
// A net that learns: one hidden layer of ReLUs, descending along the gradient of all
// points. `live.net` is `n2t.scratch`: Linear, ReLU, Linear, BinaryCrossEntropy, SGD.
(() => {
  const { draw, give, number } = live;

  const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
  const zeros = (net) => ({
    W1: net.W1.map((row) => row.map(() => 0)), b1: net.b1.map(() => 0),
    W2: net.W2.map(() => 0), b2: 0,
  });

  // W1 (2, H), b1 (H), W2 (H), b2.
  const forward = (net, [x, y]) => {
    const sums = net.b1.map((b, h) => x * net.W1[0][h] + y * net.W1[1][h] + b);
    const hidden = sums.map((s) => Math.max(s, 0));
    return { sums, hidden, logit: hidden.reduce((total, a, h) => total + a * net.W2[h], net.b2) };
  };
  const lossOf = (net, points) => points.reduce((total, [x, y, t]) => {
    const { logit: z } = forward(net, [x, y]);
    return total + Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - t * z;
  }, 0) / points.length;

  const gradients = (net, points) => {
    const g = zeros(net);
    for (const [x, y, t] of points) {
      const { sums, hidden, logit } = forward(net, [x, y]);
      const dz = (sigmoid(logit) - t) / points.length;
      g.b2 += dz;
      hidden.forEach((a, h) => {
        g.W2[h] += a * dz;
        const ds = sums[h] > 0 ? dz * net.W2[h] : 0;
        g.W1[0][h] += x * ds;
        g.W1[1][h] += y * ds;
        g.b1[h] += ds;
      });
    }
    return g;
  };
  // All weights at once: v = momentum v + slope, w = w - rate v. A new net.
  const step = (net, points, rate = 0.3, momentum = 0.9) => {
    const g = gradients(net, points), v = net.v ?? zeros(net);
    const roll = (a, b) => (Array.isArray(a) ? a.map((each, i) => roll(each, b[i])) : momentum * a + b);
    const move = (w, a) => (Array.isArray(w) ? w.map((each, i) => move(each, a[i])) : w - rate * a);
    const rolled = {}, moved = {};
    for (const name of ["W1", "b1", "W2", "b2"]) {
      rolled[name] = roll(v[name], g[name]);
      moved[name] = move(net[name], rolled[name]);
    }
    return { ...moved, v: rolled };
  };
  live.net = { forward, lossOf, step };

  // Repeatable normal numbers: a start has a number.
  const normals = (seed) => {
    let state = seed * 2654435761 + 12345;
    const uniform = () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  };
  const fresh = (hidden, seed) => {
    const normal = normals(seed), row = (scale) => Array.from({ length: hidden }, () => scale * normal());
    return { W1: [row(1), row(1)], b1: row(0), W2: row(1 / Math.sqrt(hidden)), b2: 0 };
  };

  const WIDE = 340, ENOUGH = 400;
  live.figure("net", (figure) => {
    let hidden = 4, seed = 1, rate = 0.3, net, losses, running = false;

    const plane = live.plane(figure, "Points of two kinds, and what the net says of every place", () => show());
    const inside = figure.panel(WIDE, WIDE, "The net's weights, and its loss step by step", "img");
    draw(inside, "text", { x: 0, y: 15 }, "weights: blue above 0, orange below, thick if large");
    const wires = draw(inside, "g");
    const TOP = 232, FLOOR = 318;
    const title = draw(inside, "text", { class: "strong", x: 0, y: TOP - 14 });
    draw(inside, "line", { class: "hair", x1: 0, x2: WIDE, y1: FLOOR, y2: FLOOR });
    const curve = draw(draw(inside, "g", { class: "head" }), "path", { class: "stroke", "stroke-width": 2.2 });
    draw(inside, "text", { class: "end", x: WIDE, y: FLOOR + 17 }, "step");

    const wire = (x1, y1, x2, y2, w) => draw(draw(wires, "g", { class: w < 0 ? "key" : "query" }), "line", {
      class: "stroke", x1, y1, x2, y2,
      "stroke-width": Math.min(7, 0.6 + 2 * Math.abs(w)).toFixed(2), "stroke-opacity": Math.min(1, 0.3 + 0.35 * Math.abs(w)).toFixed(2),
    });
    const showNet = () => {
      wires.replaceChildren();
      const y = (i, of) => 116 + (i - (of - 1) / 2) * Math.min(52, 168 / of);
      net.b1.forEach((_, h) => {
        for (const i of [0, 1]) wire(64, y(i, 2), 176, y(h, hidden), net.W1[i][h]);
        wire(176, y(h, hidden), 286, y(0, 1), net.W2[h]);
      });
      const node = (x, at, r) => draw(wires, "circle", { class: "node", cx: x, cy: at, r });
      net.b1.forEach((_, h) => node(176, y(h, hidden), 9));
      ["first", "second"].forEach((name, i) => {
        node(64, y(i, 2), 9);
        draw(wires, "text", { class: "end", x: 49, y: y(i, 2) + 4 }, name);
      });
      node(286, y(0, 1), 11);
      draw(wires, "text", { class: "middle", x: 296, y: y(0, 1) + 30 }, "fires?");
    };
    function show() {
      const points = plane.get();
      plane.shade((x) => forward(net, x).logit);
      plane.lines(net.b1.map((b, h) => [net.W1[0][h], net.W1[1][h], b]));
      plane.mark(-1);
      showNet();
      const loss = points.length ? lossOf(net, points) : 0, all = [...losses, loss];
      const most = Math.max(0.8, ...all), wide = Math.max(40, all.length - 1);
      const every = Math.ceil(all.length / 200);
      const d = all.map((value, i) => [i, value]).filter(([i]) => i % every === 0 || i === all.length - 1)
        .map(([i, value]) => `${((i / wide) * WIDE).toFixed(1)} ${(FLOOR - (value / most) * (FLOOR - TOP)).toFixed(1)}`);
      give(curve, { d: `M${d.join("L")}` });
      give(title, {}, `loss ${number(loss, 3)} after ${losses.length} step${losses.length === 1 ? "" : "s"}`);
      const right = points.filter(([x, y, t]) => forward(net, [x, y]).logit > 0 === t > 0).length;
      figure.say(points.length
        ? `Start ${seed}, ${hidden} hidden units, ${losses.length} steps: ${right} of ${points.length} points are on their side.`
        : "Draw points of both kinds: a click on the plane, or the button.");
    }
    const walk = (steps) => {
      const points = plane.get();
      for (let i = 0; i < steps && points.length; i++) {
        losses.push(lossOf(net, points));
        net = step(net, points, rate);
      }
    };
    const stop = () => { running = false; give(run, {}, "Run"); };
    const tick = () => {
      if (!running) return;
      walk(4);
      show();
      if (losses.length % ENOUGH < 4 || !plane.get().length) stop();
      else requestAnimationFrame(tick);
    };
    const begin = (steps = 0) => {
      net = fresh(hidden, seed + 15);
      losses = [];
      walk(steps);
      show();
    };
    const start = (points) => { stop(); plane.put(points); begin(); };

    const run = figure.button("Run", () => {
      if (running) return stop();
      if (live.still()) { walk(ENOUGH); return show(); }
      running = true;
      give(run, {}, "Pause");
      tick();
    });
    figure.button("One step", () => { stop(); walk(1); show(); });
    figure.button("Another start", () => { stop(); seed += 1; begin(); });
    figure.button("Start again", () => { stop(); begin(); });
    figure.choice("hidden units", {
      options: ["2", "4", "8"], value: "4", set: (x) => { stop(); hidden = Number(x); begin(); },
    });
    figure.slider("learning rate", {
      low: -2, high: 0.5, step: 0.1, value: -0.5, show: (x) => number(10 ** x),
      set: (x) => { rate = 10 ** x; },
    });
    rate = 10 ** -0.5;
    live.drawing(figure, plane, { sets: ["XOR", "ring", "moons"], value: "XOR", start });
    plane.put(live.sets.XOR);
    begin(14);
  });
})();
