"""Visible checks of Part VII."""
