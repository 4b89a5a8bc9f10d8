// A plane of points of two kinds, which a reader draws, moves and turns over, and on it
// what a classifier says of every place. The neuron and the net share it.
(() => {
  const { draw, give, make, clamp, number, movable } = live;
  const SIZE = 340, LOW = -0.6, HIGH = 1.6, CELLS = 68, MOST = 24, TONES = 12;
  const CELL = SIZE / CELLS;
  const right = (a) => ((a - LOW) / (HIGH - LOW)) * SIZE;
  const down = (b) => SIZE - right(b);
  const back = (x) => LOW + (x / SIZE) * (HIGH - LOW);
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const round = (a) => Math.round(clamp(a, LOW + 0.05, HIGH - 0.05) * 100) / 100;

  live.sets = {
    AND: [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]],
    OR: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]],
    XOR: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]],
    ring: [...Array(12).keys()].map((k) => {
      const [angle, r] = [(k * Math.PI) / 4 + (k > 7), k < 8 ? 0.75 : 0.25];
      return [round(0.5 + r * Math.cos(angle)), round(0.5 + r * Math.sin(angle)), k < 8 ? 0 : 1];
    }),
    moons: [...Array(14).keys()].map((k) => {
      const angle = ((k % 7) * Math.PI) / 6, one = k < 7;
      const [a, b] = one ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
      return [round(0.17 + 0.6 * a), round(0.35 + 0.6 * b), one ? 0 : 1];
    }),
  };

  // `changed()` is called when a reader moves, adds, turns or takes away a point.
  live.plane = (figure, label, changed) => {
    const panel = figure.panel(SIZE, SIZE, label);
    const ground = draw(panel, "g", { class: "sheet" });
    draw(ground, "rect", { class: "ground", width: SIZE, height: SIZE, rx: 4 });
    const tones = [...Array(TONES).keys()].map((k) => {
      const p = (k + 0.5) / TONES, strong = Math.abs(2 * p - 1);
      const g = draw(ground, "g", { class: p < 0.5 ? "key" : "query" });
      return draw(g, "path", { class: "shade", style: `--p:${(6 + 40 * strong).toFixed(0)}%` });
    });
    const units = draw(panel, "path", { class: "hair unit" });
    const edge = draw(panel, "path", { class: "stroke edge", "stroke-width": 2.5 });
    const ring = draw(panel, "circle", { class: "stroke ringed", r: 15, "stroke-width": 2 });
    const holder = draw(panel, "g");
    let points = [], kind = 1;

    const place = (each) => {
      const [a, b, t] = each.point;
      give(each.g, {
        transform: `translate(${right(a).toFixed(1)} ${down(b).toFixed(1)})`,
        "aria-valuenow": a.toFixed(2),
        "aria-valuetext": `${number(a)} to the right, ${number(b)} up, ${t ? "should fire" : "should not"}`,
      });
      give(each.shape, { class: `point ${t ? "yes" : "no"}`, d: t ? "M -6 -6 H 6 V 6 H -6 Z" : "M 7 0 A 7 7 0 1 1 -7 0 A 7 7 0 1 1 7 0 Z" });
    };
    const rebuild = () => {
      holder.replaceChildren();
      points = points.map(({ point }, i) => {
        const g = draw(holder, "g", {
          class: "hold", tabindex: 0, role: "slider", "aria-label": `point ${i + 1}`,
          "aria-valuemin": LOW, "aria-valuemax": HIGH,
        });
        draw(g, "circle", { class: "reach", r: 16 });
        draw(g, "circle", { class: "focus", r: 13 });
        const each = { point, g, shape: draw(g, "path") };
        const put = (a, b) => {
          each.point = [round(a), round(b), each.point[2]];
          place(each);
          changed();
        };
        movable(panel, g, {
          drag: (x, y) => put(back(x), back(SIZE - y)),
          nudge: (x, y) => put(each.point[0] + 0.05 * x, each.point[1] + 0.05 * y),
          tap: () => turn(each),
        });
        g.addEventListener("keydown", (event) => {
          if (event.key === " " || event.key === "Enter") turn(each);
          else if (event.key === "Delete" || event.key === "Backspace") remove(each);
          else return;
          event.preventDefault();
        });
        place(each);
        return each;
      });
    };
    const turn = (each) => {
      const [a, b, t] = each.point;
      each.point = [a, b, t ? 0 : 1];
      place(each);
      changed();
    };
    const remove = (each) => {
      const i = points.indexOf(each);
      points = points.filter((other) => other !== each);
      rebuild();
      points[Math.min(i, points.length - 1)]?.g.focus();
      changed();
    };
    const add = (a, b) => {
      if (points.length >= MOST) return;
      points.push({ point: [round(a), round(b), kind] });
      rebuild();
      points.at(-1).g.focus({ preventScroll: true });
      changed();
    };
    ground.addEventListener("click", (event) => {
      const [x, y] = live.place(panel, event);
      add(back(x), back(SIZE - y));
    });

    const corners = () => {
      const at = [...Array(CELLS + 1).keys()].map((i) => back(i * CELL));
      return at.map((b) => at.map((a) => [a, b]));
    };
    const CORNERS = corners();

    // Where the scores of neighbors have different signs there is a piece of the edge.
    const boundary = (scores) => {
      const pieces = [];
      for (let r = 0; r < CELLS; r++) {
        for (let c = 0; c < CELLS; c++) {
          const four = [[r, c], [r, c + 1], [r + 1, c + 1], [r + 1, c]];
          const found = four.flatMap(([r1, c1], i) => {
            const [r2, c2] = four[(i + 1) % 4], [s1, s2] = [scores[r1][c1], scores[r2][c2]];
            if (s1 > 0 === s2 > 0) return [];
            const share = s1 / (s1 - s2);
            return [`${((c1 + share * (c2 - c1)) * CELL).toFixed(1)} ${(SIZE - (r1 + share * (r2 - r1)) * CELL).toFixed(1)}`];
          });
          for (let i = 0; i + 1 < found.length; i += 2) pieces.push(`M${found[i]}L${found[i + 1]}`);
        }
      }
      return pieces.join("");
    };

    return {
      panel,
      add: () => add(0.5, 0.5),
      kind: (x) => { kind = x; },
      get: () => points.map(({ point }) => point),
      put: (list) => { points = list.map((point) => ({ point: [...point] })); rebuild(); },
      // Shade every place by the sigmoid of its score, and draw where that is one half.
      shade: (score, flat = false) => {
        const scores = CORNERS.map((row) => row.map(score));
        const parts = tones.map(() => []);
        for (let r = 0; r < CELLS && !flat; r++) {
          let begin = 0, last = -1;
          for (let c = 0; c <= CELLS; c++) {
            const middle = c < CELLS && (scores[r][c] + scores[r][c + 1] + scores[r + 1][c] + scores[r + 1][c + 1]) / 4;
            const tone = c < CELLS ? Math.min(TONES - 1, Math.floor(sigmoid(middle) * TONES)) : -1;
            if (tone === last) continue;
            if (last >= 0) parts[last].push(`M${begin * CELL} ${SIZE - (r + 1) * CELL}h${(c - begin) * CELL}v${CELL}H${begin * CELL}z`);
            [begin, last] = [c, tone];
          }
        }
        tones.forEach((tone, k) => give(tone, { d: parts[k].join("") || "M0 0" }));
        give(edge, { d: flat ? "M0 0" : boundary(scores) || "M0 0" });
      },
      // Straight lines where w · x + b is 0.
      lines: (list) => {
        const ends = list.map(([w1, w2, b]) => {
          const sides = [LOW, HIGH].flatMap((s) => [[s, (-b - w1 * s) / w2], [(-b - w2 * s) / w1, s]]);
          const met = sides.filter((spot) => spot.every((a) => a >= LOW - 1e-9 && a <= HIGH + 1e-9));
          const [one, other] = met.map(([x, y]) => `${right(x).toFixed(1)} ${down(y).toFixed(1)}`);
          return other ? `M${one}L${other}` : "";
        });
        give(units, { d: ends.join("") || "M0 0" });
      },
      mark: (i) => {
        const point = points[i]?.point;
        give(ring, point ? { cx: right(point[0]), cy: down(point[1]), visibility: null } : { visibility: "hidden" });
      },
    };
  };

  // The choices by which points are drawn.
  live.drawing = (figure, plane, { sets, value, start }) => {
    const which = figure.choice("points", { options: sets, value, set: (name) => start(live.sets[name]) });
    figure.choice("a click draws", {
      options: ["one that fires", "one that does not"], value: "one that fires",
      set: (x) => plane.kind(x === "one that fires" ? 1 : 0),
    });
    figure.button("Add a point", plane.add);
    figure.button("Clear", () => { which(""); start([]); });
    return which;
  };
})();
