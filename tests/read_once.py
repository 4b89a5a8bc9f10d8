"""For tests that ask about many programs: each file of the repository is read once."""

from functools import cache

import pytest

from n2t.ledger import places, sources
from n2t.ledger.imports import Tree


@pytest.fixture
def read_once(monkeypatch):
    """All who ask who imports whom here ask one tree, which remembers."""
    tree = Tree(places.ROOT)
    read = tree._imports
    tree._imports = cache(lambda path: list(read(path)))
    tree.file = cache(tree.file)

    def asked(root):
        return tree if root == places.ROOT else Tree(root)

    monkeypatch.setattr(sources, "Tree", asked)
