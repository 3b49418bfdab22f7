"""Which modules are at work: in their forward pass, or in the part of a backward pass that belongs to them.

Source: ``torch.utils.module_tracker``.
"""

from __future__ import annotations

import logging
import weakref
from typing import Any

from ..autograd.backward import current_pass
from ..autograd.graph import register_multi_grad_hook
from ..nn.modules._hooks import register_module_forward_hook, register_module_forward_pre_hook
from ..nn.modules.module import Module
from ..tensor import Tensor
from . import pytree

_log = logging.getLogger("torch.utils.module_tracker")


class ModuleTracker:
    """A block in which ``parents`` has the names of the modules at work, and ``"Global"``.

    A module is left in the backward pass when the gradients of its inputs are there; one whose inputs need none is left
    at the end of the pass.
    """

    __module__ = "torch.utils.module_tracker"

    parents: set[str]

    def __init__(self) -> None:
        self.parents = {"Global"}
        self._known: weakref.WeakKeyDictionary[Module, str] = weakref.WeakKeyDictionary()
        self._seen: weakref.WeakSet[Module] = weakref.WeakSet()
        self._has_callback = False
        self._handles: list[Any] = []

    def __enter__(self) -> ModuleTracker:
        self._handles = [
            register_module_forward_pre_hook(self._before), register_module_forward_hook(self._after, always_call=True)
        ]  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    @property
    def is_bw(self) -> bool:
        """Whether a backward pass is running."""
        return self._has_callback

    def _name_of(self, module: Module) -> str:
        if module not in self._known:
            self._known[module] = type(module).__name__
        name = self._known[module]
        if module not in self._seen:
            for child_name, child in module.named_children():
                self._known[child] = f"{name}.{child_name}"
                self._name_of(child)
            self._seen.add(module)
        return name

    def _enter(self, name: str, is_backward: bool) -> None:
        if is_backward and not self._has_callback:
            current_pass().at_end(self._end)
            self._has_callback = True
        if name in self.parents and not is_backward:
            _log.info("%s is entered twice; what is said of its parents may be wrong", name)
        self.parents.add(name)

    def _end(self) -> None:
        self.parents = {"Global"}
        self._has_callback = False

    def _leave(self, name: str) -> None:
        self.parents.discard(name)

    def _before(self, module: Module, args: Any) -> None:
        name = self._name_of(module)
        self._enter(name, False)
        if tracked := _tracked(args):
            register_multi_grad_hook(tracked, lambda grads: self._leave(name))

    def _after(self, module: Module, args: Any, output: Any) -> None:
        name = self._name_of(module)
        self._leave(name)
        if tracked := _tracked(output):
            register_multi_grad_hook(tracked, lambda grads: self._enter(name, True))


def _tracked(values: Any) -> list[Tensor]:
    return [one for one in pytree.tree_leaves(values) if isinstance(one, Tensor) and one.requires_grad]
