"""Comparisons with numbers of another machine: where they may differ, and why.

A test marked ``recorded(NAME)`` compares with the record of that name. Where this
machine's processor, Python, torch or number of threads is not the record's, sums are
added in another order and last digits differ; a comparison that fails there is
reported as an expected failure that names the difference. On a machine like the
record's it fails.
"""

import platform
from contextlib import suppress

import pytest
import torch

from n2t.ledger import result
from n2t.runs.folders import processor


def here():
    """What last digits depend on, on this machine."""
    return {
        "processor": processor(),
        "threads": str(torch.get_num_threads()),
        "Python": platform.python_version(),
        "torch": torch.__version__,
    }


def there(record):
    """The same for a record, as far as it says."""
    name, _, threads = record["device"].removeprefix("cpu: ").rpartition(", ")
    known = {"processor": name, "threads": threads.removesuffix(" threads")}
    known["Python"] = record["versions"].get("python", "")
    known["torch"] = record["versions"].get("torch", "")
    return {what: value for what, value in known.items() if value}


def differences(record, ours=None):
    """What differs between a record's machine and this one, in words; "" if nothing."""
    ours = here() if ours is None else ours
    other = [
        f"{what} {ours[what]}, not {value}"
        for what, value in there(record).items()
        if ours[what] != value
    ]
    return "; ".join(other)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a comparison that failed on another machine into an expected failure."""
    report = yield
    mark = item.get_closest_marker("recorded")
    if mark and report.failed and call.excinfo.errisinstance(AssertionError):
        (name,) = mark.args
        why = ""
        with suppress(LookupError):  # a stale record is no other machine
            why = differences(result(name))
        if why:
            said = str(call.excinfo.value).splitlines()[0]
            report.outcome = "skipped"
            report.wasxfail = f"may differ from record {name}: {why}. {said}"
    return report
