// needs: points
// A neuron that learns: the perceptron on points that a reader draws, one example at a
// time. `live.perceptron` is `n2t.scratch.fit_perceptron`.
(() => {
  const { draw, give, number } = live;

  const sum = ({ w, b }, [x, y]) => w[0] * x + w[1] * y + b;
  // One example (x, y, fires): the weights after it, and whether it was wrong.
  const correct = (now, [x, y, fires]) => {
    const t = fires ? 1 : -1;
    if (t * sum(now, [x, y]) > 0) return { ...now, wrong: false };
    return { w: [now.w[0] + t * x, now.w[1] + t * y], b: now.b + t, wrong: true };
  };
  const ZERO = () => ({ w: [0, 0], b: 0 });

  live.perceptron = (points, passes = 100) => {
    let now = ZERO();
    const mistakes = [];
    for (let pass = 0; pass < passes; pass++) {
      let wrong = 0;
      for (const point of points) {
        now = correct(now, point);
        wrong += now.wrong;
      }
      mistakes.push(wrong);
      if (!wrong) break;
    }
    return { weights: [...now.w, now.b], mistakes };
  };

  const WIDE = 340;
  live.figure("neuron", (figure) => {
    let now, next, wrong, mistakes, done;

    const plane = live.plane(figure, "Points of two kinds, and the neuron's line", () => start());
    const sums = figure.panel(WIDE, WIDE, "The weights, and the mistakes of each pass", "img");
    draw(sums, "text", { x: 0, y: 15 }, "it fires where the sum is above 0:");
    draw(sums, "text", { class: "strong", x: 0, y: 36 }, "w₁ · first + w₂ · second + b");
    const MIDDLE = 190;
    draw(sums, "line", { class: "hair", x1: MIDDLE, x2: MIDDLE, y1: 52, y2: 158 });
    const bars = ["w₁", "w₂", "b"].map((name, i) => {
      const y = 56 + 34 * i;
      draw(sums, "text", { class: "strong", x: 0, y: y + 18 }, name);
      const told = draw(sums, "text", { class: "large end", x: 84, y: y + 19 });
      return { bar: draw(draw(sums, "g"), "rect", { class: "fill", y, height: 26, rx: 3 }), told };
    });
    draw(sums, "text", { x: 0, y: 196 }, "mistakes in each pass over the points");
    const FLOOR = 312;
    draw(sums, "line", { class: "hair", x1: 0, x2: WIDE, y1: FLOOR, y2: FLOOR });
    const counts = draw(sums, "g", { class: "head" });

    const showSums = () => {
      const values = [...now.w, now.b], most = Math.max(2, ...values.map(Math.abs));
      bars.forEach(({ bar, told }, i) => {
        const wide = (Math.abs(values[i]) / most) * 140;
        give(bar, { x: values[i] < 0 ? MIDDLE - wide : MIDDLE, width: wide });
        give(bar.parentNode, { class: values[i] < 0 ? "key" : "query" });
        give(told, {}, number(values[i]));
      });
      counts.replaceChildren();
      const shown = mistakes.slice(-12), top = Math.max(4, ...shown);
      shown.forEach((count, i) => {
        const x = 4 + 28 * i, high = (count / top) * 84;
        draw(counts, "rect", { class: "fill", x, y: FLOOR - high, width: 20, height: high, rx: 2 });
        draw(counts, "text", { class: "middle", x: x + 10, y: FLOOR - high - 5 }, count);
        draw(counts, "text", { class: "middle pale", x: x + 10, y: FLOOR + 17 }, mistakes.length - shown.length + i + 1);
      });
    };
    const show = (words) => {
      const points = plane.get();
      plane.shade((x) => 3 * sum(now, x), !now.w[0] && !now.w[1] && !now.b);
      plane.mark(done ? -1 : next);
      showSums();
      const falls = points.filter((p) => (p[2] ? 1 : -1) * sum(now, p) <= 0).length;
      one.disabled = all.disabled = done || !points.length;
      figure.say(words ?? (points.length
        ? `Weights of 0: every sum is 0, and the neuron never fires. ${falls} of ${points.length} points are wrong.`
        : "Draw points of both kinds: a click on the plane, or the button."));
    };
    const step = () => {
      const points = plane.get(), point = points[next], before = sum(now, point);
      now = correct(now, point);
      wrong += now.wrong;
      const said = `Point ${next + 1} ${point[2] ? "should fire" : "should not fire"}; its sum is ${number(before)}: `
        + (now.wrong ? `wrong, so the point is ${point[2] ? "added to" : "taken from"} the weights.` : "right, nothing changes.");
      next += 1;
      if (next < points.length) return said;
      mistakes.push(wrong);
      done = !wrong;
      [next, wrong] = [0, 0];
      if (done) return `Pass ${mistakes.length} had no mistake: the line parts the points, and nothing changes any more.`;
      return `${said} End of pass ${mistakes.length}: ${mistakes.at(-1)} mistakes.`;
    };
    const begin = () => { now = ZERO(); [next, wrong, mistakes, done] = [0, 0, [], false]; };
    function start(points) {
      if (points) plane.put(points);
      begin();
      show();
    }

    const one = figure.button("One example", () => show(step()));
    const all = figure.button("A whole pass", () => {
      const before = mistakes.length;
      let said;
      while (mistakes.length === before) said = step();
      show(said);
    });
    figure.button("Start again", () => start());
    live.drawing(figure, plane, { sets: ["AND", "OR", "XOR"], value: "AND", start });
    plane.put(live.sets.AND);
    begin();
    for (let i = 0; i < 9; i++) step();
    show(`Two passes over the four cases of AND are done, and one example more. ${mistakes.join(" and ")} mistakes so far.`);
  });
})();
