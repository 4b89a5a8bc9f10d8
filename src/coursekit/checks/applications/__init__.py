"""Visible checks of Part V."""
