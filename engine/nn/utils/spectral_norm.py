"""Weights divided by their largest singular value, by a hook that estimates it before each call (Miyato et al., 2018).

Source: ``torch.nn.utils.spectral_norm``.
"""

from __future__ import annotations

from typing import Any

from ...autograd.modes import no_grad
from ...layout import contiguous_format
from ...ops.matmul import dot, mv
from ...tensor import Tensor
from .. import functional as F
from ..modules.conv import _ConvTransposeNd
from ..modules.module import Module
from ..parameter import Parameter, UninitializedParameter


def usual_dim(module: Module) -> int:
    """The dimension of outputs: the second of a transposed convolution."""
    return 1 if isinstance(module, _ConvTransposeNd) else 0


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight with this dimension as rows, all others as columns."""
    if dim:
        weight = weight.permute((dim, *(one for one in range(weight.dim()) if one != dim)))
    return weight.reshape((weight.shape[0], -1))


class SpectralNorm:
    """The hook: ``weight`` from ``weight_orig`` and the singular vectors ``weight_u`` and ``weight_v``.

    Raises:
        ValueError: unless there is an iteration.
    """

    __module__ = "torch.nn.utils.spectral_norm"

    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.dim, self.n_power_iterations, self.eps = name, dim, n_power_iterations, eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight; in training, the singular vectors are first improved in place."""
        weight, u, v = (getattr(module, f"{self.name}_{end}") for end in ("orig", "u", "v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v = F.normalize(mv(matrix.t(), u), dim=0, eps=self.eps, out=v)
                    u = F.normalize(mv(matrix, v), dim=0, eps=self.eps, out=u)
                # The graph keeps copies: the next call improves these in place.
                u, v = (one.clone(memory_format=contiguous_format) for one in (u, v))
        return weight / dot(u, mv(matrix, v))

    @staticmethod
    def apply(module: Module, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        """Put the original and the singular vectors, drawn at random, in the parameter's place.

        Raises:
            RuntimeError: if that has been done.
            ValueError: if there is no parameter, or one of a lazy module that has not been called.
        """
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
        found = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if isinstance(weight, UninitializedParameter):
            raise ValueError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. Make sure to run the dummy "
                "forward before applying spectral normalization"
            )
        with no_grad():
            shape = as_matrix(weight, dim).shape
            u, v = (F.normalize(weight.new_empty(n).normal_(0, 1), dim=0, eps=eps) for n in shape)
        delattr(module, name)
        module.register_parameter(f"{name}_orig", weight)
        setattr(module, name, weight.data)
        module.register_buffer(f"{name}_u", u)
        module.register_buffer(f"{name}_v", v)
        module.register_forward_pre_hook(found)
        module._register_state_dict_hook(SpectralNormStateDictHook(found))
        return found

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for end in ("", "_u", "_v", "_orig"):
            delattr(module, f"{self.name}{end}")
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))


class SpectralNormStateDictHook:
    """Notes the version in a state dict's metadata.

    Raises:
        RuntimeError: if it is there already.
    """

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(self, module: Module, state_dict: Any, prefix: str, local_metadata: Any) -> None:
        versions = local_metadata.setdefault("spectral_norm", {})
        key = f"{self.fn.name}.version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = self.fn._version


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a parameter by its largest singular value, as far as that is known.

    Args:
        module: whose parameter it is.
        name: the parameter's; it is computed anew before each call.
        n_power_iterations: by which the singular vectors are improved at each call in training.
        eps: the least norm.
        dim: that of outputs; by default the first, of a transposed convolution the second.

    Returns:
        The module.

    Raises:
        RuntimeError: if that has been done.
        ValueError: for no iteration, or no parameter, or one of a lazy module that has not been called.
    """
    SpectralNorm.apply(module, name, n_power_iterations, usual_dim(module) if dim is None else dim, eps)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Undo `spectral_norm`.

    Raises:
        ValueError: if there is nothing to undo.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            break
    else:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    for key, hook in module._state_dict_hooks.items():
        if isinstance(hook, SpectralNormStateDictHook) and hook.fn.name == name:
            del module._state_dict_hooks[key]
            break
    return module
