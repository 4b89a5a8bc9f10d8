"""Zips as Moodle and Canvas hand them out, with their real naming."""

import zipfile
from dataclasses import dataclass

WHEN = (2030, 3, 1, 12, 30, 0)


@dataclass(frozen=True)
class Student:
    """Who hands in, and the number by which a platform knows them."""

    id: str
    first: str
    last: str
    number: int

    @property
    def name(self):
        return f"{self.first} {self.last}"

    @property
    def email(self):
        return f"{self.id}@example.org"


def in_moodle(student, file):
    """A file in the student's folder, which is named by hand-in and plug-in."""
    return f"{student.name}_{student.number}_assignsubmission_file_/{file}"


def in_canvas(student, file, upload, late=False):
    """A file beside all others: last name first, letters and digits alone."""
    turned = "".join(c for c in student.last + student.first if c.isalnum()).lower()
    mark = "LATE_" if late else ""
    return f"{turned}_{mark}{student.number}_{upload}_{file}"


def pack(path, files):
    """Write a zip of contents (or contents and times) by name."""
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            content, when = content if isinstance(content, tuple) else (content, WHEN)
            packed.writestr(zipfile.ZipInfo(name, when), content)
    return path
