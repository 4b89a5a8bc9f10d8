"""Where data comes from: the registry, downloads with hashes, reading files."""
