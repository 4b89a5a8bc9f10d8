"""Answers that run elsewhere: the protected process, and how the grader asks it."""
