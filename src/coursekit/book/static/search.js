// Finds sections: every word must occur in one, Latin words from their start, words of
// other scripts anywhere. What a section is called and what it defines counts most.
// The sections lie in one script a part, which are asked for when there is a query.
const PAGES = {};
(async () => {
  const here = document.currentScript.src;
  const MOST = 50;
  const AROUND = 90; // characters of a snippet on each side

  const flat = (text) => text.normalize("NFC").toLowerCase();
  const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = (word) =>
    /^[\p{Script=Latin}\p{N}_]/u.test(word)
      ? new RegExp(`(?<![\\p{L}\\p{N}])${escaped(word)}`, "giu")
      : new RegExp(escaped(word), "giu");
  const count = (text, found) => (text.match(found) || []).length;

  // A word of Chinese is looked for whole, also where no blank stands beside it.
  const split = (query) =>
    flat(query).match(/\p{Script=Han}+|[^\s\p{Script=Han}]+/gu) || [];

  const score = (page, section, words) => {
    let sum = 0;
    for (const found of words) {
      const [title, head, text, code] = [
        page.sections[0].h, section.h, section.t, section.c,
      ].map((part) => count(part, found));
      const own = head + text + code;
      if (!own && !title) return 0;
      const whole = new RegExp(`^${found.source}$`, "iu");
      const defined = section.d.some((term) => whole.test(term));
      const named = whole.test(section.h.replace(/^\d+\. /, ""));
      sum += 12 * Math.min(head, 1) + (defined ? 20 : 0) + (named ? 25 : 0);
      sum += Math.min(text, 8) + Math.min(code, 6) / 3;
      sum += own ? 1 + 4 * Math.min(title, 1) : 0.1;
    }
    return sum;
  };

  const look = (query) => {
    const words = split(query).map(pattern);
    if (!words.length) return [];
    return PARTS.flatMap((part) => PAGES[part]).flatMap((page) => page.sections.map((section) => ({
      page, section, points: score(page, section, words),
    }))).filter((hit) => hit.points >= 1)
      .sort((one, other) => other.points - one.points);
  };

  const snippet = (text, words) => {
    const at = Math.max(0, Math.min(...words.map((w) => {
      const place = text.search(w);
      return place < 0 ? Infinity : place;
    })));
    if (at === Infinity) return null;
    const from = at > AROUND ? text.indexOf(" ", at - AROUND) + 1 || at - AROUND : 0;
    const start = Math.min(from, at);
    const shown = text.slice(start, at + AROUND);
    const more = start + shown.length < text.length;
    return `${start ? "… " : ""}${shown}${more ? " …" : ""}`;
  };

  const marked = (text, words) => {
    const line = document.createElement("p");
    const any = new RegExp(words.map((w) => `(?:${w.source})`).join("|"), "giu");
    let at = 0;
    for (const hit of text.matchAll(any)) {
      const mark = document.createElement("mark");
      mark.textContent = hit[0];
      line.append(text.slice(at, hit.index), mark);
      at = hit.index + hit[0].length;
    }
    line.append(text.slice(at));
    return line;
  };

  const item = ({ page, section }, words) => {
    const line = document.createElement("li");
    const link = document.createElement("a");
    const title = page.sections[0].h;
    link.href = `${document.documentElement.dataset.content_root}${page.url}#${section.a}`;
    link.textContent = section === page.sections[0] ? title : `${section.h}`;
    line.append(link);
    if (section !== page.sections[0]) {
      const where = document.createElement("span");
      where.className = "where";
      where.textContent = title;
      line.append(" ", where);
    }
    const text = snippet(section.t, words) ?? snippet(section.c, words);
    if (text) line.append(marked(text, words));
    return line;
  };

  // A script tag, not a request: this works from a folder of files too.
  const loaded = (part) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL(`sections-${part}.js`, here);
    script.onload = done;
    script.onerror = () => failed(new Error(part));
    document.head.append(script);
  });

  const query = new URLSearchParams(location.search).get("q") || "";
  const field = document.querySelector("main input[name=q]");
  field.value = query;
  field.focus();
  if (!query.trim()) return;
  const status = document.getElementById("search-status");
  try {
    await Promise.all(PARTS.map(loaded));
  } catch (error) {
    status.textContent = `The sections of ${error.message} could not be loaded. Try again.`;
    return;
  }
  const hits = look(query);
  const words = split(query).map(pattern);
  const sections = hits.length === 1 ? "1 section" : `${hits.length} sections`;
  status.textContent = hits.length
    ? `${sections} with “${query}”${hits.length > MOST ? `; the first ${MOST}:` : ":"}`
    : `No section has “${query}”. Try one English word, or the start of one.`;
  document.getElementById("search-results")
    .append(...hits.slice(0, MOST).map((hit) => item(hit, words)));
})();
