"""The code that a statement names is carried, and training is not."""

import pytest
from sample_chapter import sample

from coursekit.chapters.carrying import carried, defined, mentioned, trainers
from coursekit.chapters.exercises import read_chapter

CELLS = [
    "import numpy as np",
    "def learn(steps):\n    loss.backward()\n    return helper(steps)",
    "def helper(x):\n    return offset + x",
    "offset = 1",
    "runs = []\nruns.append(offset)\nprint(runs)",
    "@cached\ndef answers(model):\n    return model\n\n\nbest = learn(9)\nbest += 1",
    "def cached(f):\n    return f",
    "def train_twice():\n    return learn(1), learn(2)",
    "offset = 2",
]


def chapter(*cells):
    text = "\n\n".join(f"```{{code-cell}} ipython3\n{cell}\n```" for cell in cells)
    return read_chapter("07_words.md", f"# Words\n\n{text}\n")


def carry(*names, cells=CELLS, given=(), before=10_000):
    made = chapter(*cells)
    given = [made.cells[i] for i in given]
    return [cell.source for cell in carried(made, names, given, before)]


def test_functions_that_train_are_found_through_those_they_call():
    assert trainers(chapter(*CELLS)) == {"fit", "learn", "train_twice"}


def test_how_to_train_is_carried_and_training_is_not():
    assert carry("learn", cells=CELLS[:3]) == CELLS[1:3]
    with pytest.raises(LookupError, match="only training defines best"):
        carry("best")


def test_a_function_comes_with_its_decorator_and_without_the_rest_of_its_cell():
    (found, _) = carry("answers")
    assert found == "@cached\ndef answers(model):\n    return model"


def test_what_a_function_calls_is_carried_though_it_is_defined_below():
    assert CELLS[6] in carry("answers")


def test_what_changes_an_object_is_carried_with_it():
    assert carry("runs", cells=CELLS[:5]) == [
        "offset = 1",
        "runs = []\nruns.append(offset)",
    ]


def test_the_last_definition_above_is_the_one_that_counts():
    made = chapter(*CELLS)
    assert carry("offset") == ["offset = 2"]
    assert carry("offset", before=made.cells[-1].line) == ["offset = 1"]


def test_what_the_notebook_has_already_is_not_carried_again():
    assert carry("helper", given=(3,), cells=CELLS[:4]) == [CELLS[2]]
    assert carry("learn", given=(1, 2, 3), cells=CELLS[:4]) == []


def test_solutions_and_checks_are_never_carried():
    made = sample()
    assert "entropy" not in defined(made)
    assert carried(made, {"entropy", "weights"}, [], 10_000) == []
    assert [c.source for c in carried(made, {"unrelated"}, [], 10_000)] == [
        "unrelated = [n * n for n in range(10)]"
    ]


EXERCISE = """# Words

```{exercise-start} Do it
:label: ex-do
```
**5 minutes · easy · ungraded.** %s
```{exercise-end}
```

```{solution-start} ex-do
:class: dropdown
```
```{code-cell} ipython3
:tags: [solution]
def write(attend, size):
    ### BEGIN SOLUTION
    return attend(size)
    ### END SOLUTION
```
```{solution-end}
```
"""


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("Take `learn`, `tables` and `x`.", {"learn", "tables"}),
        ("Write `write(attend, size)`; `attend` gets `attend(memory)`.", set()),
        ('`learn(pairs, kind="dot")`, `ladder["a"]`', {"learn", "pairs", "ladder"}),
        ("See {eq}`eq-learn` and {cite:p}`learn2019`.", set()),
        ("Mend it.\n\n```python\ndef mend(rows): pass\n```\n\n`rows`", set()),
        ("`F.cross_entropy` and `nobody's code`", set()),
    ],
)
def test_names_that_a_statement_takes_from_the_chapter(statement, wanted):
    (exercise,) = read_chapter("07_words.md", EXERCISE % statement).exercises
    assert mentioned(exercise) == wanted
