"""What is done to nested tensors: most of it to every part."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..autograd.api import backward as run_backward
from ..layout import jagged
from ..ops.joining import cat, stack
from ..ops.matmul import matmul
from ..ops.padding import pad
from ..overrides import DisableTorchFunctionSubclass
from ..refusing import refused, refusing
from ..tensor import Tensor
from .tensors import NestedTensor, _Nested, again, shape_of, strided_of, strides_of, text_of

_BOTH = {
    "abs", "neg", "__neg__", "sin", "cos", "tanh", "sqrt", "relu", "gelu", "silu", "add", "__add__", "__radd__", "sub",
    "__sub__", "mul", "__mul__", "__rmul__", "div", "__truediv__", "clone", "detach", "contiguous", "to", "double",
    "float", "half", "bfloat16", "int", "long", "bool", "type", "dropout", "linear", "matmul", "__matmul__", "bmm",
    "zeros_like", "ones_like", "rand_like", "randn_like", "empty_like", "full_like", "masked_fill", "isnan", "isinf",
    "logical_not", "gt", "__gt__", "ge", "__ge__", "embedding", "relu_", "add_", "mul_", "fill_", "zero_", "copy_",
    "sgn", "scaled_dot_product_attention", "layer_norm", "cpu", "where", "multiply", "gelu_", "tanh_", "sub_", "div_",
}  # fmt: skip
"""The functions that all kinds have, done to each part."""
_JAGGED = {
    "log2", "sqrt_",
    "exp", "log", "sigmoid", "pow", "__pow__", "rsqrt", "square", "eq", "__eq__", "ne", "__ne__", "lt", "__lt__", "le",
    "__le__", "clamp", "floor", "ceil", "round", "sign", "erf", "log1p", "expm1", "reciprocal", "leaky_relu", "elu",
    "softplus", "__rsub__", "__rtruediv__", "rms_norm", "minimum", "maximum", "logical_and", "logical_or", "tan",
    "sinh", "cosh", "atan", "asin", "acos", "rsub", "mish", "selu", "hardtanh", "log10", "exp_", "sin_", "isclose",
    "bitwise_not", "__invert__", "remainder", "__mod__", "isfinite",
}  # fmt: skip
"""Those that the jagged have besides."""
_DIMENSION = {"softmax": 1, "log_softmax": 1, "squeeze": 1, "unsqueeze": 1, "chunk": 2, "split": 2, "narrow": 1}
"""Functions of each part along a dimension, and where among the arguments it stands."""
_NO_SIZES = "Internal error: NestedTensorImpl doesn't support sizes. Please file an issue."
_NO_STRIDES = "Internal error: NestedTensorImpl doesn't support strides. Please file an issue."


def call(func: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    """What a function of torch's gives where there are nested tensors among its arguments."""
    name = func.__name__
    if name in ("__get__", "__set__", "__delete__"):
        return _member(func, name, args)
    if name in _HANDLERS:
        return _HANDLERS[name](*args, **kwargs)
    given = _first(args, kwargs)
    if name == "split" and not isinstance(given, NestedTensor):
        _unsupported("split.Tensor")
    if name in _DIMENSION:
        return _along(func, name, given, args, kwargs)
    if name in _BOTH or (isinstance(given, NestedTensor) and name in _JAGGED):
        return _each(func, name, given, args, kwargs)
    name = name.strip("_")
    if isinstance(given, NestedTensor):
        raise NotImplementedError(f"aten.{_OPERATORS.get(name, f'{name}.default')}")
    if name in ("eq", "ne", "lt", "le"):
        raise RuntimeError(f"{name} does not support nested tensor as other value.")
    _unsupported(_OVERLOADS.get(name, name))


_OVERLOADS = {
    "pow": "pow.Tensor_Scalar", "to_sparse": "_to_sparse", "slice": "slice.Tensor", "invert": "bitwise_not",
    "remainder": "remainder.Scalar", "mod": "remainder.Scalar",
}  # fmt: skip
"""The names of operators as errors tell them."""
_OPERATORS = {
    "floordiv": "floor_divide.default", "tile": "repeat.default", "var": "var.correction", "std": "std.correction",
    "norm": "norm.ScalarOpt_dim", "linalg_norm": "linalg_vector_norm.default", "pad": "constant_pad_nd.default",
}  # fmt: skip
"""The same of the jagged, where they are not the functions'."""


def _unsupported(name: str, backend: str = "NestedTensorCPU") -> NoReturn:
    raise refused(name, backend)


