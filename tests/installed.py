"""Run by the Python of an environment into which a stranger has installed n2t.

    python -I installed.py modules | records | translate TEXT | plots
    python -I installed.py notebook FILE [FOLDER ...]

Each prints one line of JSON. Nothing but the standard library and n2t is there.
"""

import contextlib
import importlib
import io
import json
import pkgutil
import sys
from pathlib import Path

UNANSWERED = {"solution", "check"}  # tags of cells that wait for a reader's answer


def modules():
    """Every module of the library and of the checks, and why some do not import."""
    seen, failed = [], {}
    for top in ("n2t", "coursekit.kernel"):
        path = importlib.import_module(top).__path__
        found = pkgutil.walk_packages(path, f"{top}.", onerror=lambda name: None)
        seen += [top, *(module.name for module in found)]
    for name in seen:
        try:
            importlib.import_module(name)
        except ImportError as error:
            failed[name] = str(error)
    return {"seen": seen, "failed": failed, "file": sys.modules["n2t"].__file__}


def records():
    """What the ledger says of every name, or why it says nothing."""
    from n2t import ledger

    found, failed = {}, {}
    for name in ledger.names():
        try:
            found[name] = dict(ledger.result(name))
        except ledger.LedgerError as error:
            failed[name] = str(error)
    return {"found": found, "failed": failed}


def translate(text):
    """A sentence, by the translator that came along."""
    from n2t import ledger
    from n2t.runs import folders, scoring

    model, tokenizer, facts = folders.load_model(ledger.weights("multi30k_en_de"))
    options = facts["configuration"]["decode"]
    return scoring.translate(model, tokenizer, [text], **options)


def plots():
    """What the library says where Matplotlib is not installed."""
    import n2t.plots

    said = {}
    for name in ("use_style", "canvas", "diverging", "sequential"):
        try:
            getattr(n2t.plots, name)()
        except ImportError as error:
            said[name] = str(error)
    return said


def notebook(file, *folders):
    """Run a notebook's cells; only exercises without an answer may stop one."""
    sys.path += folders
    names, report = {"__name__": "__main__"}, {"run": 0, "unanswered": []}
    for cell in json.loads(Path(file).read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        report["run"] += 1
        try:
            source = "".join(cell["source"])
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, f"cell {report['run']}", "exec"), names)
        except NotImplementedError as error:
            if not UNANSWERED & set(cell["metadata"].get("tags", ())):
                raise
            report["unanswered"].append(str(error))
    return report | {"recorded": dict(names["recorded"])}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
