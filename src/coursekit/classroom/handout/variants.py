"""Give each class exercises of its own: the book's, or their variants, by a draw."""

from __future__ import annotations

import ast
import dataclasses
import random

from coursekit.chapters.exercises import Chapter, Exercise
from coursekit.checks.twisting import twists

IMPORT = "from coursekit.checks.twisting import twisted"


def varied_exercise(chapter: Chapter, exercise: Exercise) -> Exercise | None:
    """The variant of an exercise as an exercise, or None if it has none."""
    twist = twists().get(exercise.label)
    if twist is None:
        return None
    names = _defined(exercise.solution)
    cells = [
        dataclasses.replace(
            cell, source=_twisted_check(cell.source, names, exercise.label)
        )
        for cell in exercise.checks
    ]
    solution = dataclasses.replace(exercise.solutions[0], source=twist.solution.strip())
    return dataclasses.replace(
        exercise,
        title=f"{exercise.title} (variant)",
        statement=f"{exercise.statement.rstrip()}\n\n**In your class:** "
        f"{twist.statement.strip()}\n",
        answer=f"```\n{twist.solution.strip()}\n```",
        solutions=(solution,),
        checks=tuple(cells),
    )


def _defined(source: str) -> set[str]:
    """The functions and classes that a solution defines."""
    kinds = ast.FunctionDef | ast.ClassDef
    return {n.name for n in ast.parse(source).body if isinstance(n, kinds)}


class _Wrap(ast.NodeTransformer):
    """Put ``twisted(name, label)`` where a check reads the name of an answer."""

    def __init__(self, names: set[str], label: str) -> None:
        self.names, self.label = names, label

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.names or not isinstance(node.ctx, ast.Load):
            return node
        return ast.parse(f"twisted({node.id}, {self.label!r})", mode="eval").body


def _twisted_check(source: str, names: set[str], label: str) -> str:
    tree = _Wrap(names, label).visit(ast.parse(source))
    return f"{IMPORT}\n{ast.unparse(ast.fix_missing_locations(tree))}"


def varied_chapter(chapter: Chapter, seed: int) -> Chapter:
    """The chapter for one class: `seed` draws which exercises are varied.

    About half of those that have a variant are, and at least one.
    """
    rng = random.Random(f"{seed} {chapter.name}")
    able = [e.label for e in chapter.automatic if e.label in twists()]
    chosen = set(rng.sample(able, max(1, round(len(able) / 2)))) if able else set()
    exercises = [
        varied_exercise(chapter, e) if e.label in chosen else e
        for e in chapter.exercises
    ]
    return dataclasses.replace(chapter, exercises=tuple(exercises))
