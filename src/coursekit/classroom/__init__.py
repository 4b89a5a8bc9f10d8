"""Assignments: made, collected, graded, marked, reported."""
