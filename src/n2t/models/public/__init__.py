"""Readers of public weights; those of BERT's and Llama's families lie beside."""

from n2t.models.public.gpt2 import load_gpt2

__all__ = ["load_gpt2"]
