"""``torch.backends.openmp``."""


def is_available() -> bool:
    """False: the engine's kernels run in one thread."""
    return False
