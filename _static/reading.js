// What the course adds to the theme's scripts: focus that stays, folds that say what
// they hide, paper that is white, and `/` for the search.
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
