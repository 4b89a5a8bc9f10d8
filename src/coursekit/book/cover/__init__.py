"""The cover's drawings: a sentence in a model, the path of the parts."""
