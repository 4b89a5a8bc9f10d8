"""Records lie in the checkout, or in the package that was installed apart from it."""

import pytest

from n2t import ledger
from n2t.ledger import places


@pytest.fixture
def apart(tmp_path, monkeypatch):
    """The package n2t in a folder of packages, with a record and weights inside."""
    package = tmp_path / "site-packages" / "n2t"
    (package / "results/weights/small").mkdir(parents=True)
    (package / "blocks.py").write_text("WIDTH = 8\n")
    monkeypatch.setattr(places, "PACKAGE", package)
    monkeypatch.setattr(places, "ROOT", places.root_of(package))
    return package


def enter(root, sources, **fields):
    """Write a small record."""
    return ledger.record(
        "toy/tiny",
        task="toy",
        command="n2t train toy",
        configuration={},
        seeds=[0],
        metrics={"bleu": [1.0]},
        sources=sources,
        root=root,
        **fields,
    )


@pytest.fixture
def built(tmp_path, apart):
    """A checkout whose record the installed package carries; the benchmark it lacks."""
    top = tmp_path / "checkout"
    (top / "src/n2t").mkdir(parents=True)
    (top / "benchmarks").mkdir()
    (top / "src/n2t/blocks.py").write_text("WIDTH = 8\n")
    (top / "benchmarks/toy.py").write_text("N = 1\n")
    made = enter(top, ["src/n2t/blocks.py", "benchmarks/toy.py"])
    made.rename(apart / "results" / made.name)
    return apart


def test_a_checkout_is_known_by_its_results_beside_src(tmp_path):
    package = tmp_path / "src/n2t"
    package.mkdir(parents=True)
    assert places.root_of(package) == package
    (tmp_path / "results").mkdir()
    assert places.root_of(package) == tmp_path
    assert places.root_of(tmp_path / "lib/n2t") == tmp_path / "lib/n2t"


def test_this_is_a_checkout():
    assert places.checkout() == places.ROOT
    assert places.source("benchmarks/all.py").is_file()
    assert places.source("src/n2t/blocks.py") == places.PACKAGE / "blocks.py"


def test_an_installed_package_has_its_records_and_weights_inside(apart):
    assert places.results() == apart / "results"
    assert ledger.weights("small") == apart / "results/weights/small"
    assert places.source("src/n2t/blocks.py") == apart / "blocks.py"
    assert places.source("benchmarks/all.py") is None


def test_unknown_weights_are_refused_with_those_there_are(apart):
    with pytest.raises(LookupError, match="no weights 'large'.*there are: small"):
        ledger.weights("large")


def test_what_was_left_behind_is_not_held_against_a_record(built):
    assert ledger.result("toy/tiny").metric("bleu") == 1.0


def test_a_record_of_an_installed_package_is_stale_once_the_package_changes(built):
    (built / "blocks.py").write_text("WIDTH = 9\n")
    with pytest.raises(ledger.LedgerError, match="src/n2t/blocks.py has changed"):
        ledger.result("toy/tiny")


def test_presets_are_found_in_an_installed_package(tmp_path, apart):
    (apart / "presets.json").write_text('{"tiny": {"width": 8}}')
    source = {"file": "src/n2t/presets.json", "key": "tiny"}
    made = enter(tmp_path / "checkout", [], configuration_source=source)
    made.rename(apart / "results" / made.name)
    with pytest.raises(ledger.LedgerError, match="width was 'absent', now 8"):
        ledger.result("toy/tiny")


def test_nothing_is_recorded_into_an_installed_package(apart):
    with pytest.raises(LookupError, match="needs the course's repository.*apart"):
        enter(None, [])
