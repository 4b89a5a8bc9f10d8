"""From Neuron to Transformer: the library that the course teaches."""
