"""What a block computes, and how long it takes: operations, nodes of backward passes, blocks with names.

Events nest as calls do.  Operations are watched where they are computed, so composite ones show as their parts.  Nodes
are timed by hooks that each pass registers (``logs.py``).

Source: ``torch.autograd.profiler``.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..layout import storage
from ..tensor_base import TensorBase
from ..warning import warn
from .logs import NODE_OBSERVERS
from .modes import watching
from .node import AccumulateGrad, Node, RemovableHandle
from .profiler_util import EventList as EventList
from .profiler_util import FunctionEvent as FunctionEvent
from .profiler_util import FunctionEventAvg as FunctionEventAvg


class Recorder:
    """Collects the events of a block."""

    def __init__(self, shapes: bool, memory: bool = False) -> None:
        self.events = EventList(profile_memory=memory)
        self._shapes, self._memory = shapes, memory
        self._origin = time.perf_counter()
        self._open: list[FunctionEvent] = []
        self._watch = watching(self._operation)
        self._tokens: list[Any] = []

    def __enter__(self) -> Recorder:
        self._tokens = [_RECORDER.set(self), NODE_OBSERVERS.set((*NODE_OBSERVERS.get(), self._node))]
        self._watch.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.__exit__(None, None, None)
        _RECORDER.reset(self._tokens[0])
        NODE_OBSERVERS.reset(self._tokens[1])

    def begin(self, name: str, shapes: Sequence[Any] = ()) -> FunctionEvent:
        """Something begins."""
        parent = self._open[-1] if self._open else None
        now = (time.perf_counter() - self._origin) * 1e6
        event = FunctionEvent(len(self.events), name, now, parent, [list(one) for one in shapes])
        if parent is not None:
            parent.cpu_children.append(event)
        self.events.append(event)
        self._open.append(event)
        return event

    def end(self, event: FunctionEvent) -> None:
        """It has ended, and with it what an error has left open within."""
        now = (time.perf_counter() - self._origin) * 1e6
        while self._open:
            last = self._open.pop()
            last.end = now
            if last is event:
                break

    def _operation(self, op: Any, values: Sequence[Any], proceed: Callable[[], Any]) -> Any:
        shapes = [getattr(one, "shape", ()) for one in values] if self._shapes else ()
        event = self.begin(f"aten::{op.schema.name}", shapes)
        try:
            result = proceed()
            if self._memory:
                event.self_cpu_memory_usage = _allocated(result, values)
            return result
        finally:
            self.end(event)

    def _node(self, node: Node) -> Iterator[RemovableHandle]:
        name = "torch::autograd::AccumulateGrad" if isinstance(node, AccumulateGrad) else node.name()
        opened: list[FunctionEvent] = []

        def before(*_: Any) -> None:
            opened.append(self.begin(f"autograd::engine::evaluate_function: {name}"))
            self.begin(name)

        def after(*_: Any) -> None:
            if opened:
                self.end(opened.pop())

        yield node.register_prehook(before)
        yield node.register_hook(after)


def _allocated(result: Any, values: Sequence[Any]) -> int:
    """The bytes of results that are in no input's memory."""
    given = {id(storage(one)) for one in _arrays(values)}
    results = result if isinstance(result, (list, tuple)) else (result,)
    return sum(one.nbytes for one in _arrays(results) if id(storage(one)) not in given)


def _arrays(values: Sequence[Any]) -> Iterator[np.ndarray]:
    """Those of the tensors among the values that have memory."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _arrays(value)
        elif isinstance(value, TensorBase) and isinstance(value._array, np.ndarray):
            yield value._array


_RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


class record_function:
    """Gives a block, or each call of a function, an event of its own."""

    __module__ = "torch.autograd.profiler"

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._event: FunctionEvent | None = None

    def __enter__(self) -> record_function:
        recorder = _RECORDER.get()
        self._event = None if recorder is None else recorder.begin(self.name)
        return self

    def __exit__(self, *_: object) -> None:
        recorder = _RECORDER.get()
        if recorder is not None and self._event is not None:
            recorder.end(self._event)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return call


class profile:
    """Records what a block computes.

    Args:
        enabled: False records nothing.
        use_cuda: deprecated; there is no GPU here.
        record_shapes: note the shapes of inputs.
        profile_memory: note the bytes of results.
        use_device, with_flops, with_stack, with_modules, use_kineto, use_cpu: no effect.

    Raises:
        RuntimeError: if it is entered twice.
    """

    __module__ = "torch.autograd.profiler"

    def __init__(
        self, enabled: bool = True, *, use_cuda: bool = False, use_device: str | None = None,
        record_shapes: bool = False, profile_memory: bool = False, **_: Any,
    ) -> None:  # fmt: skip
        self.profile_memory = profile_memory
        self.enabled, self.record_shapes, self.use_device = enabled, record_shapes, use_device
        if use_cuda:
            warn(
                "The attribute `use_cuda` will be deprecated soon, please use ``use_device = 'cuda'`` instead.",
                FutureWarning,
            )
            self.use_device = "cuda"
        if self.use_device == "cuda":
            warn("CUDA is not available, disabling CUDA profiling")
            self.use_device = None
        self.entered = False
        self.function_events: EventList = EventList()
        self._recorder: Recorder | None = None

    def __enter__(self) -> profile | None:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        self._recorder = Recorder(self.record_shapes, self.profile_memory).__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._recorder is not None:
            self._recorder.__exit__()
            self.function_events = self._recorder.events

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, **_: Any) -> EventList:
        """The events of each name as one."""
        return self.function_events.key_averages(group_by_input_shape)

    def total_average(self) -> FunctionEventAvg:
        """All events as one."""
        return self.function_events.total_average()

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The events as lines, see `EventList.table`."""
        return self.function_events.table(*args, **kwargs)

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as ``chrome://tracing`` reads them."""
        self.function_events.export_chrome_trace(path)

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all, microseconds."""
        return self.function_events.self_cpu_time_total

    def __repr__(self) -> str:
        if self._recorder is None:
            return "<unfinished torch.autograd.profile>"
        return repr(self.function_events)

    def __str__(self) -> str:
        return repr(self) if self._recorder is None else str(self.function_events)


class emit_nvtx(AbstractContextManager):
    """Refused: NVTX marks work on a GPU."""

    __module__ = "torch.autograd.profiler"

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> emit_nvtx | None:
        if not self.enabled:
            return None
        raise AssertionError("Torch not compiled with CUDA enabled")

    def __exit__(self, *_: object) -> None:
        return None
