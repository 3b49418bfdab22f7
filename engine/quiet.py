"""Call kernels without NumPy's floating-point warnings, which torch does not give.

``np.errstate`` costs more than a small kernel, and ``np.seterr`` would silence the user's own NumPy code.  A
``contextvars.Context`` in which the warnings are off costs next to nothing to run a function in.  A context
can be entered by one thread at a time, so a thread that finds it taken makes its own.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

from .warning import COMPILED

_context = contextvars.Context()
_context.run(np.seterr, all="ignore")
_context.run(COMPILED.set, True)

run = _context.run
"""``run(kernel, *arrays)``.  Raises RuntimeError if another thread is inside."""


def safely(kernel: Callable[..., Any], *args: Any) -> Any:
    """As ``run``, from any thread, and from within a kernel."""
    with np.errstate(all="ignore"):
        return kernel(*args)
