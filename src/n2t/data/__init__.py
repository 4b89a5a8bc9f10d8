"""Text and pictures, from files to batches: sources, tokenizers, batching.

The way of the data is text → tokenizer → ids (B, T) → batch with masks. Each
module here is one arrow; import the one that you need.
"""