def _first(args: tuple, kwargs: dict[str, Any]) -> _Nested:
    for one in (*args, *kwargs.values()):
        if isinstance(one, _Nested):
            return one
        if isinstance(one, (list, tuple)) and one and isinstance(one[0], _Nested):
            return one[0]
    raise AssertionError("no nested tensor among the arguments")


def _each(func: Callable[..., Any], name: str, given: _Nested, args: tuple, kwargs: dict[str, Any]) -> Any:
    """A function of each part."""
    dense = [one for one in (*args, *kwargs.values()) if isinstance(one, Tensor) and not isinstance(one, _Nested)]
    strided = not isinstance(given, NestedTensor)
    if strided and name.strip("_") in ("add", "sub", "mul", "div") and dense and dense[0].dim():
        raise RuntimeError("Expected both self and other to be nested, but got a nested self and non-nested other")
    if strided and name in ("matmul", "__matmul__", "bmm") and dense:
        raise RuntimeError("Expected both to be nested, but got a nested self and non-nested other")
    if name == "layer_norm" and strided and len(args) < 3 and kwargs.get("weight") is None:
        raise ValueError("NestedTensor layer_norm requires weight and bias")
    if name == "bmm":
        func = matmul  # the parts have a dimension less
    found = []
    for at in range(len(given._parts)):
        part = functools.partial(_part, at, given, name)
        found.append(func(*map(part, args), **{key: part(one) for key, one in kwargs.items()}))
    if name.endswith("_") and not name.startswith("__"):
        return args[0]
    return again(given, found)


def _part(at: int, given: _Nested, name: str, value: Any) -> Any:
    """What of an argument belongs to a part."""
    if isinstance(value, _Nested):
        return value._parts[at]
    shared = name in ("linear", "layer_norm", "rms_norm", "embedding")
    if not shared and isinstance(value, Tensor) and value.dim() == given.dims():
        return value[at if value.shape[0] > 1 else 0]
    return value


def _inner(given: _Nested, dim: int) -> int:
    """A dimension as the parts count it.

    Raises:
        IndexError: if there is none.
    """
    count = given.dims()
    if not -count <= dim < count:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {dim})")
    return dim % count - 1


def _along(func: Callable[..., Any], name: str, given: _Nested, args: tuple, kwargs: dict[str, Any]) -> Any:
    at = _DIMENSION[name]
    dim = kwargs.get("dim", args[at] if len(args) > at else 0)
    inner = _inner(given, dim) if name != "unsqueeze" else (dim % (given.dims() + 1)) - 1
    if inner < 0:
        if name == "narrow":
            return again(given, given._parts[args[2] : args[2] + args[3]])
        raise RuntimeError(
            f"{name}(): For nested tensors, squeezing dimension 0 is not supported at the moment if you need this "
            "feature, please open an issue on github describing your use case."
            if name == "squeeze" else f"{name}(): not supported for NestedTensor on dim=0"
        )  # fmt: skip
    if "dim" in kwargs:
        kwargs = {**kwargs, "dim": inner}
    else:
        args = (*args[:at], inner, *args[at + 1 :])
    results = [func(part, *args[1:], **kwargs) for part in given._parts]
    if name in ("chunk", "split"):
        return tuple(_beside(given, [one[n] for one in results]) for n in range(len(results[0])))
    return again(given, results)


def _beside(given: _Nested, parts: Sequence[Tensor]) -> _Nested:
    """A tensor of parts that do not lie one after the other."""
    found = again(given, parts)
    if isinstance(found, NestedTensor):
        found._is_contiguous = False
    return found


# What is not done part by part.


def _shape(given: _Nested) -> Any:
    if isinstance(given, NestedTensor):
        return shape_of(given)
    raise RuntimeError(_NO_SIZES)


def _size(given: _Nested, dim: int | None = None) -> Any:
    if dim is None:
        return _shape(given)
    inner = _inner(given, dim)
    if isinstance(given, NestedTensor):
        return shape_of(given)[inner + 1]
    if inner < 0:
        return len(given._parts)
    sizes = {part.shape[inner] for part in given._parts}
    if len(sizes) > 1:
        raise RuntimeError(f"Given dimension {inner + 1} is irregular and does not have a size.")
    return sizes.pop()


def _unbind(given: _Nested, dim: int = 0) -> tuple[Tensor, ...]:
    if dim:
        raise RuntimeError(f"NestedTensor can only be unbound along dimension 0 got dimension {dim} instead.")
    return tuple(part.view_as(part) for part in given._parts)


