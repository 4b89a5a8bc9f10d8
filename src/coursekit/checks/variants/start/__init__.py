"""Variants of the first pages, one module a chapter."""
