"""`coursekit COMMAND`: each command is one function of one module.

A command's function takes the arguments after its name and returns the exit
status. To add one, write the function and name it in `COMMANDS`.
"""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "run": ("coursekit.book.execute:main", "execute chapters, show seconds per cell"),
    "book": ("coursekit.book.build:main", "execute what changed and build the site"),
    "test": ("coursekit.testing:main", "run every check"),
    "lab": ("coursekit.book.notebooks:main", "open working copies in JupyterLab"),
    "serve": ("coursekit.book.serve:main", "show the built site at a local address"),
    "clean": ("coursekit.bootstrap:clean", "remove what the commands made"),
    "assignments": ("coursekit.classroom.commands:assignments", "make all assignments"),
    "overlay": (
        "coursekit.classroom.commands:overlay",
        "fill a private folder of tests",
    ),
    "collect": ("coursekit.classroom.commands:collect", "sort a platform's download"),
    "grade": (
        "coursekit.classroom.commands:grade",
        "grade an assignment's submissions",
    ),
    "feedback": ("coursekit.classroom.commands:feedback", "write the feedback again"),
    "marks": ("coursekit.classroom.commands:marks", "CSV of marks for a platform"),
    "similar": (
        "coursekit.classroom.commands:similar",
        "answers that resemble each other",
    ),
    "adapters": ("coursekit.classroom.commands:adapters", "grade a design of your own"),
    "leaks": (
        "coursekit.classroom.commands:leaks",
        "search a class site for solutions",
    ),
    "mutants": ("coursekit.answers.mutants:main", "wrong answers against the graders"),
}


def usage() -> str:
    """The list of commands, one a line."""
    lines = [f"  {name:12s} {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(["usage: coursekit COMMAND [arguments]", "", *lines])


def main(arguments: list[str] | None = None) -> int:
    """Find the command and hand it the rest of the line."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["help"]
    if name in ("help", "-h", "--help"):
        print(usage())
        return 0
    if name not in COMMANDS:
        print(f"coursekit: no command {name!r}\n\n{usage()}", file=sys.stderr)
        return 2
    module, function = COMMANDS[name][0].split(":")
    return getattr(importlib.import_module(module), function)(rest) or 0


if __name__ == "__main__":
    sys.exit(main())
