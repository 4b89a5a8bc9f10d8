"""The ids that mean the same to every tokenizer, batch, model and loss."""

PAD, BOS, EOS, UNK = 0, 1, 2, 3
