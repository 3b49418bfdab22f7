"""Random tensors: factories, and methods that fill a tensor in place.

All draw from torch's stream (``random.py``, ``kernels/random.py``): a seed gives torch's numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..checks import not_implemented
from ..declare.op import op
from ..dtypes import dtype, int64
from ..kernels import random as kernels
from ..random import Generator, default_generator
from ..tensor import Tensor
from .creation import _finish, _number, _size


def _source(generator: Generator | None) -> Generator:
    return default_generator if generator is None else generator


def _floating(name: str, chosen: dtype) -> None:
    if chosen.category < dtypes.FLOATING:
        raise not_implemented(name)(chosen)


def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **keywords: Any,
) -> Tensor:
    """Uniform numbers in [0, 1).  Source: ``torch.rand``."""
    shape = _size("rand", size, keywords.pop("size", None))
    _only("rand", keywords)
    chosen = dtype or dtypes.default_dtype()
    _floating("check_uniform_bounds", chosen)
    array = kernels.uniform(_source(generator), shape, 0.0, 1.0, chosen)
    return _finish(array, chosen, requires_grad, out, device)


def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    **keywords: Any,
) -> Tensor:
    """Normal numbers of mean 0 and variance 1.  Source: ``torch.randn``."""
    shape = _size("randn", size, keywords.pop("size", None))
    _only("randn", keywords)
    chosen = dtype or dtypes.default_dtype()
    _floating("normal_kernel_cpu", chosen)
    array = kernels.normal(_source(generator), shape, 0.0, 1.0, chosen)
    return _finish(array, chosen, requires_grad, out, device)


def _only(name: str, keywords: dict[str, Any]) -> None:
    if keywords:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(keywords))}'")


def randint(
    *args: Any,
    low: int = 0,
    high: int | None = None,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Integers from ``low`` (0) up to, not including, ``high``.

    Raises:
        RuntimeError: if there are none.

    Source: ``torch.randint``.
    """
    given = list(args)
    if given and isinstance(given[-1], (tuple, list)):
        size = given.pop()
    if len(given) == 2:
        low, high = given
    elif len(given) == 1:
        if high is None:
            high = given[0]
        else:
            low = given[0]
    if high is None or size is None:
        from ..dispatch.arguments import given_types

        keywords = "torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False)"
        forms = [
            f" * ({first}tuple of ints size, *, {extra}Tensor out = None, {keywords}\n"
            for first in ("int high, ", "int low, int high, ")
            for extra in ("torch.Generator generator, ", "")
        ]
        raise TypeError(
            f"randint() received an invalid combination of arguments - got {given_types(args, {})}, but expected one "
            "of:\n" + "".join(forms)
        )
    low, high = int(_number(low)), int(_number(high))
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    chosen = dtype or int64
    array = kernels.integers(_source(generator), _size("randint", (size,)), low, high, chosen)
    return _finish(array, chosen, requires_grad, out, device)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The numbers from 0 to ``n - 1``, shuffled.  Source: ``torch.randperm``."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got{n}")
    chosen = dtype or int64
    return _finish(kernels.permutation(_source(generator), n, chosen), chosen, requires_grad, out, device)


