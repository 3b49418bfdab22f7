"""Activation functions as modules."""

from __future__ import annotations

from typing import Any, ClassVar

from ...ops.creation import empty
from ...tensor import Tensor
from ...warning import warn
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .attention import MultiheadAttention as MultiheadAttention
from .module import Module


class _Options(Module):
    """A function with options, which the repr shows by name; ``inplace`` only if it is set."""

    _shown: ClassVar[tuple[str, ...]] = ()
    inplace: bool

    def extra_repr(self) -> str:
        """The options."""
        shown = [f"{name}={getattr(self, name)!r}" for name in self._shown]
        return ", ".join([*shown, *["inplace=True"] * bool(self.__dict__.get("inplace"))])


class ReLU(_Options):
    """`relu`."""

    __constants__ = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.relu(input, inplace=self.inplace)


class Threshold(_Options):
    """`threshold`."""

    _shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.threshold(input, self.threshold, self.value, self.inplace)


def _warn_of_old_name(old: str, new: str) -> None:
    warn(f"keyword argument `{old}` is deprecated and renamed to `{new}`", FutureWarning)


class Hardtanh(_Options):
    """`hardtanh`."""

    _shown: ClassVar[tuple[str, ...]] = ("min_val", "max_val")

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        if min_value is not None:
            _warn_of_old_name("min_value", "min_val")
            min_val = min_value
        if max_value is not None:
            _warn_of_old_name("max_value", "max_val")
            max_val = max_value
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace
        if self.max_val <= self.min_val:
            raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """`relu6`."""

    _shown = ()

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class Sigmoid(Module):
    """`sigmoid`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.sigmoid(input)


class Tanh(Module):
    """`tanh`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.tanh(input)


class Hardsigmoid(Module):
    """`hardsigmoid`."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.hardsigmoid(input, self.inplace)


class SiLU(ReLU):
    """`silu`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.silu(input, inplace=self.inplace)


class Mish(ReLU):
    """`mish`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.mish(input, inplace=self.inplace)


class Hardswish(ReLU):
    """`hardswish`."""

    def extra_repr(self) -> str:
        """Nothing, even if it works in place."""
        return ""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.hardswish(input, self.inplace)


class SELU(ReLU):
    """`selu`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.selu(input, self.inplace)


class ELU(_Options):
    """`elu`."""

    _shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.elu(input, self.alpha, self.inplace)


class CELU(ELU):
    """`celu`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.celu(input, self.alpha, self.inplace)


class LeakyReLU(_Options):
    """`leaky_relu`."""

    _shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class GLU(_Options):
    """`glu`."""

    _shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.glu(input, self.dim)


class GELU(_Options):
    """`gelu`."""

    _shown = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.gelu(input, approximate=self.approximate)


class Hardshrink(Module):
    """`hardshrink`."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """The bound."""
        return str(self.lambd)


class Softshrink(Hardshrink):
    """`softshrink`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.softshrink(input, self.lambd)


class LogSigmoid(Module):
    """`logsigmoid`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.logsigmoid(input)


class Softplus(_Options):
    """`softplus`."""

    _shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.softplus(input, self.beta, self.threshold)


class PReLU(_Options):
    """`prelu`, with slopes that are learned: one, or one per channel."""

    _shown = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set all slopes to ``init``."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.prelu(input, self.weight)


class Softsign(Module):
    """`softsign`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.softsign(input)


class Tanhshrink(Module):
    """`tanhshrink`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.tanhshrink(input)


class Softmax(_Options):
    """`softmax`."""

    _shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.softmax(input, self.dim)


class Softmin(Softmax):
    """`softmin`."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.softmin(input, self.dim)


class LogSoftmax(Module):
    """`log_softmax`."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


class Softmax2d(Module):
    """`softmax` over the channels of ``(N, C, H, W)`` or ``(C, H, W)``."""

    def forward(self, input: Tensor) -> Tensor:
        """The function's value."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3)


class RReLU(Module):
    """`rrelu`."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The function's value, with slopes drawn in training."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The options."""
        return f"lower={self.lower}, upper={self.upper}{', inplace=True' if self.inplace else ''}"
