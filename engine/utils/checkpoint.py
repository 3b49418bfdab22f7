"""Recomputing instead of saving: a function runs once forward, and again when backward asks for what it saved.

Two ways, which differ in what can be seen.  *Reentrant*: the function runs unrecorded, as the forward of a custom
function, whose backward runs it again, recorded, and starts a backward pass of its own within the running one.  *Not
reentrant*: the function is recorded as always, but each tensor that a node would save is replaced by a placeholder; the
first placeholder that a pass reads has the function run again, and what is saved then fills them all.

    forward     save a   save b   save c        placeholders 0, 1, 2; nothing is kept
    backward    read 2 -> run again: save a, b, c -> 0, 1, 2 are filled, the run stops there; then read 1, read 0

Source: ``torch.utils.checkpoint``.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from ..amp.autocast_mode import autocast, get_autocast_dtype, is_autocast_cache_enabled, is_autocast_enabled
from ..autograd.api import backward
from ..autograd.backward import current_pass
from ..autograd.function import Function
from ..autograd.graph import saved_tensors_hooks
from ..autograd.modes import enable_grad, no_grad, watching
from ..autograd.saved import SavedTensor, keep
from ..random import fork_rng, get_rng_state, set_rng_state
from ..tensor import Tensor
from ..tensor_base import GRAD
from ..warning import warn
from .selective import CheckpointPolicy as CheckpointPolicy
from .selective import Log, compared
from .selective import SelectiveCheckpointContext as SelectiveCheckpointContext
from .selective import create_selective_checkpoint_contexts as create_selective_checkpoint_contexts


class CheckpointError(RuntimeError):
    """The function did something else when it ran again."""

    __module__ = "torch.utils.checkpoint"


class _Stop(Exception):
    """All that is needed has been computed again."""


Logs = tuple[Log, Log] | None
_DEBUG: list[bool | None] = []
"""What the blocks of `set_checkpoint_debug_enabled` say."""
_EARLY: list[bool] = []
"""What the blocks of `set_checkpoint_early_stop` say, the innermost last."""

_TIP = """
Tip: To see a more detailed error message, either pass `debug=True` to
`torch.utils.checkpoint.checkpoint(...)` or wrap the code block
with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to
enable checkpoint\N{NON-BREAKING HYPHEN}debug mode globally.

If this error occurs under torch.compile with automatic_dynamic_shapes enabled,
it may be because the recomputation selected a different compiled graph than the
forward pass (e.g., a dynamic graph instead of the original static graph).
To fix this, either:
  - Use torch._dynamo.mark_dynamic() to explicitly mark varying dimensions as
    dynamic upfront, avoiding the static-to-dynamic transition.
  - Call torch._C._dynamo.eval_frame._set_lru_cache(False) to disable LRU cache
    reordering, which can change which graph is checked first between forward
    and recompute.
See https://github.com/pytorch/pytorch/issues/166926 for more details and
workaround examples.
"""
_SEE = (
    "use_reentrant=False is recommended, but if you need to preserve the current default behavior, you can pass "
    "use_reentrant=True. Refer to docs for more details on the differences between the two variants."
)


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Whether checkpoints in the block log operations; None leaves it to each call."""
    _DEBUG.append(enabled)
    try:
        yield
    finally:
        _DEBUG.pop()


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """In the block, whether the second run stops once it has saved what is needed; stronger than ``early_stop=``."""
    _EARLY.append(enable)
    try:
        yield
    finally:
        _EARLY.pop()


