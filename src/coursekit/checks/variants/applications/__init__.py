"""Variants of Part V, one module a chapter."""
