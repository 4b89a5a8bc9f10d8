// A drawing that is wider than the screen scrolls in its box: then the box can be
// reached by the keyboard and says what it is; else it is no stop on the way.
(() => {
  const NAME = "scrolls sideways";

  const name = (box) => {
    const number = box.closest("figure")?.querySelector(".caption-number");
    return `${number?.textContent.trim() || "Figure"}, ${NAME}`;
  };

  const mark = (box) => {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", name(box));
    } else {
      for (const said of ["tabindex", "role", "aria-label"]) box.removeAttribute(said);
    }
  };

  // A section that is not drawn yet reports no size, so all are asked when the
  // page has nothing else to do, and whenever the window changes.
  const start = () => {
    const boxes = document.querySelectorAll(".drawing-box");
    const all = () => boxes.forEach(mark);
    const watch = new ResizeObserver((found) => found.forEach((e) => mark(e.target)));
    boxes.forEach((box) => watch.observe(box));
    (window.requestIdleCallback ?? setTimeout)(all);
    addEventListener("resize", all);
  };
  if (document.readyState === "loading") {
    addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
