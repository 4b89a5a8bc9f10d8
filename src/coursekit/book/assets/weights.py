"""Trained weights as scripts, for figures that compute in the reader's browser.

Pages that are opened as files may load scripts and nothing else. So a model's folder
becomes one script that puts all that it takes into ``n2t.weights``: the configuration,
the tokenizer, where texts are cut (as ranges, so that a browser with another Unicode
cuts alike), and the safetensors file, byte for byte, in base64.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

from coursekit import paths
from n2t.data.text.pieces import pattern

#: Those that a figure asks for, folders of `results/weights`.
NAMES = ("small_gpt", "multi30k_en_de")
FOLDER = "_static/live/weights"


def script(folder: Path) -> str:
    """The script for a folder of `n2t export`."""
    model = folder / "model"
    tokenizer = json.loads((model / "tokenizer.json").read_text("utf-8"))
    run = json.loads((folder / "run.json").read_text("utf-8"))
    held = {
        "config": json.loads((model / "config.json").read_text("utf-8")),
        "tokenizer": tokenizer,
        "pattern": pattern(tokenizer.get("cut", "bounded")),
        "about": {"decode": run["configuration"].get("decode")},
        "tensors": base64.b64encode(
            (model / "model.safetensors").read_bytes()
        ).decode(),
    }
    text = json.dumps(held, separators=(",", ":"))
    name = json.dumps(folder.name)
    return f"(window.n2t ??= {{ weights: {{}} }}).weights[{name}] = {text};\n"


def write(site: Path, source: Path = paths.ROOT) -> list[Path]:
    """Write the scripts below a built site; those whose weights are there."""
    written = []
    for name in NAMES:
        folder = source / "results" / "weights" / name
        if folder.is_dir():
            target = site / FOLDER / f"{name}.js"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(script(folder), encoding="utf-8")
            written.append(target)
    return written
