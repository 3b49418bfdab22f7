"""What an operation does with tensors of sparse layouts (``sparse_array.py``).

An operation on one tensor that gives zero for zero works on the stored elements alone.  The rest stand in ``KERNELS``,
entered beside their declarations in ``ops/sparse*.py``; any other is refused.

Source: the "torch.sparse" page of torch's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..quiet import safely
from ..refusing import refused as refused
from ..sparse_array import SparseArray

if TYPE_CHECKING:
    from ..declare.op import Op

KERNELS: dict[str, Callable[..., Any]] = {}
"""By the name of the operation in the schema: from its parameters, arrays for tensors, to its results."""


def sparse_among(given: Sequence[Any]) -> bool:
    """Whether a kernel's arguments have a sparse array among them."""
    for one in given:
        if isinstance(one, SparseArray):
            return True
        if one.__class__ is tuple and any(isinstance(each, SparseArray) for each in one):
            return True
    return False


def run_sparse(op: Op, given: Sequence[Any]) -> Any:
    """The results of an operation on sparse arrays.

    Raises:
        NotImplementedError: if it has none.
    """
    name = op.schema.name
    kernel = KERNELS.get(name)
    if kernel is not None:
        return safely(kernel, *given)
    array, *others = given
    is_unary = isinstance(array, SparseArray) and not any(isinstance(one, np.ndarray) for one in others)
    if is_unary and (op.promote.value in ("default", "int to float") or op.elementwise):
        zero = safely(op.kernel, np.zeros(1, array.dtype), *others)  # type: ignore[arg-type]
        if isinstance(zero, np.ndarray) and zero.shape == (1,) and not zero.any():
            stored = array if op.linear else _coalesced(array)
            return stored.with_values(safely(op.kernel, stored.values, *others))  # type: ignore[arg-type]
    raise refused(op.schema.qualified)


def _coalesced(array: SparseArray) -> SparseArray:
    return KERNELS["_coalesce"](array) if array.kind == "sparse_coo" else array
