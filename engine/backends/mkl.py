"""``torch.backends.mkl``."""


def is_available() -> bool:
    """False: products are NumPy's and SciPy's, by the library that they were built with."""
    return False
