"""Visible checks of Part III."""
