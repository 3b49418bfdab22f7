"""Views and rearrangements: what changes a tensor's shape, not its elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import views
from ..autograd.levels import LEVELS
from ..checks import wrap_dims
from ..declare.op import ALONG, EACH, LEADING, op
from ..dispatch.arguments import size_argument
from ..dispatch.outputs import SAME
from ..dtypes import DIFFERENTIABLE
from ..formulas.shape import (
    permute_backward,
    repeat_backward,
    unsqueeze_to,
)
from ..kernels import shape as kernels
from ..layout import contiguous_format, element_strides, memory_format, preserve_format, wrap_dim
from ..sparse_array import SparseArray
from ..tensor import Tensor, type_text, wrap
from ..warning import warn

Sizes = Sequence[int]

# Other shapes.

_alias, alias_copy = op(
    "alias(Tensor(a) self) -> Tensor(a)", lambda self: self[...],
    self=lambda grad: grad,
    tangent=lambda self_t: self_t,
    structural=True, view="view", method=False, copy=True,
)  # fmt: skip

view, view_copy = op(
    "view(Tensor(a) self, SymInt[] size) -> Tensor(a)", kernels.view,
    self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes),
    structural=True, view="view", copy=True,
)  # fmt: skip
_unsafe_view = op(
    "_unsafe_view(Tensor self, SymInt[] size) -> Tensor", kernels.view,
    self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes),
    structural=True, node="UnsafeViewBackward0", method=False,
)  # fmt: skip


def _view_dtype(self: Tensor, dtype: Any) -> Tensor:
    if dtype is self._dtype:
        return _alias(self)
    if self.is_conj() or self.is_neg():
        kind = "conjugate" if self.is_conj() else "negated"
        raise RuntimeError(
            f"torch.Tensor.view is not supported for {kind} view tensors when converting to a different dtype."
        )
    if dtype.itemsize != self._dtype.itemsize and self.dim() == 0:
        raise RuntimeError(
            f"self.dim() cannot be 0 to view {self._dtype.scalar_type} as {dtype.scalar_type} (different element sizes)"
        )
    if dtype.itemsize > self._dtype.itemsize:
        ratio = dtype.itemsize // self._dtype.itemsize
        if self.shape[-1] % ratio:
            raise RuntimeError(
                f"self.size(-1) must be divisible by {ratio} to view {self._dtype.scalar_type} as {dtype.scalar_type} "
                f"(different element sizes), but got {self.shape[-1]}"
            )
    if self._extra is not None and (found := self._extra.wrapped) is not None:
        value = found.value if found.dim in (None, 0) else found.value.movedim(found.dim, 0)
        return found.level.wrap(_view_dtype(value, dtype), None if found.dim is None else 0)
    if isinstance(self._array, SparseArray):
        raise NotImplementedError("Cannot access storage of SparseTensorImpl")
    if dtype.itemsize != self._dtype.itemsize:
        _check_lies_for(self, dtype)
    result = wrap(self._array.view(dtype.numpy), dtype)
    if dtype in DIFFERENTIABLE:
        views.make_view(result, self)
    else:  # shares memory and versions, but is no part of the graph
        result._counter = self._counter = self._counter or [0]
    return result


def _check_lies_for(self: Tensor, dtype: Any) -> None:
    """Refuse to read elements as ones of another size unless they lie together, and larger ones at their multiples."""

    def refuse(what: str, must: str, found: int) -> None:
        raise RuntimeError(
            f"self.{what} must be {must} to view {self._dtype.scalar_type} as {dtype.scalar_type} (different element "
            f"sizes), but got {found}"
        )

    ratio, strides = dtype.itemsize // self._dtype.itemsize, element_strides(self._array)
    if ratio and self.storage_offset() % ratio:
        refuse("storage_offset()", f"divisible by {ratio}", self.storage_offset())
    if strides[-1] != 1:
        refuse("stride(-1)", "1", strides[-1])
    for i, step in enumerate(strides[:-1] if ratio else ()):
        if step % ratio:
            refuse(f"stride({i})", f"divisible by {ratio}", step)


view = op("view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)", composite=_view_dtype)
view_copy = op(
    "view_copy.dtype(Tensor self, ScalarType dtype) -> Tensor",
    composite=lambda self, dtype: clone(_view_dtype(self, dtype)), method=False,
)  # fmt: skip


_reshape_alias = op(
    "_reshape_alias(Tensor(a) self, SymInt[] size, SymInt[] stride) -> Tensor(a)",
    lambda self, size, stride: kernels.view(self, size),
    self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes),
    structural=True, view="view", node="ReshapeAliasBackward0", method=False,
)  # fmt: skip


def _reshape(self: Tensor, shape: tuple[int, ...]) -> Tensor:
    if self.is_contiguous():
        return view(self, shape)
    shape = kernels.infer_size(shape, self.numel())
    if isinstance(self._array, SparseArray):
        raise RuntimeError("reshape is not implemented for sparse tensors")
    twin = getattr(self._array, "twin", None)  # of elements that a class has
    try:
        found = np.reshape(self._array if twin is None else twin, shape, copy=False)
    except ValueError:
        return _unsafe_view(clone(self, memory_format=contiguous_format), shape)
    if twin is not None or LEVELS.get():  # of which torch does not alias the memory
        return view(self, shape)
    return _reshape_alias(self, shape, element_strides(found))


reshape = op("reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)", composite=_reshape)
reshape_as = op(
    "reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)", composite=lambda self, other: self.reshape(other.shape)
)
view_as = op("view_as(Tensor(a) self, Tensor other) -> Tensor(a)", composite=lambda self, other: self.view(other.shape))


def _flatten(self: Tensor, start_dim: int, end_dim: int) -> Tensor:
    ndim = self.dim()
    start, end = wrap_dim(start_dim, ndim), wrap_dim(end_dim, ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if ndim == 0:
        return self.reshape((1,))
    if start == end:
        return self
    sizes = self.shape
    return self.reshape((*sizes[:start], sizes[start : end + 1].numel(), *sizes[end + 1 :]))


flatten = op("flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)", composite=_flatten)


def _unflatten(self: Tensor, dim: int, sizes: tuple[int, ...]) -> Tensor:
    dim = wrap_dim(dim, self.dim())
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        inferred = kernels.infer_size(sizes, self.shape[dim])
    except RuntimeError as error:
        if "is invalid for" not in str(error):
            raise
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({self.shape[dim]}) "
            "in the input tensor"
        ) from None
    return self.view((*self.shape[:dim], *inferred, *self.shape[dim + 1 :]))


unflatten = op("unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)", composite=_unflatten)
ravel = op("ravel(Tensor(a) self) -> Tensor(a)", composite=lambda self: self.contiguous().view((-1,)))

# Dimensions of length one.


def _check_new_dim(self: Tensor, dim: int) -> None:
    wrap_dim(dim, self.dim() + 1)


unsqueeze, unsqueeze_copy = op(
    "unsqueeze(Tensor(a) self, int dim) -> Tensor(a)", np.expand_dims,
    self=lambda grad, dim: grad.squeeze(dim),
    check=_check_new_dim, structural=True, view="view", copy=True, batch=ALONG,
)  # fmt: skip
squeeze, squeeze_copy = op(
    "squeeze(Tensor(a) self) -> Tensor(a)", np.squeeze,
    self=lambda grad, self_sym_sizes: unsqueeze_to(grad, self_sym_sizes),
    structural=True, view="view", copy=True,
)  # fmt: skip
squeeze, squeeze_copy = op(
    "squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
    lambda self, dim: kernels.squeeze(self, (dim % max(self.ndim, 1),)),
    self=lambda grad, self_sym_sizes, dim: unsqueeze_to(grad, self_sym_sizes, (dim,)),
    check=lambda self, dim: wrap_dim(dim, self.dim()), structural=True, view="view", node="SqueezeBackward1", copy=True,
    batch=ALONG,
)  # fmt: skip
squeeze, squeeze_copy = op(
    "squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
    lambda self, dim: kernels.squeeze(self, tuple(d % max(self.ndim, 1) for d in dim)),
    self=lambda grad, self_sym_sizes, dim: unsqueeze_to(grad, self_sym_sizes, dim),
    check=lambda self, dim: wrap_dims(dim, self.dim()), structural=True, view="view", node="SqueezeBackward2",
    copy=True, batch=ALONG,
)  # fmt: skip


def check_expand(self: Tensor, size: Sizes, implicit: bool = False) -> None:
    leading = len(size) - self.dim()
    if leading < 0:
        raise RuntimeError(
            f"expand({type_text(self._array, self._dtype)}{{{list(self.shape)}}}, size={list(size)}): the number of "
            f"sizes provided ({len(size)}) must be greater or equal to the number of dimensions in the tensor "
            f"({self.dim()})"
        )
    for i, n in reversed([*enumerate(size)]):
        if i < leading:
            if n < 0:
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing dimension {i}"
                )
        elif n < -1 and self.shape[i - leading] == 1:
            raise RuntimeError("numel: integer multiplication overflow")
        elif n != -1 and self.shape[i - leading] not in (1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({self.shape[i - leading]}) at "
                f"non-singleton dimension {i}.  Target sizes: {list(size)}.  Tensor sizes: {list(self.shape)}"
            )


expand, expand_copy = op(
    "expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
    lambda self, size, implicit: kernels.expand(self, size),
    self=lambda grad, self_sym_sizes: sum_to_size(grad, self_sym_sizes),
    check=check_expand, structural=True, view="view", copy=True,
)  # fmt: skip
expand_as = op(
    "expand_as(Tensor(a) self, Tensor other) -> Tensor(a)", composite=lambda self, other: self.expand(other.shape)
)
broadcast_to = op(
    "broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)", composite=lambda self, size: self.expand(size)
)


def sum_to_size(self: Tensor, size: Sizes) -> Tensor:
    """The sum over what broadcasting from ``size`` to the tensor's shape adds or stretches.

    Raises:
        RuntimeError: if ``size`` does not broadcast to the tensor's shape.
    """
    from ..autograd.accumulation import is_expandable
    from ..autograd.backward import sum_to

    if not is_expandable(tuple(size), self.shape):
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(self.shape)}}}.")
    if not size:
        return self.sum()
    return self if self.shape == tuple(size) else sum_to(self, tuple(size))


def _method_sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """Summed over what was expanded from this size.  Source: ``torch.Tensor.sum_to_size``."""
    return sum_to_size(self, size_argument("sum_to_size", size))


Tensor.sum_to_size = _method_sum_to_size
_method_sum_to_size.__name__ = _method_sum_to_size.__qualname__ = "sum_to_size"

# Other orders of the dimensions.


def _check_permute(self: Tensor, dims: Sizes) -> None:
    if len(dims) != self.dim():
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {self.dim()} is not equal to len(dims) = {len(dims)}"
        )
    seen = set()
    for d in dims:
        wrapped = wrap_dim(d, self.dim())
        if wrapped in seen:
            raise RuntimeError("permute(): duplicate dims are not allowed.")
        seen.add(wrapped)


permute, permute_copy = op(
    "permute(Tensor(a) self, int[] dims) -> Tensor(a)", np.transpose,
    self=lambda grad, dims: permute_backward(grad, dims),
    check=_check_permute, structural=True, view="view", copy=True,
)  # fmt: skip


def _check_two_dims(self: Tensor, dim0: int, dim1: int) -> None:
    wrap_dim(dim0, self.dim())
    wrap_dim(dim1, self.dim())


transpose, transpose_copy = op(
    "transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
    lambda self, dim0, dim1: np.swapaxes(self, dim0, dim1) if self.ndim else self[...],
    self=lambda grad, dim0, dim1: grad.transpose(dim0, dim1),
    check=_check_two_dims, structural=True, view="view", copy=True, batch=ALONG,
)  # fmt: skip


swapaxes = op(
    "swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)",
    composite=lambda self, axis0, axis1: self.transpose(axis0, axis1),
    inplace=lambda self, axis0, axis1: self.transpose_(axis0, axis1),
)
swapdims = op(
    "swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
    composite=lambda self, dim0, dim1: self.transpose(dim0, dim1),
    inplace=lambda self, dim0, dim1: self.transpose_(dim0, dim1),
)


def _check_t(self: Tensor, name: str = "t") -> None:
    if self.dim() > 2:
        raise RuntimeError(f"{name}() expects a tensor with <= 2 dimensions, but self is {self.dim()}D")


t, t_copy = op(
    "t(Tensor(a) self) -> Tensor(a)", lambda self: self.T,
    self=lambda grad: grad.t(),
    check=_check_t, structural=True, view="view", copy=True,
)  # fmt: skip


def _movedim(self: Tensor, source: Sizes, destination: Sizes) -> Tensor:
    ndim = self.dim()
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number "
            f"of dims as destination ({list(destination)} dims)"
        )
    origin = [wrap_dim(d, ndim) for d in source]
    target = [wrap_dim(d, ndim) for d in destination]
    for name, dims, given in (("source", origin, source), ("destination", target, destination)):
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given)})")
    order = [d for d in range(ndim) if d not in origin]
    for place, d in sorted(zip(target, origin, strict=True)):
        order.insert(place, d)
    return self.permute(tuple(order)) if ndim else _alias(self)


movedim, moveaxis = op(
    "movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
    composite=lambda self, source, destination: _movedim(self, (source,), (destination,)),
    also=("moveaxis",),
)
movedim, moveaxis = op(
    "movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
    composite=_movedim,
    also=("moveaxis",),
)


_IDENTITY = "This function is the identity in these cases."
_CONJUGATE = "Consider using x.conj()."


def _warn_of_a_number(name: str, advice: str) -> None:
    warn(f"{name} is deprecated on 0-D tensors. {advice}", once=True)


def _reversed(self: Tensor) -> Tensor:
    """``x.T``: the dimensions in reverse."""
    if not self.dim():
        _warn_of_a_number("Tensor.T", _IDENTITY)
    elif self.dim() != 2:
        warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute("
            "*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            once=True,
        )
    return self.permute(tuple(reversed(range(self.dim()))))


def _check_matrices(self: Tensor, name: str) -> None:
    if self.dim() < 2:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")


def _matrix_transpose(self: Tensor) -> Tensor:
    """``x.mT``: the last two dimensions exchanged."""
    if not self.dim():
        _warn_of_a_number("Tensor.mT", _IDENTITY)
        return self
    _check_matrices(self, "mT")
    return self.transpose(-2, -1)


def _hermitian(self: Tensor) -> Tensor:
    """``x.H``: the conjugate transpose of a matrix."""
    if not self.dim():
        _warn_of_a_number("Tensor.H", _CONJUGATE)
        return self.conj()
    if self.dim() != 2:
        hint = " For batches of matrices, consider using tensor.mH" if self.dim() > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.dim()}-D tensor.{hint}")
    return _adjoint(self)


def _adjoint(self: Tensor) -> Tensor:
    if not self.dim():
        _warn_of_a_number("adjoint()", _CONJUGATE)
        return self.conj()
    _check_matrices(self, "adjoint()")
    return self.transpose(-2, -1).conj()


def _matrix_hermitian(self: Tensor) -> Tensor:
    """``x.mH``: the conjugate transpose of the last two dimensions."""
    if not self.dim():
        _warn_of_a_number("Tensor.mH", _CONJUGATE)
        return self.conj()
    _check_matrices(self, "mH")
    return _adjoint(self)


adjoint = op("adjoint(Tensor(a) self) -> Tensor(a)", composite=_adjoint)
Tensor.T = property(_reversed)
Tensor.mT = property(_matrix_transpose)
Tensor.H = property(_hermitian)
Tensor.mH = property(_matrix_hermitian)

# The same in place: the tensor itself gets another geometry.

op(
    "unsqueeze_(Tensor(a!) self, int dim) -> Tensor(a!)", np.expand_dims,
    self=lambda grad, dim: grad.squeeze(dim),
    check=_check_new_dim, structural=True, view="view", node="UnsqueezeBackward1",
)  # fmt: skip
op(
    "squeeze_(Tensor(a!) self) -> Tensor(a!)", np.squeeze,
    self=lambda grad, self_sym_sizes: unsqueeze_to(grad, self_sym_sizes),
    structural=True, view="view", node="SqueezeBackward3",
)  # fmt: skip
op(
    "squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)",
    lambda self, dim: kernels.squeeze(self, (dim % max(self.ndim, 1),)),
    self=lambda grad, self_sym_sizes, dim: unsqueeze_to(grad, self_sym_sizes, (dim,)),
    check=lambda self, dim: wrap_dim(dim, self.dim()), structural=True, view="view", node="SqueezeBackward4",
)  # fmt: skip
op(
    "squeeze_.dims(Tensor(a!) self, int[] dim) -> Tensor(a!)",
    lambda self, dim: kernels.squeeze(self, tuple(d % max(self.ndim, 1) for d in dim)),
    self=lambda grad, self_sym_sizes, dim: unsqueeze_to(grad, self_sym_sizes, dim),
    check=lambda self, dim: wrap_dims(dim, self.dim()), structural=True, view="view", node="SqueezeBackward5",
)  # fmt: skip
op(
    "transpose_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)",
    lambda self, dim0, dim1: np.swapaxes(self, dim0, dim1) if self.ndim else self[...],
    self=lambda grad, dim0, dim1: grad.transpose(dim0, dim1),
    check=_check_two_dims, structural=True, view="view", node="TransposeBackward1",
)  # fmt: skip
op(
    "t_(Tensor(a!) self) -> Tensor(a!)", lambda self: self.T,
    self=lambda grad: grad.t(),
    check=lambda self: _check_t(self, "t_"), structural=True, view="view", node="TBackward1",
)  # fmt: skip
# Copies.


def _clone(self: Any, memory_format: memory_format | None) -> Any:
    return kernels.clone(self, None if memory_format is None else memory_format.order(self.ndim))


clone = op(
    "clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor", _clone,
    self=lambda grad: grad,
    structural=True, batch=EACH,
    writes=1,
)  # fmt: skip


def _contiguous(self: Tensor, memory_format: memory_format | None) -> Tensor:
    wanted = memory_format or contiguous_format
    if self.is_contiguous(wanted):
        return self
    if wanted is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return clone(self, memory_format=wanted)


contiguous = op(
    "contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous_format) -> Tensor(a)", composite=_contiguous
)
repeat = op(
    "repeat(Tensor self, SymInt[] repeats) -> Tensor", kernels.repeat,
    self=lambda grad, repeats, self_sym_sizes: repeat_backward(grad, repeats, self_sym_sizes),
    check=lambda self, repeats: _check_repeat(self, repeats), structural=True,
    rows=True, writes=lambda self, repeats: int(0 not in repeats),
)  # fmt: skip


def _check_repeat(self: Tensor, repeats: Sizes) -> None:
    if len(repeats) < self.dim():
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    sizes = [n * m for n, m in zip((1,) * (len(repeats) - self.dim()) + tuple(self.shape), repeats, strict=True)]
    if min(repeats, default=0) < 0:
        first = next((n for n in sizes if n < 0), 0)
        raise RuntimeError(f"Trying to create tensor with negative dimension {first}: {sizes}")


def _tile(self: Tensor, dims: Sizes) -> Tensor:
    return self.repeat((1,) * (self.dim() - len(dims)) + tuple(dims))


tile = op("tile(Tensor self, SymInt[] dims) -> Tensor", composite=_tile)
flip = op(
    "flip(Tensor self, int[] dims) -> Tensor", kernels.flip,
    self=lambda grad, dims: grad.flip(dims),
    check=lambda self, dims: wrap_dims(dims, self.dim()), structural=True, batch=ALONG,
    writes=lambda self, dims: int(not self.numel() or all(self.dim() == 0 or self.shape[dim] == 1 for dim in dims)),
)  # fmt: skip
roll = op(
    "roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor", kernels.roll,
    self=lambda grad, shifts, dims: grad.roll(tuple(-s for s in shifts), dims),
    check=lambda self, shifts, dims: _check_roll(self, shifts, dims), structural=True, batch=ALONG,
    rows=True,
)  # fmt: skip


def _check_roll(self: Tensor, shifts: Sizes, dims: Sizes) -> None:
    if not shifts:
        raise RuntimeError("`shifts` required")
    if (dims and len(dims) != len(shifts)) or (len(shifts) > 1 and not dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    for dim in dims:
        wrap_dim(dim, self.dim(), scalar=False)


def _check_matrix(name: str) -> Any:
    def check(self: Tensor, diagonal: int) -> None:
        if self.dim() < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")

    return check


tril = op(
    "tril(Tensor self, SymInt diagonal=0) -> Tensor", lambda self, diagonal: kernels.tri(self, diagonal, False),
    self=lambda grad, diagonal: grad.tril(diagonal),
    check=_check_matrix("tril"), structural=True, inplace=True, out=SAME, batch=LEADING,
    rows=True,
)  # fmt: skip
triu = op(
    "triu(Tensor self, SymInt diagonal=0) -> Tensor", lambda self, diagonal: kernels.tri(self, diagonal, True),
    self=lambda grad, diagonal: grad.triu(diagonal),
    check=_check_matrix("triu"), structural=True, inplace=True, out=SAME, batch=LEADING,
    rows=True,
)  # fmt: skip
