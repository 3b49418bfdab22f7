"""A softmax over many classes, most of them rare (Grave et al., 2016)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...tensor import Tensor
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


_ASMoutput.__module__ = "torch.nn.modules.adaptive"  # a NamedTuple takes no other from its body


class AdaptiveLogSoftmaxWithLoss(Module):
    """The logarithm of a class's probability, computed within its cluster alone.

    The head tells the frequent classes and the clusters apart; each cluster tells its classes apart by fewer
    features.

    Shapes: input ``(N, in_features)``, target ``(N,)``, or both without ``N``.

    Args:
        in_features: features.
        n_classes: classes, the frequent ones first.
        cutoffs: the class with which each cluster starts.
        div_value: by which each cluster has fewer features than the one before.
        head_bias: whether the head has a bias.

    Raises:
        ValueError: for cutoffs that do not ascend, or leave the classes.
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0, head_bias: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        given = list(cutoffs)
        if not given:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            given != sorted(set(given)) or given[0] <= 0 or given[-1] > n_classes - 1
            or any(int(one) != one for one in given)
        ):  # fmt: skip
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        options: dict[str, Any] = {"device": device, "dtype": dtype}
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*given, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = given[0], len(given)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for place, (start, stop) in enumerate(itertools.pairwise(self.cutoffs)):
            inner = int(in_features // (div_value ** (place + 1)))
            first = Linear(in_features, inner, bias=False, **options)
            self.tail.append(Sequential(first, Linear(inner, stop - start, bias=False, **options)))

    def reset_parameters(self) -> None:
        """Draw all parameters."""
        self.head.reset_parameters()
        for projection in self.tail:
            for one in projection:
                one.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """The logarithms of the targets' probabilities, and the mean loss.

        Raises:
            RuntimeError: for shapes that do not fit, or targets that are no classes.
        """
        self._check(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        output = input.new_zeros(target.size(0))
        in_head = target.new_empty(target.size(0))
        used = 0
        for place, (low, high) in enumerate(itertools.pairwise([0, *self.cutoffs])):
            mask = (target >= low) & (target < high)
            rows = mask.nonzero().squeeze()
            if not rows.numel():
                continue
            used += rows.numel()
            if place == 0:
                in_head.index_copy_(0, rows, target[mask])
                continue
            within = self.tail[place - 1](input.index_select(0, rows)).log_softmax(dim=1)
            in_head.index_fill_(0, rows, self.shortlist_size + place - 1)
            found = within.gather(1, (target[mask] - low).unsqueeze(1))
            output.index_copy_(0, rows, found.squeeze(1))
        if used != target.size(0):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. "
            )
        output += F.log_softmax(self.head(input), dim=1).gather(1, in_head.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    @staticmethod
    def _check(input: Tensor, target: Tensor) -> None:
        if target.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target.dim() == 1 and input.size(0) != target.size(0):
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if input.dim() != target.dim() + 1:
            raise RuntimeError(
                f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found inputs with size "
                f"{input.size()}"
            )

    def _all(self, input: Tensor, head: Tensor) -> Tensor:
        """The logarithms of all probabilities, from the head's value."""
        out = input.new_empty((head.size(0), self.n_classes))
        head = F.log_softmax(head, dim=1)
        out[:, : self.shortlist_size] = head[:, : self.shortlist_size]
        for place, (start, stop) in enumerate(itertools.pairwise(self.cutoffs)):
            within = F.log_softmax(self.tail[place](input), dim=1)
            out[:, start:stop] = within + head[:, self.shortlist_size + place].unsqueeze(1)
        return out

    def log_prob(self, input: Tensor) -> Tensor:
        """The logarithms of all classes' probabilities, ``(N, n_classes)``."""
        return self._all(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each example, ``(N,)``."""
        head = self.head(input)
        output = head.argmax(dim=1)
        rare = output >= self.shortlist_size
        if not rare.any():
            return output
        if rare.all():
            return self._all(input, head).argmax(dim=1)
        output[rare] = self._all(input[rare], head[rare]).argmax(dim=1)
        return output
