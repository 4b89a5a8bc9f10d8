"""Visible checks of Part VI."""
