"""Averages of a model's weights over its training (Izmailov et al., 2018).  Source: ``torch.optim.swa_utils``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from .. import dtypes
from ..autograd.modes import no_grad
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ..ops.data import tensor
from ..tensor import Tensor
from ._cyclic import _per_group
from .lr_scheduler import LRScheduler
from .optimizer import Optimizer

Average = Callable[[Tensor, Tensor, Any], Tensor]
"""From the average so far, a new value and how many there were, to the average."""
MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]
"""The same for lists of tensors, in place."""


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """Exponential averages, in place.

    Raises:
        ValueError: for a decay outside of [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], _: Any) -> None:
        for average, current in zip(ema_param_list, current_param_list, strict=True):
            if _interpolates(average):
                average.lerp_(current, 1 - decay)
            else:
                average.copy_(average * decay + current * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> MultiAverage:
    """Equally weighted averages, in place."""

    @no_grad()
    def swa_update(
        averaged_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any
    ) -> None:
        for average, current in zip(averaged_param_list, current_param_list, strict=True):
            if _interpolates(average):
                weight = 1 / (num_averaged + 1)
                average.lerp_(current, weight.to(average.dtype) if isinstance(weight, Tensor) else weight)
            else:
                average.addcdiv_(current - average, num_averaged + 1)

    return swa_update


def _interpolates(one: Tensor) -> bool:
    return one.is_floating_point() or one.is_complex()


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The exponential average of one tensor.

    Raises:
        ValueError: for a decay outside of [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Average:
    """The equally weighted average of one tensor."""

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's.

    Args:
        model: is copied.
        device: where the copy is.
        avg_fn: how one tensor is averaged.
        multi_avg_fn: how all are; by default with equal weights.
        use_buffers: average buffers, too; else they are copied.

    Raises:
        AssertionError: for both ways at once.
    """

    n_averaged: Tensor

    def __init__(
        self, model: Module, device: Any = None, avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None, use_buffers: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=dtypes.int64))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The value of the averaged model."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Let a model's parameters count; the first time, take them over."""
        averages = [*self.module.parameters(), *(self.module.buffers() if self.use_buffers else ())]
        current = [*model.parameters(), *(model.buffers() if self.use_buffers else ())]
        pairs = [(one.detach(), other.detach()) for one, other in zip(averages, current, strict=False)]
        if self.n_averaged == 0:
            for average, new in pairs:
                average.copy_(new)
        elif self.multi_avg_fn is None:
            update = self.avg_fn or get_swa_avg_fn()
            for average, new in pairs:
                average.copy_(update(average, new, self.n_averaged))
        else:
            for d in dict.fromkeys(average.dtype for average, _ in pairs):
                alike = [pair for pair in pairs if pair[0].dtype is d]
                self.multi_avg_fn([average for average, _ in alike], [new for _, new in alike], self.n_averaged)
        if not self.use_buffers:
            for own, other in zip(self.module.buffers(), model.buffers(), strict=True):
                own.detach().copy_(other.detach())
        self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of all batch normalisations anew, from the batches of a loader.

    Args:
        loader: gives batches, or sequences that begin with one.
        model: is called with each, in training mode.
        device: where batches go.
    """
    momenta = {one: one.momentum for one in model.modules() if isinstance(one, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for one in momenta:
        one.reset_running_stats()
        one.momentum = None
    for batch in loader:
        first = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(first if device is None else first.to(device))
    for one, momentum in momenta.items():
        one.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the rate that there is to a constant one, in some steps.

    Args:
        optimizer: whose rates they are.
        swa_lr: the rate in the end, or one per group.
        anneal_epochs: steps on the way.
        anneal_strategy: ``cos`` or ``linear``.
        last_epoch: the step to go on from.

    Raises:
        ValueError: for another strategy, or a negative number of steps.
    """

    def __init__(
        self, optimizer: Optimizer, swa_lr: Any, anneal_epochs: int = 10, anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        groups = optimizer.param_groups
        for rate, group in zip(_per_group("swa_lr", optimizer, swa_lr), groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, t: float) -> float:
        """The share of the last rate, at this part of the way."""
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def _at(self, step: int) -> float:
        return self.anneal_func(max(0, min(1, step / max(1, self.anneal_epochs))))

    def get_lr(self) -> list[Any]:
        """The rates of this step."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, alpha = self._at(step - 1), self._at(step)
        found = []
        for group in self.optimizer.param_groups:
            lr, last = group["lr"], group["swa_lr"]
            first = last if before == 1 else (lr - before * last) / (1 - before)
            found.append(last * alpha + first * (1 - alpha))
        return found


SWALR.__module__ = "torch.optim.swa_utils"
