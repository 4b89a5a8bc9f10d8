"""Visible checks of Part IV."""
