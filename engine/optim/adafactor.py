"""Steps scaled by what rows and columns of a gradient say of its square.  Source: ``torch.optim.Adafactor``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..dtypes import finfo
from ..ops.creation import zeros_like
from ..tensor import Tensor
from .optimizer import Group, Optimizer, counter, number


class Adafactor(Optimizer):
    """The second moment of a matrix as a product of a column and a row (Shazeer and Stern, 2018).

    Args:
        params: see `Optimizer`.
        lr: the largest relative size of a step.
        beta2_decay: the power of the number of steps with which old gradients are forgotten.
        eps: what is added to the square, by default the dtype's, and the least size of a parameter.
        d: updates are shortened to this root mean square.
        weight_decay: shrinks the parameter.
        foreach: no effect.
        maximize: step along the gradient.

    Raises:
        ValueError: for options out of range.
        RuntimeError: in a step, for complex parameters.
    """

    _later_options: ClassVar = {"foreach": None}
    _counts = ("step",)

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-2, beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
        foreach: bool | None = None, maximize: bool = False,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not lr >= 0.0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for place, value in enumerate(eps, 1):
            if value is not None and not value >= 0.0:
                raise ValueError(f"epsilon{place} should be >= 0 but is: {value}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        """One step of one parameter."""
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        state = self.state[param]
        matrix = grad.dim() > 1
        if not state:
            state["step"] = counter()
            if matrix:
                state["row_var"] = grad.new_zeros((*grad.shape[:-1], 1))
                state["col_var"] = grad.new_zeros((*grad.shape[:-2], 1, grad.shape[-1]))
            else:
                state["variance"] = zeros_like(grad)
        state["step"] += 1
        step = state["step"].item()
        eps1, eps2 = group["eps"]
        least = finfo(param.dtype).eps if eps1 is None else eps1
        lr, forget = number(group["lr"]), step ** group["beta2_decay"]
        alpha = max(eps2, param.norm(2).item() / param.numel() ** 0.5) * min(lr, 1 / step**0.5)
        if group["weight_decay"] != 0:
            param.mul_(1 - lr * group["weight_decay"])
        if matrix:
            rows, columns = state["row_var"], state["col_var"]
            rows.lerp_(grad.norm(dim=-1, keepdim=True).square_().div_(grad.size(-1)), forget)
            columns.lerp_(grad.norm(dim=-2, keepdim=True).square_().div_(grad.size(-2)), forget)
            variance = (rows @ columns).div_(rows.mean(dim=-2, keepdim=True).clamp_(min=least))
        else:
            variance = state["variance"].lerp_(grad * grad, forget).clone()
        update = variance.clamp_(min=least * least).rsqrt_().mul_(grad)
        size = max(1.0, update.norm(2).item() / (update.numel() ** 0.5 * group["d"]))
        param.add_(update, alpha=-alpha / size)
