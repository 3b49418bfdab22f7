"""Targets that are wrong on purpose. A harness is worth what it catches: each of these must be caught, and named by the
check that its fault is about.

`miniatures:TINY.wrong_values` is `tinytorch` with that fault, `miniatures:ENGINE.wrong_values` the engine with it.
"""

import contextlib
import ctypes
import functools
import os
import threading
import time
import warnings
from types import SimpleNamespace

from conformance.targets.protocol import Unavailable
from conformance.targets.torchlike import TorchLike


class Spoilt(TorchLike):
    """An engine, and what is done to it once it is loaded."""

    def __init__(self, module, spoil):
        super().__init__(module)
        self._spoil = spoil

    def load(self):
        description = super().load()
        self._spoil(self.torch)
        return description


def wrap(owner, name, make):
    """Puts `make(original)` in the place of `owner.name`."""
    original = getattr(owner, name)
    setattr(owner, name, functools.wraps(original)(make(original)))


def right(torch):
    pass


def wrong_values(torch):
    wrap(torch.Tensor, "__mul__", lambda original: lambda self, other: original(original(self, other), 1.001))


def wrong_last_bit(torch):
    """A float32 one unit in the last place too large: within tolerance, so it must not be reported."""

    def rounding(original):
        def total(self, *arguments, **options):
            result = original(self, *arguments, **options)
            result.detach().numpy()[...] *= 1 + 2**-23
            return result

        return total

    wrap(torch.Tensor, "sum", rounding)


def wrong_dtype(torch):
    wrap(
        torch,
        "tensor",
        lambda original: lambda data, dtype=None, **options: original(data, dtype=dtype or torch.float64, **options),
    )


def swaps_gradients(torch):
    def swapping(original):
        def backward(self, *arguments, **options):
            original(self, *arguments, **options)
            below = [node for node, _ in self.grad_fn.next_functions[0][0].next_functions]
            leaves = [node.variable for node in below if hasattr(node, "variable")]
            if len(leaves) == 2:
                leaves[0].grad, leaves[1].grad = leaves[1].grad, leaves[0].grad

        return backward

    wrap(torch.Tensor, "backward", swapping)


def swallows_errors(torch):
    def quietly(original):
        def backward(self, *arguments, **options):
            with contextlib.suppress(RuntimeError):
                original(self, *arguments, **options)

        return backward

    wrap(torch.Tensor, "backward", quietly)


def raises_something_else(torch):
    def other(original):
        def backward(self, *arguments, **options):
            try:
                original(self, *arguments, **options)
            except RuntimeError as error:
                raise ValueError(str(error)) from None

        return backward

    wrap(torch.Tensor, "backward", other)


def changes_a_message(torch):
    def reworded(original):
        def backward(self, *arguments, **options):
            try:
                original(self, *arguments, **options)
            except RuntimeError:
                raise RuntimeError("there is nothing to differentiate") from None

        return backward

    wrap(torch.Tensor, "backward", reworded)


def prints_nothing(torch):
    wrap(torch.Tensor, "__repr__", lambda original: lambda self: "")


def prints_more_digits(torch):
    wrap(torch.Tensor, "__repr__", lambda original: lambda self: original(self).replace(".", ".0"))


def warns_more(torch):
    def warning(original):
        def total(self, *arguments, **options):
            warnings.warn("sum() is slow", stacklevel=2)
            return original(self, *arguments, **options)

        return total

    wrap(torch.Tensor, "sum", warning)


def warns_less(torch):
    torch.Tensor.grad = property(lambda self: self._grad)


def forgets_the_graph(torch):
    wrap(torch.Tensor, "__mul__", lambda original: lambda self, other: original(self, other).detach())


def names_nodes_otherwise(torch):
    wrap(torch.Node, "name", lambda original: lambda self: original(self).replace("Mul", "Times"))


def exits_early(torch):
    wrap(torch.Tensor, "sum", lambda original: lambda *_, **__: os._exit(0))


def hangs(torch):
    wrap(torch.Tensor, "sum", lambda original: lambda *_, **__: time.sleep(3600))


def crashes(torch):
    wrap(torch.Tensor, "sum", lambda original: lambda *_, **__: ctypes.string_at(0))


def is_not_there(torch):
    raise Unavailable("no such hardware")


def fails_to_load(torch):
    raise RuntimeError("the kernels were not built")


def says_escapes(torch):
    raise RuntimeError("\x1b[31mno")


def starts_a_thread(torch):
    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()


FAULTS = (
    right,
    wrong_values,
    wrong_last_bit,
    wrong_dtype,
    swaps_gradients,
    swallows_errors,
    raises_something_else,
    changes_a_message,
    prints_nothing,
    prints_more_digits,
    warns_more,
    warns_less,
    forgets_the_graph,
    names_nodes_otherwise,
    exits_early,
    hangs,
    crashes,
    is_not_there,
    fails_to_load,
    says_escapes,
    starts_a_thread,
)


def faulty(module):
    """The module with each fault, by the fault's name."""
    return SimpleNamespace(**{fault.__name__: functools.partial(Spoilt, module, fault) for fault in FAULTS})


TINY = faulty("tinytorch")
not_installed = TorchLike("no_such_engine")
ENGINE = faulty("engine")
