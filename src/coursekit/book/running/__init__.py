"""Chapters run: in a kernel each, what came of it, and once more to compare."""
