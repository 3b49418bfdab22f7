"""Source: ``torch.utils.deterministic``."""

fill_uninitialized_memory = True
"""Whether deterministic mode fills memory that nobody has written."""
