"""What the engine is made of.  Source: ``torch.__config__``."""

from __future__ import annotations

import ml_dtypes
import numpy as np

from .execution import get_num_interop_threads, get_num_threads


def show() -> str:
    """The versions of what the engine computes with, a line each."""
    import platform

    import scipy

    versions = {"Python": platform.python_version(), "NumPy": np.__version__, "SciPy": scipy.__version__}
    versions["ml_dtypes"] = ml_dtypes.__version__
    return "PyTorch's autograd on NumPy, with:\n" + "".join(f"  - {name} {each}\n" for name, each in versions.items())


def parallel_info() -> str:
    """How many threads there are."""
    return (
        f"ATen/Parallel:\n\tat::get_num_threads() : {get_num_threads()}\n"
        f"\tat::get_num_interop_threads() : {get_num_interop_threads()}\n"
    )