def noop_context_fn() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Contexts for the two runs that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs as leaves of their own, with the same flags.

    Raises:
        RuntimeError: for anything but a tuple.
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(one.detach().requires_grad_(one.requires_grad) if isinstance(one, Tensor) else one for one in inputs)


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if no input is tracked."""
    if not any(one.requires_grad for one in inputs if isinstance(one, Tensor)):
        warn("None of the inputs have requires_grad=True. Gradients will be None")


class _Surroundings:
    """What a run depends on besides its inputs: random state, if it is to be kept, and automatic casts."""

    def __init__(self, preserve_rng_state: bool) -> None:
        self._random = get_rng_state() if preserve_rng_state else None
        self._casts = {
            "enabled": is_autocast_enabled("cpu"), "dtype": get_autocast_dtype("cpu"),
            "cache_enabled": is_autocast_cache_enabled(),
        }  # fmt: skip

    @contextlib.contextmanager
    def again(self) -> Iterator[None]:
        """The same surroundings once more; random numbers go on afterwards as if nothing had been drawn."""
        with fork_rng(enabled=self._random is not None):
            if self._random is not None:
                set_rng_state(self._random)
            with autocast("cpu", **self._casts):  # type: ignore[arg-type]
                yield


# Reentrant.


class CheckpointFunction(Function):
    """The function runs unrecorded; backward runs it again and differentiates that run."""

    __module__ = "torch.utils.checkpoint"

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.run_function, ctx.surroundings = run_function, _Surroundings(preserve_rng_state)
        ctx.inputs = [None if isinstance(one, Tensor) else one for one in args]
        ctx.places = [place for place, one in enumerate(args) if isinstance(one, Tensor)]
        ctx.save_for_backward(*(one for one in args if isinstance(one, Tensor)))
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if current_pass().targets is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        inputs = list(ctx.inputs)
        for place, tensor in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[place] = tensor
        detached = detach_variable(tuple(inputs))
        with ctx.surroundings.again(), enable_grad():
            outputs = ctx.run_function(*detached)
        outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
        tracked = [
            (output, gradient)
            for output, gradient in zip(outputs, grads, strict=True)
            if isinstance(output, Tensor) and output.requires_grad
        ]
        if not tracked:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([output for output, _ in tracked], [gradient for _, gradient in tracked])
        return None, None, *(one.grad if isinstance(one, Tensor) else None for one in detached)


# Not reentrant.


class _Placeholder:
    """Stands where a node would have saved a tensor."""

    __slots__ = ("__weakref__",)


class _Run:
    """What the second run has saved, for one backward pass."""

    def __init__(self) -> None:
        self.count = 0
        self.values: weakref.WeakKeyDictionary[_Placeholder, Tensor] = weakref.WeakKeyDictionary()
        self.read: weakref.WeakSet[_Placeholder] = weakref.WeakSet()


class _Region:
    """A call whose saved tensors are computed again: its placeholders, and how to run it."""

    def __init__(
        self, again: Callable[[], object], early_stop: bool, describe: Callable[[Tensor], Any], logs: Logs = None
    ) -> None:
        self._again, self._early_stop, self._describe, self._logs = again, early_stop, describe, logs
        self._placeholders: list[weakref.ref[_Placeholder]] = []
        self._described: list[Any] = []
        self._runs: weakref.WeakKeyDictionary[Any, _Run] = weakref.WeakKeyDictionary()
        self.is_complete = False
        self._is_checked = True

    def hooks(self) -> saved_tensors_hooks:
        """While the function runs the first time."""
        return saved_tensors_hooks(self._pack, self._unpack)

    def _pack(self, tensor: Tensor) -> _Placeholder:
        placeholder = _Placeholder()
        self._placeholders.append(weakref.ref(placeholder))
        self._described.append(self._describe(tensor))
        return placeholder

    def _unpack(self, placeholder: _Placeholder) -> Tensor:
        try:
            asking: Any = current_pass()
        except LookupError:  # somebody looks at what a node has saved
            asking = _Run()
        run = self._runs.get(asking)
        if run is None:
            run = self._run_again()
            self._runs[asking] = run
            try:
                self._check(run)
            except CheckpointError as error:
                if self._logs is None:
                    raise
                raise CheckpointError(compared(*self._logs)) from error
        if placeholder in run.read:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. If you "
                "are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an "
                "issue with details on your use case."
            )
        run.read.add(placeholder)
        return run.values.pop(placeholder)

    def _run_again(self) -> _Run:
        run = _Run()
        with (
            contextlib.suppress(_Stop),
            saved_tensors_hooks(lambda tensor: self._keep(run, tensor), lambda kept: kept),
            enable_grad(),
        ):
            self._again()
        return run

    def _keep(self, run: _Run, tensor: Tensor) -> Tensor:
        tensor = tensor.detach() if tensor.requires_grad else tensor
        place = run.count
        run.count += 1
        if place >= len(self._placeholders):
            if not self.is_complete:  # read before the first run has ended
                self._is_checked = False
                return tensor
            raise CheckpointError(
                "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original "
                f"forward pass.\n{_TIP}"
            )
        placeholder = self._placeholders[place]()
        if placeholder is not None:
            run.values[placeholder] = tensor
        if self._early_stop and run.count == len(self._placeholders):
            raise _Stop
        return tensor

    def _check(self, run: _Run) -> None:
        """Refuse a second run that saved other tensors than the first."""
        if not self._is_checked:
            return
        if run.count != len(self._placeholders):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self._placeholders)}\nNumber of tensors "
                f"saved during recomputation: {run.count}.\n{_TIP}"
            )
        differing = ""
        for place, (reference, described) in enumerate(zip(self._placeholders, self._described, strict=True)):
            placeholder = reference()
            if placeholder is not None and (found := self._describe(run.values[placeholder])) != described:
                differing += f"tensor at position {place}:\nsaved metadata: {described}\nrecomputed metadata: {found}\n"
        if differing:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                f"during the forward pass.\n{differing}.\n{_TIP}"
            )


_DESCRIPTIONS: dict[str, Callable[[Tensor], Any]] = {
    "default": lambda tensor: {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device},
    "none": lambda tensor: None,
}


def checkpoint(
    function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn, determinism_check: str = "default",
    debug: bool = False, early_stop: bool = True, **kwargs: Any,
) -> Any:  # fmt: skip
    """Call a function without keeping what backward needs; it runs again when that is asked for.

    Args:
        function: is called with ``args``, and, if not reentrant, ``kwargs``.
        use_reentrant: which way; left out, the reentrant one, with a warning.
        context_fn: gives the contexts of the first and of the second run.
        determinism_check: ``"default"`` compares shape, dtype and device of what both runs save, ``"none"`` nothing.
        debug: say of a second run that saves other tensors what both runs did.
        early_stop: end the second run once it has saved what is needed.
        preserve_rng_state: draw the same random numbers again; on unless it is switched off.

    Raises:
        ValueError: for arguments that do not go together.
        CheckpointError: in backward, if the second run saves other tensors than the first.
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, "
            f"calling checkpoint without use_reentrant will raise an exception. {_SEE}"
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in _DESCRIPTIONS:
        raise ValueError(f"determinism_check should be one of {list(_DESCRIPTIONS)}, but got {determinism_check}")
    first, second = context_fn()
    debug = debug if not _DEBUG or _DEBUG[-1] is None else _DEBUG[-1]
    logs = (Log("original"), Log("recompute")) if debug else None
    surroundings = _Surroundings(preserve)

    if not GRAD.get():
        return function(*args, **kwargs)
    kept = [keep(one) if isinstance(one, Tensor) else one for one in args]

    def again() -> None:
        given = [one.read() if isinstance(one, SavedTensor) else one for one in kept]
        with surroundings.again(), second, _logging(logs, 1):
            function(*given, **kwargs)

    region = _Region(again, _EARLY[-1] if _EARLY else early_stop, _DESCRIPTIONS[determinism_check], logs)
    with region.hooks(), first, _logging(logs, 0):
        result = function(*args, **kwargs)
    region.is_complete = True
    return result


def _logging(logs: Logs, run: int) -> AbstractContextManager[None]:
    return contextlib.nullcontext() if logs is None else watching(logs[run].watch)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Call a sequence of functions in segments, each but the last one checkpointed.

    Args:
        functions: a Sequential, or any sequence.
        segments: how many.
        input: of the first function.
        use_reentrant: as of `checkpoint`.

    Raises:
        ValueError: for a keyword other than ``preserve_rng_state``.
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. In "
            f"version 2.9 we will raise an exception if use_reentrant is not passed. {_SEE}"
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    called = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(called) // segments
    if segments > 1 and not size:
        raise ValueError("range() arg 3 must not be zero")
    start = 0
    for _ in range(segments - 1):
        part = called[start : start + size]
        input = checkpoint(
            lambda given, part=part: _in_turn(part, given), input, use_reentrant=use_reentrant,
            preserve_rng_state=preserve,
        )  # fmt: skip
        start += size
    return _in_turn(called[start:], input)


def _in_turn(functions: Sequence[Callable[[Any], Any]], given: Any) -> Any:
    for function in functions:
        given = function(given)
    return given