def _like(name: str, factory: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def like(
        input: Tensor, *args: Any, dtype: dtype | None = None, memory_format: Any = None, **keywords: Any
    ) -> Tensor:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        return factory(*args, size=tuple(input.shape), dtype=dtype or input._dtype, **keywords)

    like.__name__ = like.__qualname__ = name
    like.__doc__ = f"As ``{factory.__name__}``, with the shape and dtype of ``input``.  Source: ``torch.{name}``."
    return like


rand_like = _like("rand_like", rand)
randn_like = _like("randn_like", randn)
randint_like = _like("randint_like", randint)


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers of the given mean and deviation, numbers or tensors.

    Raises:
        RuntimeError: for a negative deviation.

    Source: ``torch.normal``.
    """
    _check_std("normal", std)
    if size is not None:
        chosen = dtype or dtypes.default_dtype()
        array = kernels.normal(_source(generator), _size("normal", (size,)), mean, std, chosen)
        return _finish(array, chosen, requires_grad, out, device)
    shape = np.broadcast_shapes(*(one.shape for one in (mean, std) if isinstance(one, Tensor)))
    chosen = next(one._dtype for one in (mean, std) if isinstance(one, Tensor))
    unit = _finish(kernels.normal(_source(generator), shape, 0.0, 1.0, chosen), chosen, False)
    with_spread = unit * std.detach() if isinstance(std, Tensor) else unit * std
    found = with_spread + (mean.detach() if isinstance(mean, Tensor) else mean)
    return _finish(found._array, found._dtype, False, out)


def _check_std(name: str, std: Any) -> None:
    if not isinstance(std, Tensor) and std < 0:
        raise RuntimeError(f"{name} expects std >= 0.0, but found std {std:g}")


# Filling a tensor in place: the old elements do not matter, so their gradient is zero.


def _filler(draw: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A kernel that draws the elements of a tensor like ``self``; the generator is the last parameter."""

    def kernel(self: np.ndarray, *args: Any) -> np.ndarray:
        *parameters, generator = args
        return draw(_source(generator), self, dtypes.FROM_NUM[self.dtype.num], *parameters)

    return kernel


def _zeros(grad: Tensor) -> Tensor:
    return grad.new_zeros(grad.shape)


def _needs_floating(kernel: str) -> Any:
    return lambda self, *_: _floating(kernel, self._dtype)


def _check_normal(self: Tensor, mean: float, std: float, generator: Any) -> None:
    _check_std("normal_", std)
    _floating("normal_kernel_cpu", self._dtype)


def _check_uniform(self: Tensor, low: float, high: float, generator: Any) -> None:
    _floating("check_uniform_bounds", self._dtype)
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")


op(
    "normal_functional(Tensor self, float mean=0, float std=1, *, Generator? generator=None) -> Tensor",
    _filler(lambda g, self, d, mean, std: kernels.normal(
        g, self.shape, mean, std, d, contiguous=self.flags.c_contiguous)),
    self=_zeros, check=_check_normal, name="normal", node="NormalBackward0", structural=True, method=False,
    inplace=True,
)  # fmt: skip
op(
    "uniform(Tensor self, float from=0, float to=1, *, Generator? generator=None) -> Tensor",
    _filler(lambda g, self, d, low, high: kernels.uniform(g, self.shape, low, high, d)),
    self=_zeros, check=_check_uniform, structural=True, method=False, inplace=True,
)  # fmt: skip
op(
    "exponential(Tensor self, float lambd=1, *, Generator? generator=None) -> Tensor",
    _filler(lambda g, self, d, lambd: kernels.exponential(g, self.shape, lambd, d)),
    self=_zeros, check=_needs_floating("exponential_cpu"), structural=True, method=False, inplace=True,
)  # fmt: skip
op(
    "random.from(Tensor self, int from, int? to, *, Generator? generator=None) -> Tensor",
    _filler(lambda g, self, d, low, high: kernels.integers(
        g, self.shape, low, high if high is not None else 2**63, d)),
    self=_zeros, name="random", node="RandomBackward0", structural=True, method=False, inplace=True,
)  # fmt: skip
op(
    "random.to(Tensor self, int to, *, Generator? generator=None) -> Tensor",
    _filler(lambda g, self, d, high: kernels.integers(g, self.shape, 0, high, d)),
    self=_zeros, name="random", node="RandomBackward1", structural=True, method=False, inplace=True,
)  # fmt: skip
op(
    "random(Tensor self, *, Generator? generator=None) -> Tensor",
    _filler(lambda g, self, d: kernels.random(g, self.shape, d)),
    self=_zeros, node="RandomBackward2", structural=True, method=False, inplace=True,
)  # fmt: skip
bernoulli = op(
    "bernoulli(Tensor self, *, Generator? generator=None) -> Tensor",
    lambda self, generator: kernels.bernoulli(_source(generator), self.shape, self, dtypes.FROM_NUM[self.dtype.num]),
    self=_zeros, structural=True, out=True,
)  # fmt: skip
bernoulli = op(
    "bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor",
    _filler(lambda g, self, d, p: kernels.bernoulli(g, self.shape, p, d)),
    self=_zeros, node="BernoulliBackward2", structural=True, inplace=True,
)  # fmt: skip


def _multinomial(self: np.ndarray, num_samples: int, replacement: bool, generator: Generator | None) -> np.ndarray:
    return kernels.multinomial(_source(generator), self, num_samples, replacement, dtypes.FROM_NUM[self.dtype.num])


multinomial = op(
    "multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
    _multinomial, structural=True, out=True,
)  # fmt: skip
