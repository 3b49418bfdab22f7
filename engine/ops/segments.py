"""Reductions of consecutive segments along an axis, which lengths or offsets tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import FLOATING, missing, op
from ..dtypes import int32, int64
from ..kernels import segments as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from .reduction import min as least

_KINDS = {"max": "max", "amax": "max", "min": "min", "amin": "min", "sum": "sum", "mean": "mean", "prod": "prod"}


def _check(
    data: Tensor, reduce: str, lengths: Tensor | None, indices: Tensor | None, offsets: Tensor | None, axis: int,
    unsafe: bool, initial: complex | None,
) -> None:  # fmt: skip
    axis = wrap_dim(axis, data.dim())
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    name, given = ("lengths", lengths) if offsets is None else ("offsets", offsets)
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if data.dim() < given.dim():
        raise RuntimeError(
            f"Expected data.dim() >= {name}_value.dim() to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )
    if axis != given.dim() - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    if name == "offsets" and not given.shape[-1]:
        raise RuntimeError("Trying to create tensor with negative dimension -1: [-1]")
    if name == "lengths" and not (unsafe or given.is_meta):
        if int(least(given)) < 0:
            raise RuntimeError("lengths contains negative value!")
        if (given._array.sum(-1) != data.shape[axis]).any():
            raise RuntimeError(
                "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when "
                "!unsafe."
            )
    if given._dtype not in (int32, int64):
        raise not_implemented(f"_segment_reduce_{name}_cpu_kernel1")(given._dtype)
    if data._dtype not in FLOATING:
        raise not_implemented("_segment_reduce_cpu")(data._dtype)
    if reduce not in _KINDS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if name == "offsets" and not given.is_meta and (np.diff(given._array) < 0).any():
        raise RuntimeError(
            "Expected segment_length >= 0 to be true, but got false.  (Could this error message be improved?  If so, "
            "please report an enhancement request to PyTorch.)"
        )


def _reduced(data: Any, reduce: str, lengths: Any, indices: None, offsets: Any, axis: int, *rest: Any) -> Any:
    return kernels.segment_reduce(data, _KINDS[reduce], lengths, offsets, axis % data.ndim, rest[-1])


def _gradient(
    grad: Any, output: Any, data: Any, reduce: str, lengths: Any, offsets: Any, axis: int, initial: Any
) -> Any:
    return kernels.segment_reduce_backward(
        grad, output, data, _KINDS[reduce], lengths, offsets, axis % data.ndim, initial
    )


_MISSING = missing("_segment_reduce_backward")
_segment_reduce_backward = op(
    "_segment_reduce_backward(Tensor grad, Tensor output, Tensor data, str reduce, *, Tensor? lengths=None, "
    "Tensor? offsets=None, int axis=0, Scalar? initial=None) -> Tensor", _gradient,
    grad=_MISSING, output=_MISSING, data=_MISSING, node="NotImplemented", method=False,
)  # fmt: skip
segment_reduce = op(
    "segment_reduce(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? offsets=None, "
    "int axis=0, bool unsafe=False, Scalar? initial=None) -> Tensor", _reduced,
    data=lambda grad, result, data, reduce, lengths, offsets, axis, initial: _segment_reduce_backward(
        grad, result, data, reduce, lengths=lengths, offsets=offsets, axis=axis, initial=initial),
    check=_check, method=False, forward=False,
)  # fmt: skip
