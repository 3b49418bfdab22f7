"""Reading and writing by masks and conditions."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any

import numpy as np

from ..autograd.levels import is_wrapped, written
from ..checks import check_broadcast
from ..declare.op import EACH, op
from ..dispatch.arguments import invalid_of
from ..dispatch.devices import NO_META_KERNEL
from ..dispatch.outputs import Output
from ..dispatch.slow import common_dtype
from ..dtypes import bool_, number, uint8
from ..kernels import indexing as kernels
from ..tensor import Tensor, wrap
from ..warning import warn
from .nonzero import nonzero


def _check_mask(self: Tensor, mask: Tensor, *rest: Any) -> None:
    value = rest[0] if rest else None
    if isinstance(value, Tensor) and value.dim():
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.dim()} dimension(s)."
        )
    if mask._dtype is not bool_:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask._dtype.c_name}")
    if isinstance(value, Tensor) and value.is_complex() and not self.is_complex():
        number(value._array.item(), self._dtype)
    check_broadcast(mask, self)


def _check_filling(self: Tensor, mask: Tensor, value: complex) -> None:
    _check_mask(self, mask)
    number(value, self._dtype)


def masked_fill_backward(grad: Tensor, mask: Tensor) -> Tensor:
    """The gradient of the value: the sum over where it was written."""
    if is_wrapped(grad, mask):
        return grad.masked_fill(mask.logical_not(), 0).sum()
    return grad.masked_select(mask).sum()


MASK_SHARING = (
    "Use of masked_fill_ on expanded tensors is deprecated. Please clone() the tensor before performing this "
    "operation. This also applies to advanced indexing e.g. tensor[mask] = scalar"
)

masked_fill = op(
    "masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor", kernels.masked_fill,
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    value=lambda grad, mask: masked_fill_backward(grad, mask),
    tangent=lambda self_t, mask, value_t: self_t.masked_fill(mask, value_t),
    check=_check_mask, structural=True, node="MaskedFillBackward1", inplace=True, batch=EACH, makes_real=False,
    rows=True, sharing=MASK_SHARING,
    writes=2,
)  # fmt: skip
masked_fill = op(
    "masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor", kernels.masked_fill,
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    tangent=lambda self_t, mask: self_t.masked_fill(mask, 0),
    check=_check_filling, structural=True, inplace=True, batch=EACH,
    rows=True, sharing=MASK_SHARING,
    writes=2,
)  # fmt: skip
_where = op(
    "where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", kernels.where,
    self=lambda grad, condition: _where(condition, grad, _zero(grad)),
    other=lambda grad, condition: _where(condition, _zero(grad), grad),
    method=False, name="_where", node="WhereBackward0", elementwise=True, makes_real=False,
)  # fmt: skip


def _zero(like: Tensor) -> Tensor:
    return wrap(np.zeros((), like._array.dtype), like._dtype)


def _where_promoted(condition: Tensor, self: Any, other: Any) -> Tensor:
    if condition._dtype not in (bool_, uint8):
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition._dtype.scalar_type}"
        )
    if condition._dtype is uint8:
        warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead.",
            once=True,
        )
    check_broadcast(condition, self, other)
    common = common_dtype((self, other))
    if isinstance(self, Tensor) and isinstance(other, Tensor):
        return _where(condition, self, other)
    first, second = (  # beside a number a tensor is converted before, which its graph shows
        one.to(common) if isinstance(one, Tensor) else wrap(np.asarray(one).astype(common.numpy), common)
        for one in (self, other)
    )
    return _where(condition, first, second)


def _nonzero_tuple(condition: Tensor) -> tuple[Tensor, ...]:
    return nonzero(condition, as_tuple=True)


where = op("where(Tensor condition) -> Tensor[]", composite=_nonzero_tuple, method=False)
where = op(
    "where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", composite=_where_promoted, method=False,
    elementwise=True, out=Output("Expected out type to be {result.scalar_type} but got {out.scalar_type}"),
)  # fmt: skip
for _form in (
    "ScalarSelf(Tensor condition, Scalar self, Tensor other)",
    "ScalarOther(Tensor condition, Tensor self, Scalar other)",
    "Scalar(Tensor condition, Scalar self, Scalar other)",
):
    where = op(f"where.{_form} -> Tensor", composite=_where_promoted, method=False, elementwise=True)


_WHERE = ("(Tensor condition, Tensor other)", "(Tensor condition, Number other)")


def _where_method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """``self`` where the condition is true, else ``other``."""
    given = dict(zip(("condition", "other"), args, strict=False)) | kwargs
    fits = given.keys() == {"condition", "other"} and len(given) == len(args) + len(kwargs)
    if not fits or not isinstance(given["condition"], Tensor) or not isinstance(given["other"], (Tensor, Number)):
        raise TypeError(invalid_of("where", _WHERE, args, kwargs))
    return where(given["condition"], self, given["other"])


Tensor.where = _where_method
masked_select = op(
    "masked_select(Tensor self, Tensor mask) -> Tensor", kernels.masked_select,
    self=lambda grad, self, mask: _masked_select_backward(grad, self.shape, mask),
    tangent=lambda self_t, mask: self_t.masked_select(mask),
    check=lambda self, mask: _check_selection(self, mask), structural=True,
    apart=0, out=Output("masked_select(): self and result must have the same scalar type", single=True, early=True),
    on_meta=NO_META_KERNEL,
)  # fmt: skip


def _check_selection(self: Tensor, mask: Tensor) -> None:
    if mask._dtype is not bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    check_broadcast(mask, self)


def _masked_select_backward(grad: Tensor, sizes: tuple[int, ...], mask: Tensor) -> Tensor:
    shape = np.broadcast_shapes(sizes, mask.shape)
    zeros, chosen = grad.new_zeros(shape), mask.expand(shape)
    return written(zeros, "masked_scatter", chosen, grad)


def _check_masked_scatter(self: Tensor, mask: Tensor, source: Tensor) -> None:
    if self._dtype is not source._dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{self._dtype.scalar_type} and {source._dtype.scalar_type}"
        )
    if mask._dtype is uint8:
        warn(
            "masked_scatter_ received a mask with dtype torch.uint8, this behavior is now deprecated,please use a mask "
            "with dtype torch.bool instead.", once=True,
        )  # fmt: skip
    if mask._dtype is not bool_:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask._dtype.scalar_type}"
        )


def _masked_scatter(self: np.ndarray, mask: np.ndarray, source: np.ndarray) -> np.ndarray:
    found, chosen = np.broadcast_arrays(self, mask)
    found = found.copy()
    count = np.count_nonzero(chosen)
    if count > source.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    found[chosen] = source.reshape(-1)[:count]
    return found


masked_scatter = op(
    "masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor", _masked_scatter,
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    source=lambda grad, mask, source_sym_sizes: masked_scatter_backward(grad, mask, source_sym_sizes),
    check=_check_masked_scatter, structural=True, inplace=True,
    writes=2,
)  # fmt: skip


def _selected(grad_output: np.ndarray, mask: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    grad, chosen = np.broadcast_arrays(grad_output, mask)
    found = np.zeros(sizes, grad.dtype)
    values = grad[chosen]
    found.reshape(-1)[: values.size] = values
    return found


masked_scatter_backward = op(
    "masked_scatter_backward(Tensor grad_output, Tensor mask, SymInt[] sizes) -> Tensor", _selected,
    grad_output=lambda grad, grad_output_info, mask: grad.new_zeros(grad_output_info).masked_scatter(
        mask, grad
    ),
    method=False, structural=True,
)  # fmt: skip
