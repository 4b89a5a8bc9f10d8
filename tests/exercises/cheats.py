"""Ways to deceive a grader that are tried on every exercise: each gets nothing.

`cheats(name, stub)` gives, for an exercise that asks for `name`, a short name -> (the
source, words that the hint must contain; "" for any hint at all).
"""

import ast

LAZY = "{name} = lambda *arguments, **keywords: {value}\n"


def cheats(name: str, stub: str) -> dict[str, tuple[str, str]]:
    """The cheats, written for an exercise whose answer is called `name`."""
    lazy = LAZY.format(name=name, value="arguments[0] if arguments else 0")
    found = {
        "imports what is wanted": (
            f"import coursekit.checks.values\n{lazy}",
            "cannot be imported",
        ),
        "finds the grader's code by hand": (FINDS + lazy, "no wanted values here"),
        "replaces the recorder": (
            f"from coursekit.kernel import calls\ncalls.call = print\n{lazy}",
            "was replaced",
        ),
        "rewrites the recorder's code": (REWRITES + lazy, "was replaced"),
        "takes the recorder's memory away": (FORGETS + lazy, "was replaced"),
        "is equal to everything": (EQUAL + LAZY.format(name=name, value="Yes()"), ""),
        "patches the libraries": (PATCHES + lazy, ""),
        "prints in place of returning": (PRINTS.format(name=name), ""),
        "searches all frames and objects": (SEARCHES.format(name=name), ""),
        "passes its argument on": (lazy, ""),
    }
    given = _values(stub)
    return {what: (given + source, words) for what, (source, words) in found.items()}


def _values(stub: str) -> str:
    """The plain values that a starter defines beside what it asks for."""
    lines = [ast.unparse(n) for n in ast.parse(stub).body if isinstance(n, ast.Assign)]
    return "".join(f"{line}\n" for line in lines)


FINDS = """
import pathlib, sys
import coursekit.kernel
room = pathlib.Path(coursekit.kernel.__file__).parents[1] / "checks"
if not any(room.glob("*.py")):
    raise FileNotFoundError("no wanted values here")
"""
REWRITES = """
from coursekit.kernel import calls
def call(answer, arguments=(), keywords=None, **options):
    return {"value": 0}
calls.call.__code__ = call.__code__
"""
FORGETS = """
from coursekit.kernel import watching
watching.Watch.__exit__ = lambda self, *error: None
"""
EQUAL = """
class Yes(float):
    def __eq__(self, other):
        return True
    __hash__ = None
    def __getattr__(self, name):
        return Yes()
"""
PATCHES = """
import builtins
import numpy as np
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
builtins.AssertionError = ValueError
"""
PRINTS = """
import sys
sys.displayhook = lambda value: None
def {name}(*arguments, **keywords):
    print("1 passed")
    sys.exit(0)
"""
SEARCHES = """
import gc, sys
def {name}(*arguments, **keywords):
    names = ("right", "wanted", "expected", "answer_key")
    frame = sys._getframe()
    while frame:
        for name in names:
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            for name in names:
                if name in thing and type(name) is str:
                    return thing[name]
    return None
"""
