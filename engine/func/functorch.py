"""The package ``functorch`` that ``torch.func`` was before: the same functions, which say that they are deprecated, and
modules as functions of tuples of tensors.

Source: ``functorch``.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..nn.modules.module import Module
from ..tensor import Tensor
from ..warning import warn
from . import transforms
from .functional_call import functional_call, stack_module_state
from .vmap import vmap as _vmap


def _warn(name: str, new: str) -> None:
    warn(
        "We've integrated functorch into PyTorch. As the final step of the integration, "
        f"`functorch.{name}` is deprecated as of PyTorch 2.0 and will be deleted in a future version of PyTorch >= "
        f"2.3. Please use `{new}` instead; see the PyTorch 2.0 release notes and/or the `torch.func` migration guide "
        "for more details https://pytorch.org/docs/main/func.migrating.html",
        FutureWarning,
    )


def _deprecated(function: Callable[..., Any], new: str = "") -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        _warn(function.__name__, new or f"torch.func.{function.__name__}")
        return function(*args, **kwargs)

    return wrapper


grad = _deprecated(transforms.grad)
grad_and_value = _deprecated(transforms.grad_and_value)
vjp = _deprecated(transforms.vjp)
jvp = _deprecated(transforms.jvp)
jacrev = _deprecated(transforms.jacrev)
jacfwd = _deprecated(transforms.jacfwd)
hessian = _deprecated(transforms.hessian)
functionalize = _deprecated(transforms.functionalize)
vmap = _deprecated(_vmap, "torch.vmap")


class FunctionalModule(Module):
    """A module as a function of its parameters, which are its first argument."""

    def __init__(self, stateless_model: Module, param_names: tuple[str, ...]) -> None:
        super().__init__()
        self.stateless_model, self.param_names = stateless_model, param_names

    def forward(self, params: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """The module's result with these parameters."""
        return functional_call(self.stateless_model, dict(zip(self.param_names, params, strict=True)), args, kwargs)


class FunctionalModuleWithBuffers(Module):
    """A module as a function of its parameters and its buffers."""

    def __init__(self, stateless_model: Module, param_names: tuple[str, ...], buffer_names: tuple[str, ...]) -> None:
        super().__init__()
        self.stateless_model, self.param_names, self.buffer_names = stateless_model, param_names, buffer_names

    def forward(self, params: Sequence[Tensor], buffers: Sequence[Tensor], *args: Any, **kwargs: Any) -> Any:
        """The module's result with these parameters and buffers."""
        given = dict(zip((*self.param_names, *self.buffer_names), (*params, *buffers), strict=True))
        return functional_call(self.stateless_model, given, args, kwargs)


def _copied(model: Module, disable_autograd_tracking: bool) -> tuple[Module, dict[str, Tensor], dict[str, Tensor]]:
    copied = copy.deepcopy(model)
    params: dict[str, Tensor] = dict(copied.named_parameters())
    for one in params.values() if disable_autograd_tracking else ():
        one.requires_grad_(False)
    return copied, params, dict(copied.named_buffers())


def make_functional(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModule, tuple[Tensor, ...]]:
    """A copy of a module as a function of its parameters, and these.

    Raises:
        RuntimeError: if the module has buffers.
    """
    _warn("make_functional", "torch.func.functional_call")
    copied, params, buffers = _copied(model, disable_autograd_tracking)
    if buffers:
        raise RuntimeError(
            "make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead."
        )
    return FunctionalModule(copied, tuple(params)), tuple(params.values())


def make_functional_with_buffers(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModuleWithBuffers, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """A copy of a module as a function of its parameters and its buffers, and these."""
    _warn("make_functional_with_buffers", "torch.func.functional_call")
    copied, params, buffers = _copied(model, disable_autograd_tracking)
    return (
        FunctionalModuleWithBuffers(copied, tuple(params), tuple(buffers)),
        tuple(params.values()),
        tuple(buffers.values()),
    )


def combine_state_for_ensemble(
    models: Sequence[Module],
) -> tuple[FunctionalModuleWithBuffers, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """A module as a function, and the stacked parameters and buffers of several of its class."""
    _warn("combine_state_for_ensemble", "torch.func.stack_module_state")
    params, buffers = stack_module_state(models)
    copied, _, _ = _copied(models[0], False)
    return (
        FunctionalModuleWithBuffers(copied, tuple(params), tuple(buffers)),
        tuple(params.values()),
        tuple(buffers.values()),
    )
