"""Late days begin with the first second, and some are free."""

from datetime import datetime

import pytest

from coursekit.classroom import marks


def test_late_days_begin_with_the_first_second_and_some_are_free():
    policy = marks.LatePolicy(datetime(2026, 3, 1, 12), free_days=1, cost=0.25)
    assert policy.days(datetime(2026, 3, 1, 12)) == 0
    assert policy.days(datetime(2026, 3, 1, 12, 0, 1)) == 1
    assert policy.days(datetime(2026, 3, 3, 12, 0, 1)) == 3
    assert policy.days(None) == 0
    assert policy.after(8, 1) == 8
    assert policy.after(8, 3) == 4
    assert policy.after(8, 9) == 0


@pytest.mark.parametrize("wrong", [{"free_days": -1}, {"cost": 1.5}])
def test_an_impossible_policy_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        marks.LatePolicy(**wrong)
