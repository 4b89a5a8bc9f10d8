// A term's meaning shows while the word is pointed at or has the focus (the style sheet
// sees to it, so it needs no script). Here it goes again: by Escape, by Enter, by a
// second tap, until the word is left.
(() => {
  const QUIET = "quiet";

  const mind = (term) => {
    let had = false;
    term.addEventListener("pointerdown", () => { had = document.activeElement === term; });
    term.addEventListener("click", () => {
      term.focus({ preventScroll: true }); // not every browser gives it by a tap
      term.classList.toggle(QUIET, had && !term.classList.contains(QUIET));
    });
    term.addEventListener("keydown", (key) => {
      if (key.key !== "Enter" && key.key !== " ") return;
      key.preventDefault();
      term.classList.toggle(QUIET);
    });
    for (const left of ["blur", "mouseleave"]) {
      term.addEventListener(left, () => term.classList.remove(QUIET));
    }
  };

  const start = () => {
    document.querySelectorAll(".term").forEach(mind);
    addEventListener("keydown", (key) => {
      if (key.key !== "Escape") return;
      for (const term of document.querySelectorAll(".term:is(:hover, :focus)")) {
        term.classList.add(QUIET);
      }
    });
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
