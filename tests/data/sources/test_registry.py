"""The list of published files: complete, and strict about what it takes in."""

import json
import re
from pathlib import Path

import pytest

from n2t.data.sources import registry


def entry():
    """A registry entry, as JSON holds it."""
    file = dict(name="a.txt", url="https://example.org/a.txt", size=9, sha256="a" * 64)
    about = dict(title="Lines", license="CC0", citation="nobody2020lines")
    return {"name": "toy", **about, "files": [file]}


def test_every_published_file_has_a_hash_a_license_and_a_citation():
    assert len(registry.REGISTRY) >= 7
    for name, dataset in registry.REGISTRY.items():
        assert name == dataset.name and dataset.title and dataset.license
        assert re.fullmatch(r"[a-z]+\d{4}\w+", dataset.citation)
        for file in dataset.files:
            assert re.search("/[0-9a-f]{40}/", file.url), "no fixed commit in the URL"


def test_every_citation_is_in_the_bibliography():
    bibliography = Path(__file__).parents[3] / "references.bib"
    keys = set(re.findall(r"^@\w+\{([^,]+),", bibliography.read_text("utf-8"), re.M))
    assert {dataset.citation for dataset in registry.list_datasets()} <= keys


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sha256", None, "toy/a.txt has no sha256"),
        ("sha256", "abc", "toy/a.txt: sha256"),
        ("size", -1, "toy/a.txt: size"),
        ("url", "file:///etc/passwd", "toy/a.txt: url"),
        ("name", "../a.txt", "toy/../a.txt: name"),
    ],
)
def test_a_registry_entry_that_could_let_a_wrong_file_in_is_refused(
    tmp_path, field, value, message
):
    raw = entry()
    if value is None:
        del raw["files"][0][field]
    else:
        raw["files"][0][field] = value
    path = tmp_path / "registry.json"
    path.write_text(json.dumps({"sets": [raw]}))
    with pytest.raises(ValueError, match=re.escape(message)):
        registry.read_registry(path)


def test_a_registry_entry_without_a_license_is_refused(tmp_path):
    raw = entry()
    del raw["license"]
    path = tmp_path / "registry.json"
    path.write_text(json.dumps({"sets": [raw]}))
    with pytest.raises(ValueError, match="toy: .*license"):
        registry.read_registry(path)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="'multi31k'.*multi30k"):
        registry.fetch("multi31k")


def test_a_set_without_files_or_named_twice_is_refused(tmp_path):
    path = tmp_path / "registry.json"
    for sets in ([{**entry(), "files": []}], [entry(), entry()]):
        path.write_text(json.dumps({"sets": sets}))
        with pytest.raises(ValueError, match="empty or named twice"):
            registry.read_registry(path)
