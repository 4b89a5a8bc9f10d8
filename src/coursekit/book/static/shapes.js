// What a browser shows of a part of a page, as shapes: boxes, texts and paths, for
// `coursekit.book.assets.models`. Colors become plain; a line of text keeps its length
// in whatever face a reader has.
(root, skipped) => {
    const SHADED = ".chip, .heads *, .track, .throw *"; // how dark says how much
    const area = root.getBoundingClientRect();
    const context = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const plain = color => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
        return a ? {color: `rgb(${r}, ${g}, ${b})`, opacity: (a / 255).toFixed(2)} : null;
    };
    const round = x => Math.round(x * 10) / 10;
    const shapes = [];
    const put = (tag, shape, fill, stroke, more = {}, text = "") => shapes.push({
        tag, shape, text,
        kept: {fill: fill?.color ?? "none", stroke: stroke?.color ?? "none",
            "fill-opacity": fill?.opacity ?? "1", "stroke-opacity": stroke?.opacity ?? "1",
            ...more}});

    const box = (element, style) => {
        const {left, top, width, height} = element.getBoundingClientRect();
        if (!width || !height) return;
        const wide = parseFloat(style.borderTopWidth);
        const edged = wide && style.borderTopStyle !== "none";
        const fill = plain(style.backgroundColor);
        const stroke = edged ? plain(style.borderTopColor) : null;
        const edge = stroke ? wide / 2 : 0;
        if (!fill && !stroke) return;
        const shade = element.matches(SHADED) ? {class: "tones"} : {};
        put("rect", {...shade, x: round(left - area.left + edge), y: round(top - area.top + edge),
            width: round(width - 2 * edge), height: round(height - 2 * edge),
            rx: round(Math.min(parseFloat(style.borderTopLeftRadius) || 0, height / 2))},
            fill, stroke, stroke ? {"stroke-width": `${wide}`,
                "stroke-dasharray": style.borderTopStyle === "dashed" ? "3 2" : "none"} : {});
    };
    const lines = node => {
        const found = [], range = document.createRange();
        for (const {0: word, index} of node.data.matchAll(/\S+/g)) {
            range.setStart(node, index);
            range.setEnd(node, index + word.length);
            const at = range.getBoundingClientRect(), last = found.at(-1);
            if (last && Math.abs(last.top - at.top) < 4) {
                last.words.push(word);
                last.right = at.right;
            } else if (at.width) {
                found.push({words: [word], left: at.left, right: at.right,
                    top: at.top, bottom: at.bottom});
            }
        }
        return found;
    };
    const write = (node, style) => {
        const size = parseFloat(style.fontSize);
        for (const {words, left, right, top, bottom} of lines(node)) {
            const shape = {x: round(left - area.left),
                y: round((top + bottom) / 2 - area.top + 0.34 * size),
                textLength: round(right - left), lengthAdjust: "spacingAndGlyphs"};
            if (/mono/i.test(style.fontFamily)) shape["font-family"] = "monospace";
            if (style.fontStyle === "italic") shape["font-style"] = "italic";
            put("text", shape, plain(style.color), null, {"font-size": `${round(size)}px`,
                "font-weight": style.fontWeight}, words.join(" "));
        }
    };
    const paths = svg => {
        const {left, top, width, height} = svg.getBoundingClientRect();
        const {width: w, height: h} = svg.viewBox.baseVal;
        const scale = w ? `scale(${(width / w).toFixed(4)} ${(height / h).toFixed(4)})` : "";
        const move = `translate(${round(left - area.left)} ${round(top - area.top)}) ${scale}`;
        for (const path of svg.querySelectorAll("path")) {
            const style = getComputedStyle(path), d = path.getAttribute("d");
            const stroke = style.stroke === "none" ? null : plain(style.stroke);
            if (stroke) stroke.opacity = Number(style.strokeOpacity).toFixed(2);
            const fill = style.fill === "none" ? null : plain(style.fill);
            const short = d?.replace(/\d+\.\d+/g, x => round(Number(x)));
            if (d) put("path", {d: short, transform: move.trim()}, fill, stroke,
                stroke ? {"stroke-width": `${round(parseFloat(style.strokeWidth))}`} : {});
        }
    };
    const dart = element => {
        const {left, right, top} = element.getBoundingClientRect();
        const x = round((left + right) / 2 - area.left), y = round(top - area.top);
        const color = plain(getComputedStyle(element).borderTopColor);
        put("path", {d: `M${x - 6} ${y}h12l-5 9v33h-2v-33z`}, color, null);
    };
    const walk = element => {
        if (element.matches(skipped) || element.hidden) return;
        if (element instanceof SVGSVGElement) return paths(element);
        const style = getComputedStyle(element);
        if (style.display === "none" || style.visibility === "hidden") return;
        if (element.matches(".dart")) return;
        box(element, style);
        for (const child of element.childNodes) {
            if (child.nodeType === 1) walk(child);
            else if (child.nodeType === 3) write(child, style);
        }
        if (element.matches(".throw")) dart(element.querySelector(".dart"));
    };
    walk(root);
    return [{width: Math.ceil(area.width), height: Math.ceil(area.height), inner: shapes}];
}
