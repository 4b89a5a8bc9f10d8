"""What runs beside student code brings nothing else of the course's tools with it."""

import ast
from pathlib import Path

import pytest

from coursekit import kernel

FOLDER = Path(kernel.__file__).parent


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda p: p.stem)
def test_the_kernel_imports_nothing_of_coursekit_but_itself(path):
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    ours = [name for name in names if name.startswith("coursekit")]
    assert all(name.startswith("coursekit.kernel.") for name in ours), ours