def _item(given: _Nested, index: Any) -> Tensor:
    first, *rest = index if isinstance(index, tuple) else (index,)
    if isinstance(given, NestedTensor) and isinstance(first, slice):
        raise RuntimeError("slice(): not supported for NestedTensor on dim=0")
    if isinstance(given, NestedTensor) and first is ...:
        return _beside(given, [part[..., *rest] for part in given._parts])
    if not isinstance(first, int):
        _unsupported("slice.Tensor")
    count = len(given._parts)
    if not -count <= first < count:
        raise IndexError(f"index {first} is out of bounds for dimension 0 with size {count}")
    part = given._parts[first]
    return part[tuple(rest)] if rest else part.view_as(part)


def padded(given: Any, padding: float, output_size: Any = None) -> Tensor:
    """`to_padded_tensor`."""
    if not isinstance(given, _Nested):
        _unsupported("to_padded_tensor", "CPU")
    parts = given._parts
    if not parts:
        raise RuntimeError("at least one constituent tensor should have non-zero numel")
    shape = [max(part.shape[dim] for part in parts) for dim in range(parts[0].dim())]
    if output_size is not None:
        if any(wanted < have for wanted, have in zip(output_size, [len(parts), *shape], strict=True)):
            raise RuntimeError(
                "Value in output_size is less than NestedTensor padded size. Truncation is not supported."
            )
        shape = list(output_size[1:])
    rows = []
    for part in parts:
        widths = [width for dim in reversed(range(part.dim())) for width in (0, shape[dim] - part.shape[dim])]
        rows.append(pad(part, widths, "constant", padding))
    return stack(rows)


def _transposed(given: _Nested, dim0: int, dim1: int) -> _Nested:
    a, b = _inner(given, dim0), _inner(given, dim1)
    if min(a, b) < 0:
        if isinstance(given, NestedTensor):
            raise ValueError("Transpose is not supported on the batch dimension for jagged NT")
        raise RuntimeError("Nested tensor dimension 0 cannot be transposed")
    ragged = None
    if isinstance(given, NestedTensor):
        ragged = {a + 1: b + 1, b + 1: a + 1}.get(given._ragged, given._ragged)
    return again(given, [part.transpose(a, b) for part in given._parts], ragged)


def _reshaped(given: _Nested, *shape: Any) -> _Nested:
    sizes = list(shape[0]) if len(shape) == 1 and isinstance(shape[0], (list, tuple)) else list(shape)
    if sizes[0] not in (len(given._parts), -1):
        raise RuntimeError(
            f"view: For now nested view cannot change or infer the implicit batch dimension but got {sizes[0]}"
        )
    found = []
    for part in given._parts:
        wanted = [
            part.shape[dim] if not isinstance(size, int) or (size == -1 and dim < part.dim() and dim == _place(given))
            else size
            for dim, size in enumerate(sizes[1:])
        ]  # fmt: skip
        found.append(part.reshape(wanted))
    return again(given, found)


def _place(given: _Nested) -> int:
    """The dimension of the parts in which they differ, the first if in none."""
    if isinstance(given, NestedTensor):
        return given._ragged - 1
    for dim in range(given.dims() - 1):
        if len({part.shape[dim] for part in given._parts}) > 1:
            return dim
    return 0


def _permuted(given: _Nested, *dims: Any) -> _Nested:
    order = [dim % given.dims() for dim in (dims[0] if isinstance(dims[0], (tuple, list)) else dims)]
    if not isinstance(given, NestedTensor):
        _unsupported("permute")
    if order[0]:
        raise ValueError("Permute is not supported on the batch dimension for jagged NT")
    inner = [dim - 1 for dim in order[1:]]
    return again(given, [part.permute(inner) for part in given._parts], order.index(given._ragged))


def _expanded(given: _Nested, *shape: Any) -> _Nested:
    if not isinstance(given, NestedTensor):
        _unsupported("expand")
    sizes = list(shape[0]) if isinstance(shape[0], (tuple, list)) else list(shape)
    inner = [size if isinstance(size, int) else -1 for size in sizes[1:]]
    return again(given, [part.expand(inner) for part in given._parts])


def _selected(given: _Nested, dim: int, index: int) -> Tensor:
    inner = _inner(given, dim)
    if inner < 0 or not isinstance(given, NestedTensor):
        return _item(given, index)
    return _beside(given, [part.select(inner, index) for part in given._parts])


