"""Grading begins only where there is something to grade."""

import pytest

from coursekit.classroom.grading import GradingError, grade


def test_an_unknown_assignment_cannot_be_graded(course):
    with pytest.raises(GradingError, match="no released assignment"):
        grade(course, "99_other")
