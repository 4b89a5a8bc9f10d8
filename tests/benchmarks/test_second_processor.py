"""What is measured on another kind of processor, and where it is refused."""

import pytest

from benchmarks import decoding, second_processor, steps
from n2t.training import precision


@pytest.mark.parametrize("instructions", [True, False])
def test_what_multiplies_bfloat16_is_not_recorded_as_the_other(
    instructions, monkeypatch
):
    name = "bfloat16" if instructions else "float32"
    monkeypatch.setattr(
        precision, "choose", lambda *_: precision.Precision(name, "cpu")
    )
    second_processor.check(record=False)
    if instructions:
        with pytest.raises(RuntimeError, match="multiplies bfloat16.*n2t bench all"):
            second_processor.check(record=True)
    else:
        second_processor.check(record=True)


def test_rows_are_the_first_processors_in_float32():
    (rows, _, beside), (all_decoding, _, _) = (
        second_processor.KINDS[kind] for kind in ("steps", "decoding")
    )
    assert set(rows) == {"translation_float32", "language_float32"}
    assert rows.items() <= steps.ROWS.items()
    assert set(beside) == set(rows)
    assert all_decoding is decoding.ROWS
