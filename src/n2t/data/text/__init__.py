"""Text to ids and back: vocabularies, byte pairs, tokenizers."""
