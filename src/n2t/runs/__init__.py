"""Runs: what a command does with the engine, from a preset to a published model."""
