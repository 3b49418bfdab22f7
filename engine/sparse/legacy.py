"""The old constructors of sparse tensors: ``torch.sparse.FloatTensor(indices, values, size)``.

Source: ``torch.sparse``.
"""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..dtypes import dtype
from ..layout import Size, sparse_coo
from ..ops.sparse_construction import sparse_coo_tensor
from ..tensor import Tensor
from ..warning import warn


class _SparseType(type):
    """A class of sparse tensors by dtype: calling it makes one, and all of that dtype are instances."""

    dtype: dtype

    def __call__(cls, *args: Any) -> Tensor:
        """A sparse tensor from indices and values, with or without a size, or from a size alone."""
        if args and isinstance(args[0], Tensor):
            shape = "indices, values, shape" if len(args) > 2 else "indices, values"
            _deprecated(f"{shape}, *, device=", f"{shape}, dtype=, device=")
            return sparse_coo_tensor(*args)
        if args:
            _deprecated("shape, *, device=", "shape, dtype=, device=")
            return sparse_coo_tensor(args[0] if isinstance(args[0], Size) else args, dtype=cls.dtype)
        _deprecated("", "(0,), dtype=")
        return sparse_coo_tensor((0,), dtype=cls.dtype)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.layout is sparse_coo and instance._dtype is cls.dtype


def _deprecated(given: str, instead: str) -> None:
    warn(
        f"torch.sparse.SparseTensor({given}) is deprecated.  Please use torch.sparse_coo_tensor({instead}).", once=True
    )


def _type(name: str, d: dtype) -> Any:
    return _SparseType(f"{name}Tensor", (), {"dtype": d, "__module__": "torch.sparse"})


FloatTensor, DoubleTensor = _type("Float", dtypes.float32), _type("Double", dtypes.float64)
HalfTensor, BFloat16Tensor = _type("Half", dtypes.float16), _type("BFloat16", dtypes.bfloat16)
LongTensor, IntTensor = _type("Long", dtypes.int64), _type("Int", dtypes.int32)
ShortTensor, CharTensor, ByteTensor = (
    _type("Short", dtypes.int16), _type("Char", dtypes.int8), _type("Byte", dtypes.uint8)
)  # fmt: skip