def _unflatten(given: _Nested, dim: int, sizes: Any) -> _Nested:
    return again(given, [part.unflatten(_inner(given, dim), sizes) for part in given._parts])


def _flatten(given: _Nested, start_dim: int = 0, end_dim: int = -1) -> _Nested:
    a, b = _inner(given, start_dim), _inner(given, end_dim)
    if a == b:
        return given
    if a < 0 or not isinstance(given, NestedTensor):
        raise RuntimeError(_NO_SIZES)
    if a <= given._ragged - 1 <= b:
        raise RuntimeError("flatten(): not supported for NestedTensor on ragged dim")
    return again(given, [part.flatten(a, b) for part in given._parts])


def _reduced(name: str, given: _Nested, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:
    if not isinstance(given, NestedTensor):
        if dim is None:
            _unsupported(name)
        if not keepdim:
            raise RuntimeError("NestedTensor always requires keepdim=True for now.")
    if dim is None:
        return getattr(_values(given), name)(**kwargs)
    (inner,) = [_inner(given, one) for one in (dim if isinstance(dim, (tuple, list)) else [dim])]
    results = [getattr(part, name)(inner, keepdim=keepdim, **kwargs) for part in given._parts]
    if isinstance(given, NestedTensor) and inner == given._ragged - 1:
        return stack(results)
    return again(given, results)


def _of_all(name: str, given: _Nested, dim: int | None = None, *args: Any, **kwargs: Any) -> Any:
    """A reduction that only the jagged have, of all elements or along a dimension."""
    if not isinstance(given, NestedTensor):
        _unsupported(name)
    if dim is None:
        return getattr(_values(given), name)(*args, **kwargs)
    inner = _inner(given, dim)
    if inner < 0:
        raise NotImplementedError(f"aten.{name}.dim")
    joined = stack if inner == given._ragged - 1 else functools.partial(again, given)
    results = [getattr(part, name)(inner, *args, **kwargs) for part in given._parts]
    if isinstance(results[0], tuple):  # values and indices
        return type(results[0])([joined(column) for column in zip(*results, strict=True)])
    return joined(results)


def _values(given: Any) -> Tensor:
    return cat(given._parts, given._ragged - 1)


def _joined(tensors: Sequence[Any], dim: int = 0) -> _Nested:
    first = tensors[0]
    inner = _inner(first, dim)
    if inner < 0:
        if isinstance(first, NestedTensor):
            raise RuntimeError("cat(): not supported for NestedTensor on dim=0")
        return strided_of([part for one in tensors for part in one._parts])
    return again(first, [cat(parts, inner) for parts in zip(*(one._parts for one in tensors), strict=True)])


def _stacked(tensors: Sequence[Any], dim: int = 0) -> _Nested:
    first = tensors[0]
    if not isinstance(first, NestedTensor):
        _unsupported("stack")
    dim %= first.dims() + 1
    if dim in (0, first._ragged):
        where = "ragged dim" if dim else "dim=0"
        raise RuntimeError(f"stack(): not supported for NestedTensor on {where}")
    ragged = first._ragged + (dim <= first._ragged)
    return again(first, [stack(parts, dim - 1) for parts in zip(*(one._parts for one in tensors), strict=True)], ragged)


def _type(given: _Nested, *args: Any, **kwargs: Any) -> Any:
    if not args and not kwargs:
        return given._parts[0].type()
    return again(given, [part.type(*args, **kwargs) for part in given._parts])


def _requiring(given: _Nested, requires_grad: bool = True) -> _Nested:
    for part in given._parts:
        part.requires_grad_(requires_grad)
    return given


def _backward(given: _Nested, gradient: Any = None, *args: Any, **kwargs: Any) -> None:
    grads = None if gradient is None else gradient._parts
    run_backward(given._parts, grads, *args, **kwargs)


def _length(given: _Nested) -> int:
    if isinstance(given, NestedTensor):
        return len(given._parts)
    raise RuntimeError(_NO_SIZES)


_NO_SELECTION = "masked_select only support 2-D selections currently"
_NO_SHAPES = "new_empty() not supported for NJT with shape != ()"


def _of_jagged(name: str, given: _Nested, text: str) -> NoReturn:
    if isinstance(given, NestedTensor):
        raise RuntimeError(text)
    _unsupported(name)


def _stride(given: _Nested, dim: int | None = None) -> Any:
    if not isinstance(given, NestedTensor):
        raise RuntimeError(_NO_STRIDES)
    steps = strides_of(given)
    return steps if dim is None else steps[dim]


def _item_of(given: _Nested) -> Any:
    values = _values(given) if isinstance(given, NestedTensor) else given._parts[0]
    count = sum(part.numel() for part in given._parts)
    if count != 1:
        raise RuntimeError(f"a Tensor with {count} elements cannot be converted to Scalar")
    return values.item()


def _refuses(name: str, text: str, jagged_text: str = "") -> dict[str, Callable[..., Any]]:
    """A function that torch refuses, for the jagged in words of their own."""
    jagged_one, other = (refusing(name, RuntimeError, one) for one in (jagged_text or text, text))
    return {name: lambda given, *_, **__: (jagged_one if isinstance(given, NestedTensor) else other)()}


_HANDLERS: dict[str, Callable[..., Any]] = {
    "size": _size, "dim": lambda given: given.dims(), "ndimension": lambda given: given.dims(),
    "numel": lambda given: sum(part.numel() for part in given._parts), "unbind": _unbind, "__len__": _length,
    "__getitem__": _item, "select": _selected, "to_padded_tensor": padded,
    "transpose": _transposed, "swapaxes": _transposed, "view": _reshaped, "reshape": _reshaped, "unflatten": _unflatten,
    "flatten": _flatten, "sum": functools.partial(_reduced, "sum"), "mean": functools.partial(_reduced, "mean"),
    "amax": functools.partial(_reduced, "amax"), "amin": functools.partial(_reduced, "amin"), "values": _values,
    "cat": _joined, "stack": _stacked, "permute": _permuted, "expand": _expanded, "broadcast_to": _expanded,
    **{name: functools.partial(_of_all, name) for name in ("max", "min", "any", "all", "prod", "argmax")},
    "type": _type, "stride": _stride, "requires_grad_": _requiring, "backward": _backward,
    "__repr__": lambda given, **_: text_of(given),
    "__format__": lambda given, spec: text_of(given), "__str__": text_of, "__hash__": id,
    "is_contiguous": lambda given, **_: getattr(given, "_is_contiguous", True),
    "item": _item_of, "storage_offset": lambda given: 0, "element_size": lambda given: given._parts[0].element_size(),
    "cuda": lambda given, *args, **kwargs: given._parts[0].cuda(*args, **kwargs),
    "masked_select": lambda given, mask: _of_jagged("masked_select", given, _NO_SELECTION),
    "new_zeros": lambda given, *_, **__: _of_jagged("new_zeros", given, _NO_SHAPES),
    **_refuses("tolist", _NO_STRIDES, ".tolist() is not supported for tensor subclasses, got NestedTensor"),
    **_refuses("numpy", _NO_SIZES, ".numpy() is not supported for tensor subclasses."),
    **_refuses("__bool__", "Boolean value of Tensor with more than one value is ambiguous"),
    "__iter__": lambda given: iter(given._parts) if isinstance(given, NestedTensor) else _length(given),
}  # fmt: skip


def _member(func: Any, kind: str, args: tuple) -> Any:
    """An attribute, read or set."""
    name, given = _name_of(func.__self__), args[0]
    if kind == "__get__" and name in _MEMBERS:
        return _MEMBERS[name](given)
    if kind == "__set__" and name == "requires_grad":
        return _requiring(given, args[1])
    with DisableTorchFunctionSubclass():
        return func(*args)


@functools.cache
def _name_of(member: Any) -> str:
    return next((name for cls in Tensor.__mro__ for name, one in vars(cls).items() if one is member), "")


def _gradients(given: _Nested) -> Any:
    grads = [part.grad for part in given._parts if part.grad is not None]
    return again(given, grads) if len(grads) == len(given._parts) else None


_MEMBERS: dict[str, Callable[[Any], Any]] = {
    "shape": _shape, "ndim": lambda given: given.dims(), "is_nested": lambda given: True,
    "requires_grad": lambda given: any(part.requires_grad for part in given._parts), "grad": _gradients,
    "grad_fn": lambda given: next((part.grad_fn for part in given._parts if part.grad_fn is not None), None),
    "is_leaf": lambda given: all(part.is_leaf for part in given._parts),
    "layout": lambda given: jagged if isinstance(given, NestedTensor) else given._parts[0].layout,
    "data": lambda given: again(given, [part.data for part in given._parts]),
    "nbytes": lambda given: sum(part.nbytes for part in given._parts),
    "T": lambda given: _permuted(given, *reversed(range(given.dims()))), "mT": lambda given: _transposed(given, -2, -1),
}  # fmt: skip
