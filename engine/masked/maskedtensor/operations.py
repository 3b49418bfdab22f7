"""What operations do with masked tensors.

An elementwise operation works on the elements and keeps the mask; of two operands the masks must match.  What moves
elements moves the mask with them.  A reduction leaves out what is masked (``ops.py``), and its result is masked where
all was.  Other operations are refused.

Source: ``torch.masked``, and what torch says of each operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...autograd.function import Function
from ...dtypes import bool_, int32
from ...layout import sparse_coo, sparse_csr, strided
from ...nn import functional
from ...ops import reduction
from ...ops.creation import ones_like, zeros_like
from ...ops.data import tensor
from ...ops.masking import where
from ...ops.sparse_construction import sparse_coo_tensor, sparse_csr_tensor
from ...tensor import Tensor
from ...warning import warn
from .. import ops
from .core import (
    FUNCTIONS,
    OPERATIONS,
    UNSUPPORTED,
    MaskedTensor,
    as_masked_tensor,
    is_masked_tensor,
    masked_tensor,
    same_places,
    tensors_match,
)


def _data(value: Any) -> Any:
    """The value with the elements of masked tensors in their place."""
    return _mapped(value, lambda masked: masked.get_data())


def _masks(value: Any) -> Any:
    return _mapped(value, lambda masked: masked.get_mask())


def _mapped(value: Any, part: Callable[[MaskedTensor], Tensor]) -> Any:
    if isinstance(value, MaskedTensor):
        return part(value)
    return type(value)(_mapped(one, part) for one in value) if isinstance(value, (list, tuple)) else value


def _wrapped(data: Any, mask: Any) -> Any:
    if isinstance(data, (list, tuple)):
        return type(data)(_wrapped(*pair) for pair in zip(data, mask, strict=True))
    return MaskedTensor(data, mask)


def _with_values(like: Tensor, values: Tensor) -> Tensor:
    """A sparse tensor with other elements in the same places."""
    if like.layout is sparse_coo:
        return sparse_coo_tensor(like.indices(), values, like.size())
    return sparse_csr_tensor(like.crow_indices(), like.col_indices(), values, like.size())


def _result(func: Any, target: MaskedTensor, data: Tensor, mask: Tensor) -> MaskedTensor:
    if not func.overloadpacket.__name__.endswith("_"):
        return MaskedTensor(data, mask)
    target._set_data_mask(data, mask)
    return target


# Elementwise operations.

UNARY = (
    "abs", "acos", "acosh", "angle", "asin", "asinh", "atan", "atanh", "bitwise_not", "ceil", "clamp",
    "conj_physical", "cos", "cosh", "deg2rad", "digamma", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "floor",
    "frac", "lgamma", "log", "log10", "log1p", "log2", "logit", "i0", "isnan", "nan_to_num", "neg", "positive", "pow",
    "rad2deg", "reciprocal", "round", "rsqrt", "sigmoid", "sign", "sgn", "signbit", "sin", "sinc", "sinh", "sqrt",
    "square", "tan", "tanh", "trunc",
)  # fmt: skip


def _unary(func: Any, *args: Any, **kwargs: Any) -> MaskedTensor:
    if kwargs:
        raise ValueError(
            "MaskedTensor unary ops require that len(kwargs) == 0. If you need support for this, please open an issue "
            "on Github."
        )
    if any(isinstance(one, Tensor) for one in args[1:]):
        raise TypeError("MaskedTensor unary ops do not support additional Tensor arguments")
    target, *rest = args
    data = target._masked_data
    if data.layout is strided:
        return _result(func, target, func(data, *rest), target._masked_mask)
    return _result(func, target, _with_values(data, func(data.values(), *rest)), target._masked_mask)


BINARY = (
    "add", "atan2", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "div",
    "floor_divide", "fmod", "logaddexp", "logaddexp2", "mul", "nextafter", "remainder", "sub", "eq", "ne", "le", "ge",
    "gt", "lt", "maximum", "minimum", "fmax", "fmin",
)  # fmt: skip


def _binary(func: Any, *args: Any, **kwargs: Any) -> MaskedTensor:
    if kwargs:
        raise ValueError("len(kwargs) must equal 0")
    first, second, *rest = args
    if any(isinstance(one, Tensor) for one in rest):
        raise TypeError("MaskedTensor binary ops do not support Tensor arguments aside from the lhs and rhs")
    if is_masked_tensor(first) and is_masked_tensor(second) and not tensors_match(_masks(first), _masks(second)):
        raise ValueError("Input masks must match. If you need support for this, please open an issue on Github.")
    masked = first if is_masked_tensor(first) else second
    left, right = _data(first), _data(second)
    if left.layout is strided:
        found = func(left, right, *rest)
        mask = masked.get_mask()
        return _result(func, first, found, mask if found.shape == mask.shape else mask.expand_as(found))
    if isinstance(right, Tensor) and right.layout is left.layout:
        if not same_places(left, right):
            raise ValueError(
                f"{left.layout.__repr__().removeprefix('torch.')} indices must match. If you need support for this, "
                "please open an issue on Github."
            )
        if left.size() != right.size():
            raise ValueError("input1 and input2 must have the same size for binary functions.")
        right = right.values()
    return _result(func, first, _with_values(left, func(left.values(), right, *rest)), masked.get_mask())


# What moves elements.

MOVING = (
    "select", "transpose", "split", "t", "slice", "slice_backward", "select_backward", "index", "expand", "view",
    "_unsafe_view", "_reshape_alias", "cat", "unsqueeze", "unfold", "unfold_backward", "im2col", "col2im", "stack",
)  # fmt: skip


def _moving(func: Any, *args: Any, **kwargs: Any) -> Any:
    named = {name: _data(value) for name, value in kwargs.items()}
    data = func(*map(_data, args), **named)
    return _wrapped(data, func(*map(_masks, args), **{name: _masks(value) for name, value in kwargs.items()}))


# Reductions.

REDUCTIONS = ("sum", "mean", "amin", "amax", "argmin", "argmax", "prod", "all", "norm", "var", "std")


def _all(data: Tensor, dim: Any = None, *, keepdim: bool = False, mask: Tensor, dtype: Any = None) -> Tensor:
    data = data.masked_fill(~mask, True)
    return data.all() if dim is None else data.all(dim, keepdim)


def _reduced_to_one(name: str, masked: MaskedTensor) -> MaskedTensor:
    data, mask = masked.get_data(), masked.get_mask()
    reduce: Any = _all if name == "all" else getattr(ops, name)
    if not masked.is_sparse:
        found = reduce(data if name == "all" else masked, mask=mask)
    elif name == "all":
        mask = mask.values()
        found = reduce(data.values(), mask=mask)
    else:
        mask = mask.values()
        found = reduce(masked_tensor(data.values(), mask))
        if name in ("argmin", "argmax") and masked.is_sparse_coo():
            place = data.indices().unbind(1)[int(found.to(dtype=int32))]
            found = reduction.sum(place * (data.numel() / tensor([*data.shape]).cumprod(0)))
    return as_masked_tensor(found, mask.any())


def _reduced(name: str, self: Any, dim: Any, keepdim: bool = False, dtype: Any = None) -> Any:
    if self.is_sparse:
        warn(f"The sparse version of {name} is not implemented in reductions.\n{UNSUPPORTED}")
        return NotImplemented
    if not is_masked_tensor(self):
        raise TypeError("Input to reduce_dim must be a MaskedTensor")
    mask = self.get_mask()
    reduce = _all if name == "all" else getattr(ops, name)
    found = reduce(self.get_data() if name == "all" else self, dim=dim, keepdim=keepdim, dtype=dtype, mask=mask)
    for one in sorted([dim] if isinstance(dim, int) else dim, reverse=True):
        mask = mask.any(one, keepdim)
    return as_masked_tensor(found, mask)


def _reduction(name: str) -> Callable[..., Any]:
    def _reduce_dim_args(input: Any, dim: Any, keepdim: bool = False, dtype: Any = None) -> Any:
        return _reduced(name, input, dim, keepdim, dtype)

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            return _reduced_to_one(name, args[0])
        return _reduce_dim_args(*args, **kwargs)

    # An unknown argument is told by this name.
    _reduce_dim_args.__qualname__ = _reduce_dim_args.__name__
    return call


# Layouts, copies and conversions.


class _MaskedContiguous(Function):
    @staticmethod
    def forward(ctx: Any, masked: Any) -> MaskedTensor:
        if masked.is_contiguous():
            return masked
        return MaskedTensor(masked.get_data().contiguous(), masked.get_mask().contiguous())

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        return grad_output


class _MaskedToDense(Function):
    @staticmethod
    def forward(ctx: Any, masked: Any) -> MaskedTensor:
        if masked.layout is strided:
            return masked
        ctx.layout = masked.layout
        return MaskedTensor(masked.get_data().to_dense(), masked.get_mask().to_dense())

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Tensor:
        return grad_output.to_sparse_csr() if ctx.layout is sparse_csr else grad_output.to_sparse()


def _sparse(masked: Any, mask: Tensor) -> MaskedTensor:
    return MaskedTensor(masked.get_data().sparse_mask(mask), mask)


class _MaskedToSparse(Function):
    @staticmethod
    def forward(ctx: Any, masked: Any) -> MaskedTensor:
        if masked.layout is sparse_coo:
            return masked
        return _sparse(masked, masked.get_mask().to_sparse_coo().coalesce())

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Tensor:
        return grad_output.to_dense()


class _MaskedToSparseCsr(Function):
    @staticmethod
    def forward(ctx: Any, masked: Any) -> MaskedTensor:
        if masked.dim() != 2:
            raise ValueError(f"Only 2D tensors can be converted to the SparseCsr layout but got shape: {masked.size()}")
        if masked.layout is sparse_csr:
            return masked
        return _sparse(masked, masked.get_mask().to_sparse_csr())

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Tensor:
        return grad_output.to_dense()


def _where(condition: Any, input: Any, other: Any) -> MaskedTensor:
    masked = [
        one if is_masked_tensor(one) else MaskedTensor(one, ones_like(one, dtype=bool_)) for one in (input, other)
    ]
    data, mask = ([part(one) for one in masked] for part in (_data, _masks))
    return MaskedTensor(where(condition, *data), where(condition, *mask))


class _MaskedWhere(Function):
    @staticmethod
    def forward(ctx: Any, condition: Any, input: Any, other: Any) -> MaskedTensor:
        ctx.mark_non_differentiable(condition)
        ctx.save_for_backward(condition)
        return _where(condition, input, other)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> tuple[None, Tensor, Tensor]:
        (condition,) = ctx.saved_tensors
        return (
            None,
            _where(condition, grad_output, _masked_out(grad_output)),
            _where(condition, _masked_out(grad_output), grad_output),
        )


def _masked_out(masked: MaskedTensor) -> MaskedTensor:
    return MaskedTensor(masked.get_data(), zeros_like(masked.get_mask()))


def _checked_where(*args: Any, **kwargs: Any) -> Any:
    for given, kind, expected in ((args, "args", 3), (kwargs, "kwargs", 0)):
        if len(given) != expected:
            raise ValueError(f"__torch_function__, torch.where: len({kind}) must be {expected} but got {len(given)}")
    return _MaskedWhere.apply(*args)


def _copied(func: Any, masked: MaskedTensor, **_: Any) -> MaskedTensor:
    return MaskedTensor(func(masked._masked_data), masked.get_mask())


def _converted(func: Any, masked: MaskedTensor, *args: Any, **kwargs: Any) -> MaskedTensor:
    data = func(masked._masked_data, *args, **kwargs)
    return MaskedTensor(data, func(masked.get_mask(), *args, **{**kwargs, "dtype": bool_}))


def _ones_like(func: Any, masked: MaskedTensor, **kwargs: Any) -> MaskedTensor:
    return MaskedTensor(func(masked._masked_data, **kwargs), masked.get_mask())


def _copy(func: Any, target: MaskedTensor, source: Any, *_: Any) -> MaskedTensor:
    if is_masked_tensor(source) and not tensors_match(target.get_mask(), source.get_mask()):
        raise ValueError("args[0] mask and args[1] mask must match but do not")
    func(target._masked_data, _data(source))
    return target


def _softmax(func: Any, masked: MaskedTensor, dim: int, *_: Any) -> MaskedTensor:
    """Zeros where the mask is False, and where all of a row is."""
    data, mask = masked._masked_data, masked.get_mask()
    found = functional.softmax(data.masked_fill(~mask, -float("inf")), dim)
    return MaskedTensor(found.masked_fill(~mask.any(dim, True), 0), mask)


def _softmax_backward(func: Any, grad: Any, output: Any, dim: int, dtype: Any) -> MaskedTensor:
    if not (is_masked_tensor(grad) and is_masked_tensor(output)):
        raise ValueError(f"__torch_dispatch__, {func}: grad and output must both be MaskedTensors")
    if not tensors_match(grad.get_mask(), output.get_mask()):
        raise ValueError(f"__torch_dispatch__, {func}: expected the masks of grad and output to match")
    given = grad._masked_data.masked_fill(~grad.get_mask(), 0)
    result = output._masked_data
    return MaskedTensor(result * (given - (given * result).sum(dim, True)), grad.get_mask())


for _kind, _names in ((_unary, UNARY), (_binary, BINARY), (_moving, MOVING)):
    OPERATIONS |= dict.fromkeys(_names, _kind)
    if _kind is not _moving:
        OPERATIONS |= {f"{name}_": _kind for name in _names}
for _name in REDUCTIONS:
    FUNCTIONS[_name] = _reduce = _reduction(_name)
    OPERATIONS[_name] = lambda func, *args, reduce=_reduce, **kwargs: reduce(*args, **kwargs)
OPERATIONS |= {
    "detach": _copied, "clone": _copied, "_to_copy": _converted, "ones_like": _ones_like, "copy_": _copy,
    "_softmax": _softmax, "_softmax_backward_data": _softmax_backward, "where": lambda func, *args: _where(*args),
}  # fmt: skip
FUNCTIONS |= {
    "where": _checked_where, "contiguous": _MaskedContiguous.apply, "to_dense": _MaskedToDense.apply,
    "to_sparse": _MaskedToSparse.apply, "to_sparse_csr": _MaskedToSparseCsr.apply,
}  # fmt: skip
for _name in ("contiguous", "to_dense", "to_sparse", "to_sparse_csr"):
    setattr(MaskedTensor, _name, lambda self, *_, call=FUNCTIONS[_name]: call(self))
