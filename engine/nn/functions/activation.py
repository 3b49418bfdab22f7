"""Activation functions, softmax and dropout, as ``torch.nn.functional`` has them.

Each takes a tensor of any shape, unless it says otherwise, and returns one of the same shape.  ``inplace`` computes in
the memory of the input.
"""

from __future__ import annotations

from typing import Any

from ...dispatch.overrides import overridable_functional
from ...ops import activation as ops
from ...ops import dropout as dropouts
from ...ops.activation import gelu as gelu
from ...ops.activation import glu as _glu
from ...ops.activation import hardshrink as hardshrink
from ...ops.activation import prelu as prelu
from ...ops.activation import selu_ as selu_
from ...ops.activation import softplus as softplus
from ...ops.activation import softshrink as softshrink
from ...ops.creation import zeros_like
from ...ops.inplace import celu_ as celu_
from ...ops.inplace import elu_ as elu_
from ...ops.inplace import hardtanh_ as hardtanh_
from ...ops.inplace import leaky_relu_ as leaky_relu_
from ...ops.inplace import relu_ as relu_
from ...ops.inplace import threshold_ as threshold_
from ...ops.pointwise import relu as _relu
from ...tensor import Tensor
from ...warning import warn

logsigmoid = ops.log_sigmoid


@overridable_functional
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(input, 0)``."""
    return input.relu_() if inplace else _relu(input)


@overridable_functional
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Between 0 and 6."""
    return input.hardtanh_(0, 6) if inplace else ops.relu6(input)


@overridable_functional
def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """``input`` above zero, ``negative_slope * input`` below."""
    return input.leaky_relu_(negative_slope) if inplace else ops.leaky_relu(input, negative_slope)


@overridable_functional
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``input`` above zero, ``alpha * (exp(input) - 1)`` below."""
    return input.elu_(alpha) if inplace else ops.elu(input, alpha)


@overridable_functional
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``input`` above zero, ``alpha * (exp(input / alpha) - 1)`` below."""
    return input.celu_(alpha) if inplace else ops.celu(input, alpha)


@overridable_functional
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """`elu` scaled so that mean and variance stay (Klambauer et al., 2017)."""
    return selu_(input) if inplace else ops.selu(input)


@overridable_functional
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Between two bounds.

    Raises:
        ValueError: if the first is larger.
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return input.hardtanh_(min_val, max_val) if inplace else ops.hardtanh(input, min_val, max_val)


@overridable_functional
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """A line from 0 at -3 to 1 at 3."""
    return input.hardsigmoid_() if inplace else ops.hardsigmoid(input)


@overridable_functional
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input`` times `hardsigmoid`."""
    return input.hardswish_() if inplace else ops.hardswish(input)


@overridable_functional
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``input`` times its sigmoid."""
    return input.silu_() if inplace else ops.silu(input)


@overridable_functional
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * tanh(softplus(input))``."""
    return input.mish_() if inplace else ops.mish(input)


def _threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """``input`` above the threshold, ``value`` elsewhere."""
    return input.threshold_(threshold, value) if inplace else ops.threshold(input, threshold, value)


threshold = _threshold


@overridable_functional
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half of a dimension times the sigmoid of the second.

    Raises:
        RuntimeError: for a 0-d tensor, or an odd length.
    """
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return _glu(input, dim)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return input.tanh()


def sigmoid(input: Tensor) -> Tensor:
    """``1 / (1 + exp(-input))``."""
    return input.sigmoid()


@overridable_functional
def tanhshrink(input: Tensor) -> Tensor:
    """``input - tanh(input)``."""
    return input - input.tanh()


@overridable_functional
def softsign(input: Tensor) -> Tensor:
    """``input / (1 + abs(input))``."""
    return input / (input.abs() + 1)


# Softmax.


def _implicit_dim(name: str, ndim: int) -> int:
    """The dimension that torch takes if none is given, which is deprecated."""
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
    return 0 if ndim in (0, 1, 3) else 1


@overridable_functional
def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Exponentials divided by their sum along ``dim``."""
    return input.softmax(_implicit_dim("softmax", input.dim()) if dim is None else dim, dtype=dtype)


@overridable_functional
def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """`softmax` of the opposite."""
    return (-input).softmax(_implicit_dim("softmin", input.dim()) if dim is None else dim, dtype=dtype)


@overridable_functional
def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax`."""
    return input.log_softmax(_implicit_dim("log_softmax", input.dim()) if dim is None else dim, dtype=dtype)


@overridable_functional
def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample of a relaxed categorical distribution (Jang et al., 2016).

    Args:
        logits: unnormalised log-probabilities.
        tau: the temperature, positive.
        hard: return the one-hot vector of the largest, with the gradient of the relaxed sample.
        eps: of no effect.
        dim: along which the probabilities are.
    """
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    noise = -zeros_like(logits).exponential_().log()
    soft = ops.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return zeros_like(logits).scatter_(dim, index, 1.0) - soft.detach() + soft


# Dropout.


def _check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(name: str, input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    _check_probability(p)
    function = getattr(dropouts, name)
    return input.copy_(function(input, p, training)) if inplace else function(input, p, training)


@overridable_functional
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each element with probability ``p``, and scale the others by ``1 / (1 - p)``.

    Raises:
        ValueError: if ``p`` is no probability.
    """
    return _dropped("dropout", input, p, training, inplace)


@overridable_functional
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean and variance of what `selu` gives."""
    return _dropped("alpha_dropout", input, p, training, inplace)


@overridable_functional
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels."""
    return _dropped("feature_alpha_dropout", input, p, training, inplace)


@overridable_functional
def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drop whole channels of ``(N, C, L)`` or ``(C, L)``."""
    _check_probability(p)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    if input.dim() == 3:
        return _dropped("feature_dropout", input, p, training, inplace)
    return _dropped("feature_dropout", input.unsqueeze(0), p, training, inplace).squeeze(0)


def _deprecated_rank(name: str, rank: int, spatial: int, ranks: str) -> None:
    warn(
        f"{name}: Received a {rank}-D input to {name}, which is deprecated and will result in an error in a future "
        f"release. To retain the behavior and silence this warning, please use dropout instead. Note that {name} "
        f"exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a channel dimension, and "
        f"an optional batch dimension (i.e. {ranks} inputs)."
    )


@overridable_functional
def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drop whole channels of ``(N, C, H, W)``."""
    _check_probability(p)
    if input.dim() not in (3, 4):
        _deprecated_rank("dropout2d", input.dim(), 2, "3D or 4D")
    if input.dim() == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a "
            "future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain "
            "the 1D channel-wise dropout behavior, please switch to using dropout1d instead."
        )
    return _dropped("feature_dropout", input, p, training, inplace)


@overridable_functional
def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drop whole channels of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
    _check_probability(p)
    if input.dim() not in (4, 5):
        _deprecated_rank("dropout3d", input.dim(), 3, "4D or 5D")
    if input.dim() != 5:
        return _dropped("feature_dropout", input.unsqueeze(0), p, training, inplace).squeeze(0)
    return _dropped("feature_dropout", input, p, training, inplace)


@overridable_functional
def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """Leaky ReLU whose slope is drawn from ``lower`` to ``upper`` in training, and else their mean."""
    return (ops.rrelu_ if inplace else ops.rrelu)(input, lower, upper, training)
