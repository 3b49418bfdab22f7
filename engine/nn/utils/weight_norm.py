"""Weights as a magnitude and a direction, by a hook that computes them before each call (Salimans and Kingma, 2016).

Source: ``torch.nn.utils.weight_norm``.
"""

from __future__ import annotations

from typing import Any

from ...ops.normalization import _weight_norm, norm_except_dim
from ...warning import warn
from ..modules.module import Module
from ..parameter import Parameter, UninitializedParameter


class WeightNorm:
    """The hook: ``weight`` from ``weight_g`` and ``weight_v``.

    Args:
        name: the parameter's.
        dim: along which each place has a norm of its own; None or -1 for one norm of all.
    """

    __module__ = "torch.nn.utils.weight_norm"

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Any:
        """The weight."""
        return _weight_norm(getattr(module, f"{self.name}_v"), getattr(module, f"{self.name}_g"), self.dim)

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """Put magnitude and direction in the parameter's place.

        Raises:
            RuntimeError: if that has been done.
            ValueError: for a lazy module that has not been called.
        """
        warn(
            "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
            FutureWarning,
        )
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        found = WeightNorm(name, dim)
        weight = getattr(module, name)
        if isinstance(weight, UninitializedParameter):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the dummy "
                "forward before applying weight normalization"
            )
        del module._parameters[name]
        module.register_parameter(f"{name}_g", Parameter(norm_except_dim(weight, 2, found.dim).data))
        module.register_parameter(f"{name}_v", Parameter(weight.data))
        setattr(module, name, found.compute_weight(module))
        module.register_forward_pre_hook(found)
        return found

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[f"{self.name}_g"]
        del module._parameters[f"{self.name}_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train a parameter's magnitude and direction instead of itself; deprecated.

    Args:
        module: whose parameter it is.
        name: the parameter's; it is computed anew before each call.
        dim: along which each place has a norm of its own; None for one norm of all.

    Returns:
        The module.

    Raises:
        RuntimeError: if that has been done.
        ValueError: for a lazy module that has not been called.
    """
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Undo `weight_norm`.

    Raises:
        ValueError: if there is nothing to undo.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
