"""Custom functions: operations whose forward and backward the user writes.

``apply`` runs ``forward`` unrecorded, with the node of the call as its ``ctx`` (``function_ctx.py``), and gives what
comes out its place in the graph (``function_outputs.py``).

Source: ``torch.autograd.Function`` and "Extending torch.autograd" in torch's notes.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from ..tensor import Tensor
from ..warning import warn
from .forward_ad import _set_fwd_grad_enabled, is_active
from .function_ctx import BackwardCFunction as BackwardCFunction
from .function_ctx import FunctionCtx as FunctionCtx
from .function_outputs import connect, give_tangents, save
from .levels import LEVELS, mapped, settled
from .modes import GRAD, STATE, no_grad
from .node import Node, accumulator, next_sequence_nr


class FunctionMeta(type):
    """Gives every custom function its class of nodes."""

    __module__ = "torch.autograd.function"

    def __init__(cls, name: str, bases: tuple, attributes: dict[str, Any]) -> None:
        cls._backward_cls = type(
            f"{name}Backward", (BackwardCFunction,), {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        )
        super().__init__(name, bases, attributes)


class Function(FunctionCtx, metaclass=FunctionMeta):
    """A base for operations with a derivative of one's own.  Source: ``torch.autograd.Function``."""

    __module__ = "torch.autograd.function"

    clear_saved_tensors_on_access = False
    boxed_grads_call = False
    generate_vmap_rule = False
    _backward_cls: ClassVar[type[BackwardCFunction]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you "
            "should invoke them on the class itself. Instantiating an autograd function will raise an error in a "
            "future version of PyTorch.",
            DeprecationWarning,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results; the user's."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Keep what ``backward`` needs, if ``forward`` has no ``ctx``; the user's."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradients of the inputs from those of the outputs; the user's."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def vmap(info: Any, in_dims: tuple, *args: Any) -> Any:
        """Compute the results for all examples, and where these lie in each; the user's."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or "
            "set generate_vmap_rule=True."
        )

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Compute the tangents of the outputs from those of the inputs; the user's."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run the function on these arguments.

        Raises:
            RuntimeError: if ``forward`` misuses its context.
        """
        has_setup = cls.setup_context is not Function.setup_context
        levels = LEVELS.get() if STATE.unusual else ()
        if levels and not has_setup:
            raise RuntimeError(
                "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it "
                "must override the setup_context staticmethod. For more details, please see "
                "https://pytorch.org/docs/main/notes/extending.func.html"
            )
        if has_setup:
            args, kwargs = _with_defaults(cls.forward, args, kwargs)
        if kwargs:
            args = _in_their_places(cls.forward, args, kwargs, skip=0 if has_setup else 1)
        if STATE.unusual:
            args = settled(args)
        if levels and levels[-1].is_batched:
            return levels[-1].apply(cls, args)
        if levels:
            args = tuple(mapped(levels[-1].lift, one) for one in args)
        ctx = object.__new__(cls._backward_cls)
        ctx._prepare(args)
        needed = any(ctx.needs_input_grad)  # before forward, which may set it to anything
        if STATE.unusual:
            with _set_fwd_grad_enabled(False):
                found = _run_forward(cls, ctx, args, has_setup)
        else:
            found = _run_forward(cls, ctx, args, has_setup)
        outputs = found if isinstance(found, tuple) else (found,)
        recorded = GRAD.get() and needed
        connected = connect(ctx, args, outputs, recorded)
        if STATE.unusual and is_active():
            give_tangents(ctx, args, outputs, connected)
        if recorded:
            save(ctx, connected)
        ctx.saved_for_forward = None
        return connected if isinstance(found, tuple) else connected[0]


def _run_forward(cls: type[Function], ctx: BackwardCFunction, args: tuple, has_setup: bool) -> Any:
    with no_grad():
        if not has_setup:
            return cls.forward(ctx, *args)
        levels = LEVELS.get()
        found = levels[-1].apply(cls, args) if levels else cls.forward(*args)
        cls.setup_context(ctx, args, found)
    return found


def _with_defaults(forward: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args, bound.kwargs


def _in_their_places(forward: Callable[..., Any], args: tuple, kwargs: dict[str, Any], skip: int) -> tuple:
    """All arguments by position, as the graph counts them; defaults do not fill gaps, as in torch.

    Raises:
        TypeError: for names that are no positional parameters of ``forward``, or given already, and for gaps.
    """
    code = forward.__code__
    names = code.co_varnames[skip : code.co_argcount]
    for name in kwargs:
        if name not in names:
            raise TypeError(f"forward() got an unexpected keyword argument '{name}'")
        if names.index(name) < len(args):
            raise TypeError(f"forward() got multiple values for argument '{name}'")
    last = max(map(names.index, kwargs))
    for place in range(len(args), last + 1):
        if names[place] not in kwargs:
            raise TypeError(f"forward() missing required argument: '{names[place]}' (position {place})")
    return (*args, *(kwargs[name] for name in names[len(args) : last + 1]))


class InplaceFunction(Function):
    """A `Function` that remembers whether it was asked to work in place; kept for old code."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """A `Function` of nested inputs, for code from before functions were static; torch can no longer call it."""

    def __call__(self, *args: Any) -> Any:
        return super()._do_forward(*args)  # type: ignore[misc]  # which is torch's own error

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Fails: what was nested is not there."""
        return ctx._nested_input


InplaceFunction.__module__ = NestedIOFunction.__module__ = "torch.autograd.function"


class DelayedError(Node):
    """Fails when it is differentiated.  Shows as ``Error``."""

    __slots__ = ("message",)
    __module__ = "builtins"
    _takes_all = True
    _display_name = "torch::autograd::Error"
    message: str

    def _apply(self, grads: Any) -> list[Tensor | None]:
        raise RuntimeError(self.message)


DelayedError.__name__ = DelayedError.__qualname__ = "Error"


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Let a second derivative through this ``backward`` fail.

    Source: ``torch.autograd.function.once_differentiable``.
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args)
        if not GRAD.get() or not any(isinstance(arg, Tensor) and arg.requires_grad for arg in args):
            return outputs
        results = outputs if isinstance(outputs, tuple) else (outputs,)
        node = object.__new__(DelayedError)
        node.message = "trying to differentiate twice a function that was marked with @once_differentiable"
        node._seq, node._extra = next_sequence_nr(), None
        tensors = [one for one in results if isinstance(one, Tensor)]
        node._edges = tuple((accumulator(one.detach().requires_grad_()), 0) for one in tensors)
        node._more = [(one._array.shape, one._dtype) for one in tensors]
        node._shape, node._dtype = node._more[0] if node._more else ((), None)  # type: ignore[assignment]

        def failing(one: Any, nr: int) -> Any:
            if not isinstance(one, Tensor):
                return one
            fake = one.detach()
            fake._requires_grad, fake._grad_fn, fake._output_nr = True, node, nr
            return fake

        found = tuple(failing(one, nr) for nr, one in enumerate(results))
        return found if isinstance(outputs, tuple) else found[0]

    return wrapper
