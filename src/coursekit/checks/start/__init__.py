"""Visible checks of the first pages."""
