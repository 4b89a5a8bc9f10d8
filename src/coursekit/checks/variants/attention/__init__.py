"""Variants of Part III, one module a chapter."""
