// The frame of the figures that compute: it finds the places that ask for one, draws a
// stage, and brings what all of them share: panels, handles to drag or to move by the
// keyboard, sliders, switches, and a line that says what is seen. A plain script.
//
//   live.figure("attention", (figure) => { ... return () => redraw; })
//
// A figure that fails leaves its picture in the page; paper always has it.
(() => {
  const SPACE = "http://www.w3.org/2000/svg";
  const HOME = document.currentScript.src.replace(/[^/]*$/, "");
  const makers = {};
  const asked = {};
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");

  const give = (element, attributes, text) => {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name.startsWith("aria-")) element.setAttribute(name, value);
      else if (value === null || value === false) element.removeAttribute(name);
      else element.setAttribute(name, value === true ? "" : value);
    }
    if (text !== undefined && element.textContent !== String(text)) {
      element.textContent = text;
    }
    return element;
  };
  // Elements of a page, and shapes of a drawing.
  const make = (parent, tag, attributes, text) =>
    parent.appendChild(give(document.createElement(tag), attributes, text));
  const draw = (parent, tag, attributes, text) =>
    parent.appendChild(give(document.createElementNS(SPACE, tag), attributes, text));

  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
  // A number to read: a true minus, no minus before a zero.
  const number = (x, digits = 2) => {
    const text = x.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  };

  // A pointer's place in a panel's own units.
  const place = (panel, event) => {
    const at = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = at.matrixTransform(panel.getScreenCTM().inverse());
    return [x, y];
  };

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

  // Lets an element be dragged by mouse, pen and finger, and moved by the arrow keys:
  // `drag(x, y)` in the panel's units, `nudge(right, up)` in steps. `tap()` is a press
  // that moves nothing. (No browser heeds `touch-action` on every shape of a drawing.)
  const movable = (panel, element, { drag, nudge, tap }) => {
    let held = null, from = [0, 0], moved = false;
    element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    element.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      held = event.pointerId;
      from = [event.clientX, event.clientY];
      moved = false;
      element.setPointerCapture(held);
      element.focus({ preventScroll: true });
      event.preventDefault();
    });
    element.addEventListener("pointermove", (event) => {
      if (event.pointerId !== held) return;
      moved ||= Math.hypot(event.clientX - from[0], event.clientY - from[1]) > 3;
      if (moved) drag(...place(panel, event));
    });
    element.addEventListener("pointercancel", () => { held = null; });
    element.addEventListener("pointerup", (event) => {
      if (event.pointerId === held && !moved) tap?.();
      held = null;
    });
    element.addEventListener("keydown", (event) => {
      const way = ARROWS[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      const times = event.shiftKey ? 5 : 1;
      nudge(way[0] * times, way[1] * times);
      event.preventDefault();
    });
  };

  // Of several things one is a stop of the Tab key; arrows lead from one to the next.
  const rove = (elements, columns = elements.length) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    elements.forEach((element, at) => {
      element.setAttribute("tabindex", at ? -1 : 0);
      element.addEventListener("focus", () => {
        elements.forEach((other) => other.setAttribute("tabindex", other === element ? 0 : -1));
      });
      element.addEventListener("keydown", (event) => {
        const next = elements[at + step[event.key]];
        if (event.key in step) event.preventDefault();
        next?.focus();
      });
    });
  };

  // What a click, the space bar and Enter do alike.
  const press = (element, act) => {
    element.addEventListener("click", act);
    element.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      act(event);
    });
  };

  class Figure {
    constructor(root) {
      this.root = root;
      this.name = root.dataset.live;
      this.stage = make(root, "div", { class: "live-stage" });
      this.controls = make(root, "div", { class: "live-controls" });
      this.line = make(root, "p", { class: "live-said" });
      this.spoken = make(root, "p", { class: "live-spoken", role: "status" });
    }

    // A drawing of its own units, one of those that stand side by side.
    panel(width, height, label, role = "group") {
      const viewBox = `0 0 ${width} ${height}`;
      const style = `max-width:${width * 1.15}px`;
      return draw(this.stage, "svg", { viewBox, role, "aria-label": label, class: "live-panel", style });
    }

    // What a figure says in words; read aloud when it has stood a while.
    say(text) {
      give(this.line, {}, text);
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => give(this.spoken, {}, text), 700);
    }

    // `set(value)` when it is moved; `show(value)` is the number beside it.
    slider(label, { low, high, step, value, show = String, set }) {
      const box = make(this.controls, "label", { class: "live-slider" });
      make(box, "span", {}, label);
      const knob = make(box, "input", { type: "range", min: low, max: high, step, "aria-label": label });
      const shown = make(box, "output");
      const tell = () => {
        const text = show(Number(knob.value));
        give(shown, {}, text);
        knob.setAttribute("aria-valuetext", text);
      };
      const put = (x, most = knob.max) => { knob.max = most; knob.value = x; tell(); };
      knob.addEventListener("input", () => { tell(); set(Number(knob.value)); });
      put(value);
      return put;
    }

    toggle(label, { value, set }) {
      const box = make(this.controls, "label", { class: "live-toggle" });
      const knob = make(box, "input", { type: "checkbox" });
      make(box, "span", {}, label);
      knob.checked = value;
      knob.addEventListener("change", () => set(knob.checked));
      return (x) => { knob.checked = x; };
    }

    choice(label, { options, value, set }) {
      const box = make(this.controls, "fieldset", { class: "live-choice" });
      make(box, "legend", {}, label);
      const name = `${this.name}-${label}`.replace(/\W+/g, "-");
      const knobs = options.map((option) => {
        const each = make(box, "label");
        const knob = make(each, "input", { type: "radio", name, value: option });
        make(each, "span", {}, option);
        knob.addEventListener("change", () => set(option));
        return knob;
      });
      const put = (x) => knobs.forEach((knob) => { knob.checked = knob.value === x; });
      put(value);
      return put;
    }

    // A figure that needs further scripts, such as weights: its picture stays until a
    // reader asks for them, then `run` comes. `terms` say what holds for them.
    request({ label, scripts, terms = "" }, run) {
      const picture = this.root.querySelector(".live-picture");
      picture?.classList.replace("live-picture", "live-waiting");
      const ask = this.button(label, async () => {
        ask.disabled = true;
        this.say("On their way ...");
        try {
          for (const each of scripts) await script(each);
        } catch {
          ask.disabled = false;
          this.say("The weights did not come. Please try again.");
          return;
        }
        this.controls.replaceChildren();
        this.root.classList.add("live-model");
        run();
        picture?.classList.replace("live-waiting", "live-still");
        this.root.querySelector(".live-main")?.focus({ preventScroll: true });
      });
      ask.classList.add("live-main");
      if (terms) make(this.controls, "span", { class: "live-terms" }, terms);
    }

    button(label, act) {
      const knob = make(this.controls, "button", { type: "button", class: "live-button" }, label);
      knob.addEventListener("click", act);
      return knob;
    }

    field(label, { value, set, longest = 400 }) {
      const box = make(this.controls, "label", { class: "live-field" });
      make(box, "span", {}, label);
      const knob = make(box, "textarea", { rows: 2, maxlength: longest, spellcheck: "false" });
      knob.value = value;
      knob.addEventListener("input", () => set(knob.value));
      return (x) => { knob.value = x; };
    }
  }

  const start = (root) => {
    if (root.dataset.state || !makers[root.dataset.live]) return;
    root.dataset.state = "on";
    const before = root.children.length;
    try {
      makers[root.dataset.live](new Figure(root));
      root.querySelector(".live-picture")?.classList.replace("live-picture", "live-still");
    } catch (error) {
      while (root.children.length > before) root.lastElementChild.remove();
      root.dataset.state = "off";
      console.error(error);
    }
  };
  const all = () => document.querySelectorAll(".live[data-live]").forEach(start);

  const figure = (name, maker) => {
    makers[name] = maker;
    if (document.readyState !== "loading") all();
  };

  // A figure of a whole model, which is there when a reader has asked for its weights.
  const model = (name, how, run) =>
    figure(name, (one) => one.request(how, () => run(one)));

  // A further script beside this one, such as weights, when a reader asks for it.
  const script = (name) => {
    asked[name] ??= new Promise((done, failed) => {
      const tag = make(document.head, "script", { src: HOME + name });
      tag.onload = done;
      tag.onerror = () => {
        delete asked[name];
        failed(new Error(`${name} did not come`));
      };
    });
    return asked[name];
  };

  window.live = {
    figure, model, script, give, make, draw, clamp, number, place, movable, rove, press,
    still: () => reduced.matches,
  };
  addEventListener("DOMContentLoaded", all);
})();
