"""Visible checks of Part I."""
