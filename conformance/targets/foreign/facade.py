"""torch's names over an engine: tensors, functions, and what raises for all the rest."""

from __future__ import annotations

import contextlib
import math
import numbers
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from conformance.targets.capture import array
from conformance.targets.protocol import Inexpressible, TensorState


class Backend(Protocol):
    """What an engine must offer. A variable is whatever it computes with."""

    name: str

    def variable(self, data: Any, requires_grad: bool) -> Any:
        """A new leaf; `data` is a NumPy array."""

    def data(self, variable: Any) -> Any:
        """Its elements as a NumPy array."""

    def requires_grad(self, variable: Any) -> bool:
        """Whether gradients flow through it."""

    def function(self, name: str) -> Callable[..., Any] | None:
        """The engine's function of NumPy's name, None where there is none."""

    def grad(self, variable: Any) -> Any:
        """Its gradient as an array, None where there is none."""

    def clear(self, variable: Any) -> None:
        """Forgets its gradient."""

    def backward(self, variable: Any, gradient: Any) -> None:
        """Computes the gradients of all leaves behind it."""

    def grads(self, variable: Any, inputs: list[Any], gradient: Any) -> list[Any]:
        """The gradients of some leaves, as arrays. Raises Inexpressible where only `backward` can."""

    def no_grad(self) -> contextlib.AbstractContextManager[Any]:
        """What is computed within it has no gradient. Raises Inexpressible."""


class EngineError(RuntimeError):
    """What the engine raised. Its words are its own, so nobody can ask for them."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__()
        self.name, self.words = name, words

    def __str__(self) -> str:
        raise Inexpressible(f"the words of {self.name}'s errors are its own")


# --- dtypes and shapes ----------------------------------------------------------------------------


class DType:
    """torch's name for a dtype that NumPy has too."""

    def __init__(self, name: str, numpy: str = "") -> None:
        self.name, self.numpy = name, np.dtype(numpy or name)
        self.is_floating_point, self.is_complex = self.numpy.kind == "f", self.numpy.kind == "c"

    def __repr__(self) -> str:
        return f"torch.{self.name}"


DTYPES = {
    name: DType(name) for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")
}


class Size(tuple[int, ...]):
    """torch's tuple of sizes."""

    __slots__ = ()

    def numel(self) -> int:
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


# --- functions ------------------------------------------------------------------------------------

SAME = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "square", "reciprocal", "sign", "floor", "ceil",
    "trunc", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "maximum", "minimum", "logaddexp", "logaddexp2",
    "where", "isnan", "isinf", "isfinite",
)  # fmt: skip
"""Functions that NumPy and torch call alike."""
RENAMED = {
    "absolute": "abs", "add": "add", "sub": "subtract", "subtract": "subtract", "mul": "multiply",
    "multiply": "multiply", "div": "true_divide", "divide": "true_divide", "true_divide": "true_divide",
    "neg": "negative", "negative": "negative", "pow": "power", "matmul": "matmul", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "arcsin": "arcsin",
    "arccos": "arccos", "arctan": "arctan", "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal",
    "gt": "greater", "ge": "greater_equal", "round": "rint", "fmod": "fmod", "remainder": "remainder",
}  # fmt: skip
"""Those with another name, by torch's."""
REDUCTIONS = ("sum", "mean", "prod", "var", "std", "max", "min", "amax", "amin")
"""Those over dimensions."""
TO_FLOAT = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "reciprocal", "sin", "cos", "tan", "sinh", "cosh",
    "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "true_divide", "mean", "var", "std",
)  # fmt: skip
"""What makes floats of integers, torch's of its default dtype and NumPy's of float64."""


