// Clocks: the hands of sinusoids and of rotary positions at two places, the waves that
// they draw, and the score of the two places against their distance.
(() => {
  const { draw, give, clamp, number, movable } = live;

  // θ of each pair of d features, (d/2).
  const frequencies = (d, base) =>
    Array.from({ length: d / 2 }, (_, i) => base ** ((-2 * i) / d));

  // Sines in even columns, cosines in odd ones, (T, D).
  live.sinusoids = (T, D, base = 10000) => {
    const theta = frequencies(D, base);
    return Array.from({ length: T }, (_, p) => theta.flatMap((t) => [Math.sin(p * t), Math.cos(p * t)]));
  };

  // A query or a key at a place, feature i turned with feature i + d/2.
  live.rotate = (x, at, base = 10000) => {
    const half = x.length / 2, theta = frequencies(x.length, base);
    const turned = [...x];
    theta.forEach((t, i) => {
      const [c, s] = [Math.cos(at * t), Math.sin(at * t)];
      turned[i] = x[i] * c - x[i + half] * s;
      turned[i + half] = x[i] * s + x[i + half] * c;
    });
    return turned;
  };
  const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  // The product of a query at place p and a key at place r.
  live.rotaryScore = (q, k, p, r, base) => dot(live.rotate(q, p, base), live.rotate(k, r, base));

  const D = 8, LAST = 40, WIDE = 340;
  const QUERY = [1, 1, 1, 1, 0, 0, 0, 0];
  const FIRST = () => ({ p: 12, r: 5, base: 100, fixed: false });
  const ROLES = ["query", "key"];

  live.figure("clocks", (figure) => {
    let now = FIRST();
    const at = (role) => (role === "query" ? now.p : now.r);

    // Four clocks, the fastest first.
    const dials = figure.panel(WIDE, 372, "Four clocks with a hand for each of two places", "img");
    const R = 60;
    const faces = frequencies(D, 1).map((_, i) => {
      const [x, y] = [84 + 172 * (i % 2), 84 + 184 * Math.floor(i / 2)];
      const g = draw(dials, "g", { transform: `translate(${x} ${y})` });
      draw(g, "circle", { class: "ground", r: R + 12 });
      for (let k = 0; k < 12; k++) {
        draw(g, "line", { class: "hair", x1: R + 4, x2: R + 9, y1: 0, y2: 0, transform: `rotate(${30 * k})` });
      }
      const between = draw(draw(g, "g", { class: "position" }), "path", { class: "wedge" });
      const hands = ROLES.map((role) => {
        const hand = draw(g, "g", { class: role });
        draw(hand, "line", { class: "stroke", x1: 0, y1: 0, x2: R - 6, y2: 0, "stroke-width": role === "query" ? 5 : 3 });
        draw(hand, "path", { class: "fill", d: `M ${R + 3} 0 l -13 6 v -12 Z` });
        return hand;
      });
      draw(g, "circle", { class: "fill", r: 3.5 });
      const told = draw(g, "text", { class: "middle", y: R + 30 });
      return { between, hands, told };
    });

    // Their waves along the text, and the two places.
    const waves = figure.panel(WIDE, 372, "The clocks' waves along the text, and the score against the distance");
    const along = (place) => 20 + (place / LAST) * 300;
    draw(waves, "text", { x: 0, y: 13 }, "each clock along the text: its cosine");
    const lines = faces.map((_, i) => {
      const y = 46 + 42 * i;
      draw(waves, "line", { class: "hair", x1: along(0), x2: along(LAST), y1: y, y2: y });
      return draw(draw(waves, "g", { class: "position" }), "path", { class: "stroke", "stroke-width": 1.8 });
    });
    const RAIL = 220;
    draw(waves, "line", { class: "hair", x1: along(0), x2: along(LAST), y1: RAIL, y2: RAIL });
    const marks = ROLES.map((role) => {
      const g = draw(waves, "g", { class: role });
      const post = draw(g, "line", { class: "stroke", y1: 24, y2: RAIL, "stroke-width": 1.5 });
      const dots = faces.map(() => draw(g, "circle", { class: "fill", r: 4 }));
      const text = draw(g, "text", { class: "strong middle", y: RAIL + 29 });
      const knob = draw(g, "g", {
        class: "hold", tabindex: 0, role: "slider", "aria-label": `place of the ${role}`,
        "aria-valuemin": 0, "aria-valuemax": LAST,
      });
      draw(knob, "circle", { class: "reach", r: 20 });
      draw(knob, "circle", { class: "ring", r: 11 });
      draw(knob, "circle", { class: "focus", r: 14 });
      draw(knob, "circle", { class: "fill", r: 6 });
      movable(waves, knob, {
        drag: (x) => move(role, Math.round(((x - 20) / 300) * LAST)),
        nudge: (x, y) => move(role, at(role) + x + y),
      });
      return { post, dots, text, knob };
    });

    // One place moves; if the distance is held, the other comes along.
    const move = (role, place) => {
      const gap = now.r - now.p, own = clamp(place, 0, LAST);
      const other = role === "query" ? own + gap : own - gap;
      const [mine, theirs] = role === "query" ? ["p", "r"] : ["r", "p"];
      if (now.fixed && (other < 0 || other > LAST)) return;
      now[mine] = own;
      if (now.fixed) now[theirs] = other;
      show();
    };

    // The score against the distance.
    const TOP = 286, LOW = 362;
    const high = (score) => LOW - ((score + 4) / 8) * (LOW - TOP);
    draw(waves, "text", { x: 0, y: TOP - 8 }, "score against distance, from 0");
    draw(waves, "line", { class: "hair", x1: along(0), x2: along(LAST), y1: high(0), y2: high(0) });
    const head = draw(waves, "g", { class: "head" });
    const curve = draw(head, "path", { class: "stroke", "stroke-width": 2.2 });
    const here = draw(head, "circle", { class: "fill", r: 5.5 });
    const shown = draw(head, "text", { class: "strong end", x: WIDE, y: TOP - 8 });

    const path = (f, y) => {
      const points = [];
      for (let x = 0; x <= LAST; x += 0.25) points.push(`${along(x).toFixed(1)} ${y(f(x)).toFixed(1)}`);
      return `M ${points.join(" L ")}`;
    };
    const degrees = (angle) => (-angle * 180) / Math.PI;  // a hand turns to the left

    function show() {
      const theta = frequencies(D, now.base);
      faces.forEach(({ between, hands, told }, i) => {
        const [a, b] = [now.p * theta[i], now.r * theta[i]];
        give(hands[0], { transform: `rotate(${degrees(a).toFixed(2)})` });
        give(hands[1], { transform: `rotate(${degrees(b).toFixed(2)})` });
        const turn = Math.atan2(Math.sin(a - b), Math.cos(a - b)), r = 26;
        const [x1, y1, x2, y2] = [Math.cos(b), -Math.sin(b), Math.cos(b + turn), -Math.sin(b + turn)].map((v) => (r * v).toFixed(2));
        give(between, { d: `M 0 0 L ${x1} ${y1} A ${r} ${r} 0 0 ${turn > 0 ? 0 : 1} ${x2} ${y2} Z` });
        const value = Math.cos(a - b);
        give(told, {}, `cosine of the gap ${number(value)}`);
        give(lines[i], { d: path((x) => Math.cos(x * theta[i]), (v) => 46 + 42 * i - 16 * v) });
      });
      marks.forEach(({ post, dots, text, knob }, m) => {
        const place = at(ROLES[m]), x = along(place);
        give(post, { x1: x, x2: x });
        dots.forEach((each, i) => give(each, { cx: x, cy: 46 + 42 * i - 16 * Math.cos(place * theta[i]) }));
        const near = Math.abs(now.p - now.r) < 10 ? (now.p < now.r) === (m === 0) ? -1 : 1 : 0;
        const shift = near * Math.max(0, 34 - Math.abs(along(now.p) - along(now.r)) / 2);
        give(text, { x: clamp(x + shift, 30 + (near > 0 ? 66 : 0), WIDE - 32 - (near < 0 ? 66 : 0)) }, `${ROLES[m]}, ${place}`);
        give(knob, { transform: `translate(${x} ${RAIL})`, "aria-valuenow": place, "aria-valuetext": place });
      });
      const score = live.rotaryScore(QUERY, QUERY, now.p, now.r, now.base);
      const gap = Math.abs(now.p - now.r);
      give(curve, { d: path((x) => live.rotaryScore(QUERY, QUERY, x, 0, now.base), high) });
      give(here, { cx: along(gap), cy: high(score) });
      give(shown, {}, `distance ${gap}: ${number(score)}`);
      figure.say(`Query at place ${now.p}, key at ${now.r}: ${gap} apart, score ${number(score)}, the sum of the four cosines. The slowest clock comes round after ${Math.round((2 * Math.PI) / theta.at(-1)).toLocaleString("en")} places.`);
    }

    const base = figure.slider("base", {
      low: 1, high: 5, step: 0.25, value: 2, show: (x) => Math.round(10 ** x).toLocaleString("en"),
      set: (x) => { now.base = 10 ** x; show(); },
    });
    const hold = figure.toggle("hold the distance", { value: false, set: (x) => { now.fixed = x; } });
    figure.button("Start again", () => { now = FIRST(); base(2); hold(false); show(); });
    show();
  });
})();
