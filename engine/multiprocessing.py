"""``torch.multiprocessing``: Python's, to which tensors go by value; no memory is shared."""

from multiprocessing import *  # noqa: F403  the same names, whatever Python's are
