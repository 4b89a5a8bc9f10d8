"""Variants of Part VII, one module a chapter."""
