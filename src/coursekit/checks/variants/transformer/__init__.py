"""Variants of Part IV, one module a chapter."""
