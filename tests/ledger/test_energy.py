"""The energy of a record is an estimate from seconds and a published power."""

import json

import pytest

from n2t import ledger
from n2t.ledger import energy

XEON = "cpu: Intel(R) Xeon(R) Processor"


@pytest.mark.parametrize(
    "fields, joules",
    [
        ({"device": f"{XEON}, 2 threads", "processor_seconds": 100.0}, 350.0),
        ({"device": f"{XEON}, 2 threads"}, 2 * 10 * 3.5),
        ({"device": f"{XEON}, 4 processes"}, 4 * 10 * 3.5),
        ({"device": "cpu"}, 35.0),
        ({"device": "NVIDIA H100 80GB HBM3: Xeon, 16 threads"}, 7000.0),
        ({"device": "NVIDIA A100-SXM4-80GB: Xeon, 8 processes"}, 8 * 4000.0),
        ({"device": "NVIDIA L4: Xeon, 8 threads"}, 720.0),
    ],
)
def test_energy_is_seconds_times_power_within_a_range(fields, joules):
    found = energy.estimate({"wall_seconds": 10.0} | fields)
    assert found["joules"] == pytest.approx(joules)
    assert found["low"] < found["joules"] <= found["high"]
    assert "an estimate, not measured" in found["how"]


@pytest.mark.parametrize("device", ["NVIDIA L40S: Xeon, 8 threads", "mps: M1", "tpu"])
def test_where_no_power_is_known_there_is_no_energy(device):
    assert energy.estimate({"device": device, "wall_seconds": 10.0}) is None


def test_no_seconds_no_energy():
    assert energy.estimate({"device": "cpu", "wall_seconds": 0.0}) is None


FACTS = dict(task="t", command="c", configuration={}, seeds=[0], metrics={"m": [1.0]})


def test_a_new_record_has_it_and_an_old_one_without_is_still_read(tmp_path):
    path = ledger.record("x/y", wall_seconds=4.0, root=tmp_path, **FACTS)
    assert ledger.result("x/y", root=tmp_path)["energy"]["joules"] == 14.0
    fields = json.loads(path.read_text("utf-8"))
    del fields["energy"]
    path.write_text(json.dumps(fields), "utf-8")
    assert "energy" not in ledger.result("x/y", root=tmp_path)


def test_an_energy_that_is_a_bare_number_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"energy \(3.0\) has the wrong type"):
        ledger.record("x/y", wall_seconds=4.0, energy=3.0, root=tmp_path, **FACTS)


@pytest.mark.parametrize("entry", [{"mean": 1.0}, 3])
def test_a_record_with_a_broken_metric_is_named(tmp_path, entry):
    path = ledger.record("x/y", root=tmp_path, **FACTS)
    fields = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(fields | {"metrics": {"m": entry}}), "utf-8")
    with pytest.raises(ledger.LedgerError, match=r"x\.y\.json is no record"):
        ledger.result("x/y", root=tmp_path)
