"""What a block computes, and how long it takes: operations, nodes of backward passes, blocks with names.

Events nest as calls do.  Operations are watched where they are computed, so composite ones show as their parts.  Nodes
are timed by hooks that each pass registers (``logs.py``).

Source: ``torch.autograd.profiler``.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

from ..warning import warn
from .logs import NODE_OBSERVERS
from .modes import watching
from .node import AccumulateGrad, Node, RemovableHandle


class FunctionEvent:
    """One call: its name, when it began and ended, in microseconds, and the calls within."""

    __module__ = "torch.autograd.profiler_util"

    def __init__(self, id: int, name: str, start: float, parent: FunctionEvent | None, shapes: list[list[int]]) -> None:
        self.id, self.name, self.cpu_parent, self.input_shapes = id, name, parent, shapes
        self.start, self.end = start, start
        self.cpu_children: list[FunctionEvent] = []
        self.count = 1

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    @property
    def cpu_time_total(self) -> float:
        """From beginning to end, microseconds."""
        return self.end - self.start

    cpu_time = cpu_time_total

    @property
    def self_cpu_time_total(self) -> float:
        """The same without the calls within."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    def __repr__(self) -> str:
        children = [child.id for child in self.cpu_children]
        return (
            f"<FunctionEvent id={self.id} name={self.name} cpu_time={_time(self.cpu_time)} start_us={self.start:.3f} "
            f"end_us={self.end:.3f} cpu_children={children} input_shapes={self.input_shapes}>"
        )


class FunctionEventAvg:
    """All calls of one name."""

    __module__ = "torch.autograd.profiler_util"

    def __init__(self, key: str) -> None:
        self.key, self.count = key, 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0
        self.input_shapes: Any = ""

    def add(self, event: FunctionEvent | FunctionEventAvg) -> None:
        """Count a call."""
        self.count += event.count
        self.cpu_time_total += event.cpu_time_total
        self.self_cpu_time_total += event.self_cpu_time_total

    @property
    def cpu_time(self) -> float:
        """Of one call on average, microseconds."""
        return self.cpu_time_total / self.count if self.count else 0.0

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={_time(self.self_cpu_time_total)} "
            f"cpu_time={_time(self.cpu_time)}  self_cuda_time=0.000us cuda_time=0.000us "
            f"input_shapes={self.input_shapes} cpu_memory_usage=0 cuda_memory_usage=0>"
        )


class EventList(list):
    """Events, or their averages by name; prints as a table."""

    __module__ = "torch.autograd.profiler_util"

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all, microseconds."""
        return sum(event.self_cpu_time_total for event in self)

    def key_averages(self, group_by_input_shape: bool = False, **_: Any) -> EventList:
        """The events of each name, and with ``group_by_input_shape`` of each shape of inputs, as one."""
        found: dict[Any, FunctionEventAvg] = {}
        for event in self:
            group = (event.name, str(event.input_shapes)) if group_by_input_shape else event.name
            if group not in found:
                found[group] = FunctionEventAvg(event.name)
                found[group].input_shapes = event.input_shapes if group_by_input_shape else ""
            found[group].add(event)
        return EventList(found.values())

    def total_average(self) -> FunctionEventAvg:
        """All events as one."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.add(event)
        return total

    def table(
        self, sort_by: str | None = None, row_limit: int = 100, max_src_column_width: int = 75,
        max_name_column_width: int = 55, max_shapes_column_width: int = 80, header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:  # fmt: skip
        """The events as lines.

        Args:
            sort_by: an attribute, the largest first, such as ``"self_cpu_time_total"``.
            row_limit: how many lines at most; -1 for all.
            max_name_column_width: longer names are cut.
            header: stands above.
            top_level_events_only: without calls within others.
        """
        if not self:
            return ""
        events = sorted(self, key=lambda event: getattr(event, sort_by), reverse=True) if sort_by else [*self]
        if top_level_events_only:
            events = [event for event in events if getattr(event, "cpu_parent", None) is None]
        return _table(events, self.self_cpu_time_total, row_limit, max_name_column_width, header)

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as ``chrome://tracing`` reads them."""
        events = [
            {"name": e.name, "ph": "X", "ts": e.start, "dur": e.cpu_time_total, "pid": 0, "tid": 1, "args": {}}
            for e in self
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(events, file)

    def __str__(self) -> str:
        return self.table()


def _time(microseconds: float) -> str:
    if microseconds >= 1e6:
        return f"{microseconds / 1e6:.3f}s"
    return f"{microseconds / 1e3:.3f}ms" if microseconds >= 1e3 else f"{microseconds:.3f}us"


_HEADERS = ("Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls")


def _table(events: Sequence[Any], total: float, row_limit: int, widest: int, header: str | None) -> str:
    width = min(max(len(event.key) for event in events) + 4, widest)
    widths = (width, *(12,) * (len(_HEADERS) - 1))

    def line(cells: Sequence[Any]) -> str:
        return "".join(f"{cell:>{width}}  " for cell, width in zip(cells, widths, strict=True))

    def share(part: float) -> str:
        return f"{part * 100 / total:.2f}%" if total else "NaN"

    rule = line(["-" * width for width in widths])
    lines = [rule, header] if header else []
    lines += [rule, line(_HEADERS), rule]
    for event in events[: None if row_limit < 0 else row_limit]:
        name = event.key if len(event.key) < widest - 3 else f"{event.key[: widest - 4]}..."
        mine, whole = event.self_cpu_time_total, event.cpu_time_total
        lines.append(
            line([name, share(mine), _time(mine), share(whole), _time(whole), _time(event.cpu_time), event.count])
        )
    return "\n".join([*lines, rule, f"Self CPU time total: {_time(total)}", ""])


class Recorder:
    """Collects the events of a block."""

    def __init__(self, shapes: bool) -> None:
        self.events = EventList()
        self._shapes = shapes
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
        shapes = [one.shape for one in values if hasattr(one, "shape")] if self._shapes else ()
        event = self.begin(f"aten::{op.schema.name}", shapes)
        try:
            return proceed()
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
        use_device, with_flops, profile_memory, with_stack, with_modules, use_kineto, use_cpu: no effect.

    Raises:
        RuntimeError: if it is entered twice.
    """

    __module__ = "torch.autograd.profiler"

    def __init__(
        self, enabled: bool = True, *, use_cuda: bool = False, use_device: str | None = None,
        record_shapes: bool = False, **_: Any,
    ) -> None:  # fmt: skip
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
        self._recorder = Recorder(self.record_shapes).__enter__()
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
