"""Steps along an orthogonal matrix near the momentum.  Source: ``torch.optim.Muon``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..ops.creation import zeros_like
from ..ops.matmul import addmm
from ..tensor import Tensor
from .optimizer import Group, Optimizer, number

Coefficients = tuple[float, float, float]


def _orthogonalised(grad: Tensor, coefficients: Coefficients, steps: int, eps: float) -> Tensor:
    """Near the orthogonal factor of a matrix's polar decomposition, by iterations of Newton and Schulz in bfloat16.

    Raises:
        ValueError: for a hundred iterations, or other than three coefficients.
    """
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    tall = grad.shape[0] > grad.shape[1]
    found = grad.bfloat16()
    if tall:
        found = found.T
    found.div_(found.norm().clamp(min=eps))
    for _ in range(steps):
        gram = found @ found.T
        found = addmm(found, addmm(gram, gram, gram, beta=b, alpha=c), found, beta=a)
    return found.T if tall else found


class Muon(Optimizer):
    """Momentum, orthogonalised; for matrices (Jordan et al., 2024).

    Args:
        params: see `Optimizer`; all of two dimensions.
        lr: the size of a step.
        weight_decay: shrinks the parameter.
        momentum: the decay rate of the mean gradient.
        nesterov: step by the mean as it will be.
        ns_coefficients: of the iterations' polynomial.
        eps: the least norm.
        ns_steps: iterations.
        adjust_lr_fn: how the step grows with the matrix: ``original`` or ``match_rms_adamw``.

    Raises:
        ValueError: for options out of range, and parameters of other ranks.
        RuntimeError: in a step, for complex parameters.
    """

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
        nesterov: bool = True, ns_coefficients: Coefficients = (3.4445, -4.7750, 2.0315), eps: float = 1e-7,
        ns_steps: int = 5, adjust_lr_fn: str | None = None,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not momentum >= 0.0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for one in group["params"]:
                if one.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {one.size()}"
                    )

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        """One step of one parameter."""
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        state = self.state[param]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = zeros_like(grad)
        mean, momentum, lr = state["momentum_buffer"], group["momentum"], number(group["lr"])
        mean.lerp_(grad, 1 - momentum)
        update = grad.lerp(mean, momentum) if group["nesterov"] else mean
        update = _orthogonalised(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = param.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            ratio = 0.2 * math.sqrt(max(rows, columns))
        else:
            ratio = math.sqrt(max(1, rows / columns))
        param.mul_(1 - lr * group["weight_decay"])
        param.add_(update, alpha=-lr * ratio)
