"""`Adam` for gradients that are sparse.  Source: ``torch.optim.SparseAdam``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..ops.creation import zeros_like
from ..tensor import Tensor
from .optimizer import Group, Optimizer, check_betas, number


class SparseAdam(Optimizer):
    """Adaptive moments, of which each step changes only those that a sparse gradient has elements for.

    Args:
        params: see `Optimizer`; dense and real.
        lr: the size of a step.
        betas: the decay rates of the two means.
        eps: added to the denominator.
        maximize: step along the gradient.

    Raises:
        ValueError: for options out of range, and for sparse or complex parameters.
        RuntimeError: in a step, for a dense gradient.
    """

    _takes_sparse = True

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not lr > 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps > 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        every = [
            ([number, place], one)
            for number, group in enumerate(self.param_groups)
            for place, one in enumerate(group["params"])
        ]
        if sparse := [where for where, one in every if one.is_sparse]:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")
        if complex := [where for where, one in every if one.is_complex()]:
            raise ValueError(f"Complex params at indices {complex}: SparseAdam does not support complex parameters")

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        """One step of one parameter."""
        if not grad.is_sparse:
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        state = self.state[param]
        if not state:
            state["step"] = 0
            state["exp_avg"], state["exp_avg_sq"] = zeros_like(param), zeros_like(param)
        state["step"] += 1
        grad = grad.coalesce()
        at = tuple(grad._indices())
        new = grad._values()
        if not new.numel():
            return
        beta1, beta2 = group["betas"]
        moments = []
        for name, value, beta in (("exp_avg", new, beta1), ("exp_avg_sq", new.pow(2), beta2)):
            old = state[name][at]
            more = value.sub(old).mul_(1 - beta)
            state[name][at] = old + more
            moments.append(more.add_(old))
        mean, square = moments
        correction1, correction2 = 1 - beta1 ** state["step"], 1 - beta2 ** state["step"]
        step_size = number(group["lr"]) * math.sqrt(correction2) / correction1
        param[at] = param[at] - step_size * mean.div_(square.sqrt_().add_(group["eps"]))
