"""nbgrader's own programming interface, for a course folder."""

from __future__ import annotations

import logging
import os
import sys
from functools import cache
from pathlib import Path

import nbgrader.api
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader

#: nbgrader asks another program for it at each new gradebook; it stays the same.
nbgrader.api.get_alembic_version = cache(nbgrader.api.get_alembic_version)


def open_nbgrader(course: Path) -> NbGraderAPI:
    """nbgrader, for that course folder, with its messages kept off the screen."""
    beside = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", "")])
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course.resolve())
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    return NbGraderAPI(config=config)
