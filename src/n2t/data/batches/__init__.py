"""Batches: examples sorted, padded and masked, in an order that can be taken up."""
