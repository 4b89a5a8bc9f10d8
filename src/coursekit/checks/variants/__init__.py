"""The variant of each graded exercise: one module a chapter, each with `TWISTS`."""
