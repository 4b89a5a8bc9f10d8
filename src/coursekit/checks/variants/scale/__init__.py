"""Variants of Part VI, one module a chapter."""
