"""Variants of Part I, one module a chapter."""
