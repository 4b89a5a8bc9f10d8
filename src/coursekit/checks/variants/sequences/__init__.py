"""Variants of Part II, one module a chapter."""
