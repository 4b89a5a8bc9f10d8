// What the course adds to the theme's scripts: focus that stays, folds that say what
// they hide, paper that is white, `/` for the search, and links that lead to a place.
(() => {
  const root = document.documentElement;

  // The theme takes the focus off these buttons, to be rid of their tooltips.
  const BUTTONS =
    ".theme-switch-button, .search-button, .primary-toggle, .secondary-toggle";
  const keepFocus = () => {
    for (const button of document.querySelectorAll(BUTTONS)) {
      button.blur = () => window.bootstrap?.Tooltip.getInstance(button)?.hide();
    }
  };

  const nameFolds = () => {
    for (const button of document.querySelectorAll(".toggle-button")) {
      const title = button.closest(".admonition-title");
      const name = title.textContent.replace(/\s+/g, " ").trim();
      button.setAttribute("aria-label", name);
      title.setAttribute("aria-label", name);
      if (!title.hasAttribute("role")) {
        title.setAttribute("role", "group");
      }
    }
  };

  // Paper is white: in print the page is light, whatever it is on the screen.
  let before = null;
  const dress = (printing) => {
    if (printing && before === null) {
      before = root.dataset.theme;
      root.dataset.theme = "light";
    } else if (!printing && before !== null) {
      root.dataset.theme = before;
      before = null;
    }
  };
  matchMedia("print").addEventListener("change", (media) => dress(media.matches));
  addEventListener("beforeprint", () => dress(true));
  addEventListener("afterprint", () => dress(false));

  // `/` opens the search, but where something is being typed.
  const TYPED = "input, textarea, select, [contenteditable]";
  addEventListener("keydown", (key) => {
    const plain = !(key.ctrlKey || key.metaKey || key.altKey);
    if (key.key !== "/" || !plain || key.target.closest?.(TYPED)) return;
    key.preventDefault();
    const field = document.querySelector("main input[name=q]");
    if (field) field.focus();
    else document.querySelector(".search-button__button")?.click();
  });

  // Sections above a place may be laid out only when the page is there already, and
  // turn out higher than was said: the place is held, until the reader moves.
  const FRAMES = 20;
  const MOVES = ["wheel", "touchstart", "keydown", "pointerdown"];
  const holdPlace = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    let left = place ? FRAMES : 0;
    const letGo = () => { left = 0; };
    MOVES.forEach((move) => addEventListener(move, letGo, { once: true, passive: true }));
    const hold = () => {
      if (left-- <= 0) return;
      place.scrollIntoView({ behavior: "instant" });
      requestAnimationFrame(hold);
    };
    hold();
  };
  addEventListener("load", holdPlace);
  addEventListener("hashchange", holdPlace);

  const start = () => {
    keepFocus();
    nameFolds();
  };
  if (document.readyState === "loading") {
    addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
