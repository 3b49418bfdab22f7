"""Adam for sparse gradients: only the stored rows of parameters and means move.

Source: ``torch.optim.SparseAdam``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..ops.creation import zeros_like
from ..ops.sparse import sparse_coo_tensor
from ..tensor import Tensor
from .optimizer import Group, Optimizer, number


class SparseAdam(Optimizer):
    """Adaptive moments of the stored elements of sparse gradients.

    Args:
        params: dense tensors, see `Optimizer`.
        lr: the size of a step.
        betas: the decay rates of the two means.
        eps: added to the denominator.
        maximize: step along the gradient.

    Raises:
        ValueError: for options out of range, and for sparse parameters.
        RuntimeError: by a step, for a dense gradient.
    """

    _takes_sparse = True

    def __init__(
        self, params: Iterable[Any], lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:  # fmt: skip
        if number(lr) <= 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if eps <= 0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for place, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {place}: {beta}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        sparse = [
            [g, p]
            for g, group in enumerate(self.param_groups)
            for p, one in enumerate(group["params"])
            if one.is_sparse
        ]
        if sparse:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")

    def update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        if not grad.is_sparse:
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        state = self.state[param]
        if not state:
            state.update(step=0, exp_avg=zeros_like(param), exp_avg_sq=zeros_like(param))
        state["step"] += 1
        grad = grad.coalesce()
        indices, values = grad._indices(), grad._values()

        def at_stored(elements: Tensor) -> Tensor:
            return sparse_coo_tensor(indices, elements, grad.shape, is_coalesced=True, check_invariants=False)

        means = []
        for name, beta, found in zip(("exp_avg", "exp_avg_sq"), group["betas"], (values, values * values), strict=True):
            before = state[name].sparse_mask(grad)._values()
            change = (found - before) * (1 - beta)
            state[name].add_(at_stored(change))
            means.append(before + change)
        beta1, beta2 = group["betas"]
        step_size = number(group["lr"]) * (1 - beta2 ** state["step"]) ** 0.5 / (1 - beta1 ** state["step"])
        param.add_(at_stored(means[0] / (means[1].sqrt() + group["eps"]) * -step_size))
