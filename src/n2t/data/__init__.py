"""Text and pictures, from files to batches.

The way of the data is files → text → ids (B, T) → batches, and each of the folders
``sources``, ``text`` and ``batches`` is one arrow. The data sets themselves are in
``sets``, and ``cards`` describes them.
"""
