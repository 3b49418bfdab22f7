"""``torch.autograd.graph``: nodes, places in the graph, and hooks for saved tensors.

Source: the "Autograd graph" part of torch's autograd reference.
"""

from __future__ import annotations

import abc
import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..tensor import Tensor
from .api import GradientEdge, get_gradient_edge
from .modes import STATE
from .node import Node as _Node
from .node import RemovableHandle, accumulator
from .saved import DEFAULT_HOOKS, DISABLED, check_default_hooks
from .views import bump

if TYPE_CHECKING:
    from .backward import _Pass


class Node(abc.ABC):
    """What every ``grad_fn`` is an instance of.  Source: ``torch.autograd.graph.Node``."""

    __module__ = "torch.autograd.graph"

    @abc.abstractmethod
    def name(self) -> str:
        """The name of the operation's class."""
        raise NotImplementedError

    @property
    @abc.abstractmethod
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, with the index of the output of theirs that each input was."""
        raise NotImplementedError

    @abc.abstractmethod
    def metadata(self) -> dict:
        """A dict for the user."""
        raise NotImplementedError

    @property
    @abc.abstractmethod
    def _input_metadata(self) -> list[Any]:
        raise NotImplementedError

    @abc.abstractmethod
    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call ``fn(grad_inputs, grad_outputs)`` after the node has run; a result replaces ``grad_inputs``."""
        raise NotImplementedError

    @abc.abstractmethod
    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call ``fn(grad_outputs)`` before the node runs; a result replaces ``grad_outputs``."""
        raise NotImplementedError

    @abc.abstractmethod
    def _sequence_nr(self) -> int:
        raise NotImplementedError

    @abc.abstractmethod
    def _register_hook_dict(self, hooks: Any) -> None:
        raise NotImplementedError


Node.register(_Node)


class saved_tensors_hooks:
    """Pack every tensor that is saved in the block, and unpack it at every reading.

    Args:
        pack_hook: gets the tensor, returns anything.
        unpack_hook: gets that, returns the tensor.

    Only the innermost pair applies.  Source: ``torch.autograd.graph.saved_tensors_hooks``.
    """

    __module__ = "torch.autograd.graph"

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        if (reason := DISABLED.get()) is not None:
            raise RuntimeError(reason)
        check_default_hooks(self.pack_hook, self.unpack_hook)
        DEFAULT_HOOKS.set((*DEFAULT_HOOKS.get(), (self.pack_hook, self.unpack_hook)))
        STATE.unusual += 1

    def __exit__(self, *_: object) -> None:
        if not DEFAULT_HOOKS.get():
            raise RuntimeError("there are no saved-tensor hooks to remove")
        STATE.unusual -= 1
        DEFAULT_HOOKS.set(DEFAULT_HOOKS.get()[:-1])


class save_on_cpu(saved_tensors_hooks):
    """Keep what the block saves on the CPU, where the engine has it anyway.

    Args:
        pin_memory: no effect without an accelerator.
        device_type: no effect.
    """

    __module__ = "torch.autograd.graph"

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: (tensor.device, tensor.cpu()), lambda packed: packed[1])


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Fail with this text when saved-tensor hooks are used in the block.

    Raises:
        RuntimeError: if hooks are active already.
    """
    if DEFAULT_HOOKS.get():
        raise RuntimeError(error_message)
    previous = DISABLED.get()
    DISABLED.set(error_message)
    try:
        yield
    finally:
        DISABLED.set(previous)


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Note that the memory of a tensor, or of several, was modified in a way that autograd did not see.

    Raises:
        RuntimeError: for anything else.
    """
    if not isinstance(tensor, (Tensor, Iterable)):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    several = [tensor] if isinstance(tensor, Tensor) else [*tensor]
    if not all(isinstance(one, Tensor) for one in several):
        raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
    for one in several:
        if not one.is_inference():
            bump(one)


def region_activation_memory_budget(budget: float) -> contextlib.AbstractContextManager[None]:
    """Say how much memory a compiled region may keep for backward; nothing is compiled here.

    Raises:
        TypeError: unless ``budget`` is a number.
        ValueError: unless it is in [0, 1].
        RuntimeError: otherwise.

    Source: ``torch.autograd.graph.region_activation_memory_budget``.
    """
    name = "torch.autograd.graph.region_activation_memory_budget"
    if isinstance(budget, bool) or not isinstance(budget, (int, float)):
        raise TypeError(f"{name}: expects a float, got {type(budget).__name__}")
    if not 0 <= budget <= 1:
        raise ValueError(f"{name}: must be in [0, 1], got {budget}")
    raise RuntimeError(f"{name} can only be used inside a torch.compile region; it has no effect in eager mode.")


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """No effect: there are no streams on the CPU."""


def set_override_stale_capture_stream(enabled: bool) -> None:
    """No effect: there are no streams on the CPU."""


class _MultiHandle(RemovableHandle):
    """Removes all parts of a hook on several tensors."""

    __module__ = "torch.autograd.graph"

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all"
) -> RemovableHandle:
    """Call ``fn`` when gradients of several tensors have been computed.

    Args:
        tensors: whose gradients are awaited.
        fn: in mode ``all`` gets the list of gradients, None for those that this backward does not compute; in mode
            ``any`` the first gradient.
        mode: ``"all"`` or ``"any"``.

    Raises:
        ValueError: for another mode.

    Source: ``torch.autograd.graph.register_multi_grad_hook``.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    return _hook_all(tensors, fn) if mode == "all" else _hook_any(tensors, fn)


def _hook_all(tensors: Sequence[Tensor], fn: Callable[..., None]) -> RemovableHandle:
    from .backward import current_pass

    nodes = []
    for one in tensors:
        node = (one.grad_fn or accumulator(one)) if one.requires_grad else None
        assert node is not None, "Expected gradient function to be set"
        nodes.append(node)
    arrived: WeakKeyDictionary[_Pass, list[Tensor | None]] = WeakKeyDictionary()
    awaited: WeakKeyDictionary[_Pass, int] = WeakKeyDictionary()
    lock = threading.Lock()

    def hook_for(index: int) -> Callable[[Tensor | None], None]:
        def hook(gradient: Tensor | None) -> None:
            task = current_pass()
            with lock:
                if task not in arrived:
                    awaited[task] = sum(task.will_reach(node) for node in nodes)
                    arrived[task] = [None] * len(tensors)
                arrived[task][index] = gradient
                awaited[task] -= 1
                complete = awaited[task] == 0
            if complete:
                del awaited[task]
                fn(arrived.pop(task))

        return hook

    return _MultiHandle([one.register_hook(hook_for(i)) for i, one in enumerate(tensors)])


def _hook_any(tensors: Sequence[Tensor], fn: Callable[..., None]) -> RemovableHandle:
    from .backward import current_pass

    seen: set[int] = set()
    lock = threading.Lock()

    def hook(gradient: Tensor) -> None:
        task = current_pass()
        with lock:
            first = id(task) not in seen
            seen.add(id(task))
        if first:
            task.at_end(lambda: seen.discard(id(task)))
            fn(gradient)

    return _MultiHandle([one.register_hook(hook) for one in tensors if one.requires_grad])


# Last, as it packs what is saved.
from .mutation import allow_mutation_on_saved_tensors  # noqa: E402

__all__ = [
    "GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "get_gradient_edge",
    "increment_version", "region_activation_memory_budget", "register_multi_grad_hook", "save_on_cpu",
    "saved_tensors_hooks", "set_override_stale_capture_stream", "set_warn_on_accumulate_grad_stream_mismatch",
]  # fmt: skip
