"""Questions about a tensor, as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..declare.op import op
from ..dispatch.slow import common_dtype
from ..tensor import Tensor


def is_tensor(obj: Any, /) -> bool:
    """Whether this is a tensor.  Source: ``torch.is_tensor``."""
    return isinstance(obj, Tensor)


def _asks(method: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
    """A function that answers as the method of its name does."""

    def function(input: Tensor) -> Any:
        if not isinstance(input, Tensor):
            name, given = function.__name__, type(input).__name__
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {given}")
        return method(input)

    function.__name__ = function.__qualname__ = method.__name__
    function.__doc__ = method.__doc__
    function.__module__ = "torch"
    return function


numel = _asks(Tensor.numel)
is_floating_point = _asks(Tensor.is_floating_point)
is_complex = _asks(Tensor.is_complex)
is_conj = _asks(Tensor.is_conj)
is_nonzero = op("is_nonzero(Tensor self) -> bool", composite=bool)
result_type = op(
    "result_type.Tensor(Tensor tensor, Tensor other) -> ScalarType",
    composite=lambda tensor, other: common_dtype((tensor, other)), numbers=True, method=False,
)  # fmt: skip
resolve_conj = op("resolve_conj(Tensor(a) self) -> Tensor(a)", composite=lambda self: self)
resolve_neg = op("resolve_neg(Tensor(a) self) -> Tensor(a)", composite=lambda self: self)
"""The tensor itself: the engine conjugates and negates at once."""
