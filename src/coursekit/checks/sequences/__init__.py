"""Visible checks of Part II."""