class Torch(types.ModuleType):
    """The module that `import torch` gives."""

    def __init__(self, name: str, backend: Backend) -> None:
        super().__init__(name)
        self._backend = backend
        self.Tensor, self.Size, self.dtype = Tensor, Size, DType
        for dtype in DTYPES.values():
            setattr(self, dtype.name, dtype)
        self.float, self.double, self.half, self.int, self.long = (
            DTYPES[each] for each in ("float32", "float64", "float16", "int32", "int64")
        )
        self.pi, self.inf, self.nan = np.pi, np.inf, np.nan
        self.autograd = _Autograd(f"{name}.autograd", self)

    def __getattr__(self, name: str) -> Any:
        if name in SAME or name in RENAMED:
            return _named(name, lambda *arguments, **options: self._call(name, arguments, options))
        if name in REDUCTIONS:
            return _named(name, lambda first, *others, **options: self._reduce(name, first, others, options))
        raise self.lacking(name)

    def lacking(self, name: str) -> BaseException:
        """What asking for a name raises that the engine has nothing for."""
        if name.startswith("__") and name != "__version__":
            return AttributeError(name)
        return Inexpressible(f"{self._backend.name} has no torch.{name}")

    # --- making tensors ---

    def tensor(self, data: Any, *, dtype: DType | None = None, requires_grad: bool = False, **other: Any) -> Tensor:
        self._refuse("tensor", other)
        if isinstance(data, Tensor):
            raise Inexpressible("copying a tensor with torch.tensor warns, in torch's words")
        elements = np.array(data)
        if dtype is None and elements.dtype == np.float64 and not isinstance(data, np.ndarray | np.generic):
            dtype = DTYPES["float32"]
        elements = elements.astype(self._numpy(dtype)) if dtype else elements
        return self._made(elements, requires_grad)

    def _numpy(self, dtype: Any) -> Any:
        if not isinstance(dtype, DType):
            raise Inexpressible(f"{self._backend.name} has no dtype {dtype!r}")
        return dtype.numpy

    def _made(self, elements: Any, requires_grad: bool = False) -> Tensor:
        if elements.dtype.name not in DTYPES:
            raise Inexpressible(f"{self._backend.name} has no tensors of {elements.dtype.name}")
        if requires_grad and elements.dtype.kind != "f":
            raise Inexpressible(f"{self._backend.name} has no word on gradients of {elements.dtype.name}")
        return Tensor._of(self, self._backend.variable(elements, bool(requires_grad)), leaf=True)

    def _filled(self, make: Callable[..., Any], size: Any, options: Mapping[str, Any]) -> Tensor:
        dtype, requires_grad = options.get("dtype"), options.get("requires_grad", False)
        self._refuse("tensors", {k: v for k, v in options.items() if k not in ("dtype", "requires_grad")})
        return self._made(make(size, self._numpy(dtype or DTYPES["float32"])), requires_grad)

    def ones(self, *size: Any, **options: Any) -> Tensor:
        return self._filled(np.ones, _size(size), options)

    def zeros(self, *size: Any, **options: Any) -> Tensor:
        return self._filled(np.zeros, _size(size), options)

    def full(self, size: Any, fill_value: float, **options: Any) -> Tensor:
        if "dtype" not in options and not isinstance(fill_value, float):
            raise Inexpressible("torch.full of integers needs a dtype here")
        return self._filled(lambda sizes, dtype: np.full(sizes, fill_value, dtype), _size((size,)), options)

    def ones_like(self, tensor: Tensor, **options: Any) -> Tensor:
        return self.ones(tuple(tensor.shape), **{"dtype": tensor.dtype, **options})

    def zeros_like(self, tensor: Tensor, **options: Any) -> Tensor:
        return self.zeros(tuple(tensor.shape), **{"dtype": tensor.dtype, **options})

    def arange(self, *bounds: Any, **options: Any) -> Tensor:
        dtype = DTYPES["int64"] if all(isinstance(each, int) for each in bounds) else DTYPES["float32"]
        return self._filled(lambda _, to: np.arange(*bounds).astype(to), (), {"dtype": dtype, **options})

    def is_tensor(self, value: Any) -> bool:
        return isinstance(value, Tensor)

    def no_grad(self, function: Callable[..., Any] | None = None) -> Any:
        scope: Any = self._backend.no_grad()
        return scope if function is None else scope(function)

    # --- calling the engine ---

    def _refuse(self, what: str, options: Mapping[str, Any]) -> None:
        for name, value in options.items():
            raise Inexpressible(f"{self._backend.name} has no {name}={value!r} of {what}")

    def _gradient(self, gradient: Any) -> Any:
        if gradient is not None and (not isinstance(gradient, Tensor) or gradient.requires_grad):
            raise Inexpressible(f"{self._backend.name} takes only a tensor without gradient as a gradient")
        return None if gradient is None else self._backend.data(gradient._variable)

    def _call(self, name: str, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Tensor:
        self._refuse(f"torch.{name}", options)
        return self._apply(RENAMED.get(name, name), *arguments)

    def _reduce(self, name: str, tensor: Any, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Tensor:
        named = dict(zip(("dim", "keepdim"), arguments, strict=False)) | dict(options)
        self._refuse(f"torch.{name}", {k: v for k, v in named.items() if k not in ("dim", "keepdim")})
        if not isinstance(tensor, Tensor):
            raise Inexpressible(f"torch.{name} takes a tensor")
        dim = named.get("dim")
        if name in ("max", "min") and dim is not None:
            raise Inexpressible(f"{self._backend.name} has no indices with torch.{name}")
        axis = {} if dim is None else {"axis": tuple(dim) if isinstance(dim, list) else dim}
        keep = {"keepdims": True} if named.get("keepdim") else {}
        ddof = {"ddof": 1} if name in ("var", "std") else {}
        if name in ("sum", "prod") and tensor.dtype.numpy.kind in "bi":
            raise Inexpressible(f"{self._backend.name} has no word on the dtype of a {name} of integers")
        return self._apply({"amax": "max", "amin": "min"}.get(name, name), tensor, **axis, **keep, **ddof)

    def _apply(self, name: str, *arguments: Any, **options: Any) -> Tensor:
        """The engine's function of NumPy's name, on what is in the tensors."""
        function = self._backend.function(name)
        if function is None:
            raise Inexpressible(f"{self._backend.name} has no {name}")
        tensors = [each for each in arguments if isinstance(each, Tensor)]
        if any(not isinstance(each, Tensor | numbers.Real) for each in arguments):
            raise Inexpressible(f"{name} of something that is neither tensor nor number")
        if len({each.dtype.name for each in tensors}) > 1 and name != "where":
            raise Inexpressible(f"{self._backend.name} promotes dtypes as NumPy does")
        if name in TO_FLOAT and tensors and all(each.dtype.numpy.kind in "biu" for each in tensors):
            raise Inexpressible(f"{self._backend.name} makes float64 of integers, as NumPy does")
        if any(isinstance(each, float) for each in arguments) and any(e.dtype.numpy.kind in "biu" for e in tensors):
            raise Inexpressible(f"{self._backend.name} makes float64 of integers, as NumPy does")
        result = self._guarded(function, *(e._variable if isinstance(e, Tensor) else e for e in arguments), **options)
        return Tensor._of(self, result, leaf=not self._backend.requires_grad(result))

    def _guarded(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """What the engine raises as an error whose words nobody compares with torch's."""
        try:
            with np.errstate(all="ignore"):
                return function(*arguments, **options)
        except Exception as error:
            raise EngineError(self._backend.name, f"{type(error).__name__}: {error}") from None


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    return function


class _Autograd(types.ModuleType):
    """torch.autograd."""

    def __init__(self, name: str, torch: Torch) -> None:
        super().__init__(name)
        self._torch = torch

    def __getattr__(self, name: str) -> Any:
        raise self._torch.lacking(name if name.startswith("__") else f"autograd.{name}")

    def grad(self, outputs: Any, inputs: Any, grad_outputs: Any = None, **options: Any) -> tuple[Tensor, ...]:
        torch = self._torch
        torch._refuse("torch.autograd.grad", options)
        if isinstance(outputs, tuple | list):
            (outputs,) = outputs if len(outputs) == 1 else (None,)
        wanted = list(inputs) if isinstance(inputs, tuple | list) else [inputs]
        if not isinstance(outputs, Tensor) or not all(isinstance(each, Tensor) and each.is_leaf for each in wanted):
            raise Inexpressible(f"{torch._backend.name} has gradients of one output, by leaves")
        gradient = grad_outputs[0] if isinstance(grad_outputs, tuple | list) else grad_outputs
        variables = [each._variable for each in wanted]
        elements = torch._gradient(gradient)
        found = torch._guarded(torch._backend.grads, outputs._variable, variables, elements)
        return tuple(torch._made(np.asarray(each)) for each in found)


def _size(size: tuple[Any, ...]) -> tuple[int, ...]:
    first = size[0] if size else ()
    return tuple(first) if isinstance(first, tuple | list) else size


# --- tensors --------------------------------------------------------------------------------------


class Tensor:
    """torch's tensor around an engine's variable."""

    __hash__ = object.__hash__

    _torch: Torch
    _variable: Any
    _leaf: bool
    _grad: Tensor | None

    def __new__(cls, *_: Any, **__: Any) -> Tensor:
        raise Inexpressible("torch.Tensor as a constructor, and classes of it, are torch's own")

    @classmethod
    def _of(cls, torch: Torch, variable: Any, *, leaf: bool) -> Tensor:
        self = object.__new__(cls)
        self._torch, self._variable, self._leaf, self._grad = torch, variable, leaf, None
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and name not in ("grad", "requires_grad"):
            raise Inexpressible(f"{self._torch._backend.name} has no Tensor.{name} to set")
        object.__setattr__(self, name, value)

    # --- what it is ---

    @property
    def _data(self) -> Any:
        return np.asarray(self._torch._backend.data(self._variable))

    @property
    def dtype(self) -> DType:
        name = self._data.dtype.name
        if name not in DTYPES:
            raise Inexpressible(f"{self._torch._backend.name} has no tensors of {name}")
        return DTYPES[name]

    @property
    def shape(self) -> Size:
        return Size(self._data.shape)

    @property
    def ndim(self) -> int:
        return int(self._data.ndim)

    @property
    def requires_grad(self) -> bool:
        return self._torch._backend.requires_grad(self._variable)

    @requires_grad.setter
    def requires_grad(self, value: Any) -> None:
        raise Inexpressible(f"{self._torch._backend.name} decides at creation what has gradients")

    @property
    def is_leaf(self) -> bool:
        return self._leaf

    @property
    def grad(self) -> Tensor | None:
        found = self._torch._guarded(self._torch._backend.grad, self._variable)
        if found is None:
            self._grad = None
        elif self._grad is None or self._grad._variable is not found:  # the same object as long as it is the same
            self._grad = self._torch._made(np.asarray(found))
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            raise Inexpressible(f"{self._torch._backend.name} takes no gradient from outside")
        self._torch._guarded(self._torch._backend.clear, self._variable)

    def observed_state(self) -> TensorState:
        """The tensor as plain data, as far as the engine has it."""
        grad = self._torch._backend.grad(self._variable) if self._leaf else None
        return _state(self._data, self.requires_grad, self._leaf, None if grad is None else _state(np.asarray(grad)))

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        return self.ndim

    def numel(self) -> int:
        return int(self._data.size)

    def item(self) -> Any:
        return self._torch._guarded(self._data.item)

    def tolist(self) -> Any:
        return self._data.tolist()

    def __len__(self) -> int:
        return self._torch._guarded(len, self._data)

    def __bool__(self) -> bool:
        return bool(self._torch._guarded(bool, self.item()))

    def __float__(self) -> float:
        return float(self._torch._guarded(float, self.item()))

    def __int__(self) -> int:
        return int(self._torch._guarded(int, self.item()))

    def __repr__(self) -> str:
        """In the layout of torch's: only the numbers are the engine's."""
        if not self._leaf:
            raise Inexpressible(f"{self._torch._backend.name} has no grad_fn to print")
        from engine import from_numpy

        return repr(from_numpy(self._data.copy()).requires_grad_(self.requires_grad))

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.ndim == 0 else format(repr(self), spec)

    def __getattr__(self, name: str) -> Any:
        if name in SAME or name in RENAMED or name in REDUCTIONS:
            return lambda *arguments, **options: getattr(self._torch, name)(self, *arguments, **options)
        if name.startswith(("__", "_repr_", "_ipython")):
            raise AttributeError(name)
        raise Inexpressible(f"{self._torch._backend.name} has no Tensor.{name}")

    # --- autograd ---

    def backward(self, gradient: Any = None, **options: Any) -> None:
        torch = self._torch
        torch._refuse("Tensor.backward", options)
        elements = torch._gradient(gradient)
        torch._guarded(torch._backend.backward, self._variable, elements)

    def detach(self) -> Tensor:
        return self._torch._made(self._data)

    # --- shapes ---

    def reshape(self, *shape: Any) -> Tensor:
        return self._shaped("reshape", _size(shape))

    @property
    def T(self) -> Tensor:
        if self.ndim != 2:
            raise Inexpressible("Tensor.T of what is no matrix warns, in torch's words")
        return self._shaped("transpose")

    def __getitem__(self, index: Any) -> Tensor:
        if not isinstance(index, int | slice | tuple) or (
            isinstance(index, tuple) and not all(isinstance(each, int | slice) for each in index)
        ):
            raise Inexpressible(f"{self._torch._backend.name} indexes as NumPy does")
        taken = self._torch._guarded(lambda: self._variable[index])
        return Tensor._of(self._torch, taken, leaf=not self._torch._backend.requires_grad(taken))

    def __iter__(self) -> Iterator[Tensor]:
        return (self[index] for index in range(len(self)))

    def _shaped(self, name: str, *arguments: Any) -> Tensor:
        function = self._torch._backend.function(name)
        if function is None:
            raise Inexpressible(f"{self._torch._backend.name} has no {name}")
        result = self._torch._guarded(function, self._variable, *arguments)
        return Tensor._of(self._torch, result, leaf=not self._torch._backend.requires_grad(result))

    # --- operators ---

    def __add__(self, other: Any) -> Tensor:
        return self._torch._apply("add", self, other)

    def __radd__(self, other: Any) -> Tensor:
        return self._torch._apply("add", other, self)

    def __sub__(self, other: Any) -> Tensor:
        return self._torch._apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return self._torch._apply("subtract", other, self)

    def __mul__(self, other: Any) -> Tensor:
        return self._torch._apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return self._torch._apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return self._torch._apply("true_divide", self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return self._torch._apply("true_divide", other, self)

    def __pow__(self, other: Any) -> Tensor:
        return self._torch._apply("power", self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return self._torch._apply("power", other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return self._torch._apply("matmul", self, other)

    def __neg__(self) -> Tensor:
        return self._torch._apply("negative", self)

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._torch._apply("equal", self, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._torch._apply("not_equal", self, other)

    def __lt__(self, other: Any) -> Tensor:
        return self._torch._apply("less", self, other)

    def __le__(self, other: Any) -> Tensor:
        return self._torch._apply("less_equal", self, other)

    def __gt__(self, other: Any) -> Tensor:
        return self._torch._apply("greater", self, other)

    def __ge__(self, other: Any) -> Tensor:
        return self._torch._apply("greater_equal", self, other)

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return self._torch._apply("abs", self)

    def _lacking(self, *_: Any, **__: Any) -> Any:
        raise Inexpressible(f"{self._torch._backend.name} has no operator for this, or another one")

    __invert__ = __and__ = __or__ = __xor__ = __rand__ = __ror__ = __rxor__ = __lshift__ = __rshift__ = _lacking
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rmatmul__ = __round__ = __index__ = _lacking
    __contains__ = __complex__ = __array__ = __dir__ = __copy__ = __deepcopy__ = __reduce_ex__ = _lacking

    def _in_place(self, *_: Any) -> Any:
        raise Inexpressible(f"{self._torch._backend.name} changes tensors in its own way")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = __ifloordiv__ = __imod__ = __imatmul__ = _in_place
    __iand__ = __ior__ = __ixor__ = __setitem__ = __delitem__ = _in_place


def _state(elements: Any, requires_grad: bool = False, leaf: bool = True, grad: TensorState | None = None) -> Any:
    return TensorState(
        type="Tensor",
        dtype=str(elements.dtype),
        shape=tuple(elements.shape),
        device="cpu",
        layout="strided",
        requires_grad=requires_grad,
        is_leaf=leaf,
        version=None,
        values=array(elements, str(elements.dtype)),
        grad=grad,
    )
