"""What pyproject.toml cannot say: a built package carries ``results`` inside n2t."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithResults(build_py):
    """Copies the top folder ``results`` into the package, as ``n2t/results``.

    Not for an editable install, which finds the folder where it is.
    """

    def run(self):
        """Build as ever, then copy."""
        super().run()
        for source, target in self.results():
            target.parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(str(source), str(target), preserve_mode=False)

    def results(self):
        """Every file of the folder, and where it goes."""
        if self.editable_mode:
            return []
        files = sorted(path for path in Path("results").rglob("*") if path.is_file())
        return [(path, Path(self.build_lib, "n2t", path)) for path in files]

    def get_outputs(self, include_bytecode=True):
        """The files that the build makes, these among them."""
        made = [str(target) for _, target in self.results()]
        return super().get_outputs(include_bytecode) + made


setup(cmdclass={"build_py": BuildWithResults})
