"""Instance normalisation as modules."""

from __future__ import annotations

from typing import Any, ClassVar

from ...tensor import Tensor
from ...warning import warn
from .. import functional as F
from .batchnorm import _LazyNormBase, _NormBase


class _InstanceNorm(_NormBase):
    _batched: ClassVar[int]

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: Any, unexpected_keys: Any,
        error_msgs: Any,
    ) -> None:  # fmt: skip
        found = [f"{prefix}{name}" for name in ("running_mean", "running_var") if f"{prefix}{name}" in state_dict]
        if local_metadata.get("version", None) is None and not self.track_running_stats and found:
            names, kind = " and ".join(f'"{key}"' for key in found), type(self).__name__
            error_msgs.append(
                f"Unexpected running stats buffer(s) {names} for {kind} with track_running_stats=False. If state_dict "
                f"is a checkpoint saved before 0.4.0, this may be expected because {kind} does not track running stats "
                "by default since 0.4.0. Please remove these keys from state_dict. If the running stats are actually "
                f"needed, instead set track_running_stats=True in {kind} to enable them. See the documentation of "
                f"{kind} for details."
            )
            for key in found:
                state_dict.pop(key)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def forward(self, input: Tensor) -> Tensor:
        """The normalised input: by the instance in training or without running statistics."""
        self._check_input_dim(input)
        single = input.dim() < self._batched
        channels = 0 if single else 1
        if (found := input.shape[channels]) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={channels} to match num_features ({self.num_features}), but got: "
                    f"{found}."
                )
            warn(
                f"input's size at dim={channels} does not match num_features. You can silence this warning by not "
                "passing in num_features, which is not used because affine=False"
            )
        normal = F.instance_norm(
            input.unsqueeze(0) if single else input, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, 0.0 if self.momentum is None else self.momentum, self.eps,
        )  # fmt: skip
        return normal.squeeze(0) if single else normal


class InstanceNorm1d(_InstanceNorm):
    """`instance_norm` of ``(N, C, L)`` or ``(C, L)``."""

    _ranks, _batched = (2, 3), 3


class InstanceNorm2d(_InstanceNorm):
    """`instance_norm` of ``(N, C, H, W)`` or ``(C, H, W)``."""

    _ranks, _batched = (3, 4), 4


class InstanceNorm3d(_InstanceNorm):
    """`instance_norm` of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""

    _ranks, _batched = (4, 5), 5


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """`InstanceNorm1d` that takes ``num_features`` from the first input."""

    cls_to_become, _ranks, _batched = InstanceNorm1d, InstanceNorm1d._ranks, InstanceNorm1d._batched


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """`InstanceNorm2d` that takes ``num_features`` from the first input."""

    cls_to_become, _ranks, _batched = InstanceNorm2d, InstanceNorm2d._ranks, InstanceNorm2d._batched


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """`InstanceNorm3d` that takes ``num_features`` from the first input."""

    cls_to_become, _ranks, _batched = InstanceNorm3d, InstanceNorm3d._ranks, InstanceNorm3d._batched
