"""What was recorded of a block: events, their averages, and the table that they are shown in.

Source: ``torch.autograd.profiler_util``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any


class _Event:
    """What one call and the calls of one name have in common: of an accelerator, nothing."""

    cpu_time: Any
    cpu_time_total: Any
    self_cpu_time_total: Any
    cuda_time = device_time = cuda_time_total = device_time_total = self_cuda_time_total = self_device_time_total = 0.0
    device_memory_usage = self_device_memory_usage = flops = 0
    overload_name, node_id, device_type = "", -1, "DeviceType.CPU"
    is_async = is_remote = is_legacy = is_user_annotation = False

    @property
    def cpu_time_str(self) -> str:
        """Of one call, with its unit."""
        return _time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        """Of all calls, with its unit."""
        return _time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        """Of all calls without those within, with its unit."""
        return _time(self.self_cpu_time_total)


class FunctionEvent(_Event):
    """One call: its name, when it began and ended, in microseconds, and the calls within."""

    __module__ = "torch.autograd.profiler_util"

    def __init__(self, id: int, name: str, start: float, parent: FunctionEvent | None, shapes: list[list[int]]) -> None:
        self.id, self.name, self.cpu_parent, self.input_shapes = id, name, parent, shapes
        self.start, self.end = start, start
        self.cpu_children: list[FunctionEvent] = []
        self.count = self.thread = 1
        self.self_cpu_memory_usage = 0

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

    @property
    def cpu_memory_usage(self) -> int:
        """Bytes of results, with those of the calls within."""
        return self.self_cpu_memory_usage + sum(child.cpu_memory_usage for child in self.cpu_children)

    def __repr__(self) -> str:
        children = [child.id for child in self.cpu_children]
        return (
            f"<FunctionEvent id={self.id} name={self.name} overload_name={self.overload_name} "
            f"device_type={self.device_type} node_id={self.node_id} cpu_time={self.cpu_time_str} "
            f"start_us={self.start:.3f} end_us={self.end:.3f} cpu_children={children} None_time=0.000us "
            f"name={self.name} thread={self.thread} input_shapes={self.input_shapes} "
            f"cpu_memory_usage={self.cpu_memory_usage} None_memory_usage=0 is_async=False is_remote=False seq_nr=-1 "
            "is_legacy=False>"
        )


class FunctionEventAvg(_Event):
    """All calls of one name."""

    __module__ = "torch.autograd.profiler_util"

    def __init__(self, key: str) -> None:
        self.key, self.count = key, 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0
        self.cpu_memory_usage = self.self_cpu_memory_usage = 0
        self.input_shapes: Any = ""

    def add(self, event: FunctionEvent | FunctionEventAvg) -> None:
        """Count a call."""
        self.count += event.count
        self.cpu_time_total += event.cpu_time_total
        self.self_cpu_time_total += event.self_cpu_time_total
        self.cpu_memory_usage += event.cpu_memory_usage
        self.self_cpu_memory_usage += event.self_cpu_memory_usage

    @property
    def cpu_time(self) -> float:
        """Of one call on average, microseconds."""
        return self.cpu_time_total / self.count if self.count else 0.0

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={_time(self.self_cpu_time_total)} "
            f"cpu_time={_time(self.cpu_time)}  self_cuda_time=0.000us cuda_time=0.000us "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} "
            "cuda_memory_usage=0>"
        )


class EventList(list):
    """Events, or their averages by name; prints as a table."""

    __module__ = "torch.autograd.profiler_util"

    def __init__(self, events: Iterable[Any] = (), profile_memory: bool = False) -> None:
        super().__init__(events)
        self._memory = profile_memory

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
        return EventList(found.values(), self._memory)

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
            max_shapes_column_width: so are longer lists of shapes.
            header: stands above.
            top_level_events_only: without calls within others.
        """
        if not self:
            return ""
        events = sorted(self, key=lambda event: getattr(event, sort_by), reverse=True) if sort_by else [*self]
        if top_level_events_only:
            events = [event for event in events if getattr(event, "cpu_parent", None) is None]
        return _table(
            events, self.self_cpu_time_total, row_limit, max_name_column_width, max_shapes_column_width, header,
            self._memory,
        )  # fmt: skip

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as ``chrome://tracing`` reads them."""
        events = [
            {"name": e.name, "ph": "X", "ts": e.start, "dur": e.cpu_time_total, "pid": 0, "tid": 1, "args": {}}
            for e in self
        ]
        opened: Any = gzip.open if path.endswith(".gz") else open
        with opened(path, "wt", encoding="utf-8") as file:
            json.dump({"schemaVersion": 1, "displayTimeUnit": "ms", "traceEvents": events}, file)

    def __str__(self) -> str:
        return self.table()


def _time(microseconds: float) -> str:
    if microseconds >= 1e6:
        return f"{microseconds / 1e6:.3f}s"
    return f"{microseconds / 1e3:.3f}ms" if microseconds >= 1e3 else f"{microseconds:.3f}us"


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if abs(count) >= size:
            return f"{count / size:.2f} {unit}"
    return f"{count} B"


def _table(
    events: Sequence[Any], total: float, row_limit: int, widest: int, widest_shapes: int, header: str | None,
    memory: bool,
) -> str:  # fmt: skip
    names = min(max(len(event.key) for event in events) + 4, widest)
    shapes = min(max(len(str(event.input_shapes)) for event in events) + 4, widest_shapes)
    has_shapes = any(event.input_shapes for event in events)

    def share(part: float) -> str:
        return f"{part * 100 / total:.2f}%" if total else "NaN"

    columns: list[tuple[str, int, Callable[[Any], Any]]] = [
        ("Name", names, lambda e: e.key if len(e.key) < widest - 3 else f"{e.key[: widest - 4]}..."),
        ("Self CPU %", 12, lambda e: share(e.self_cpu_time_total)),
        ("Self CPU", 12, lambda e: e.self_cpu_time_total_str),
        ("CPU total %", 12, lambda e: share(e.cpu_time_total)),
        ("CPU total", 12, lambda e: e.cpu_time_total_str),
        ("CPU time avg", 12, lambda e: e.cpu_time_str),
        *([("CPU Mem", 12, lambda e: _bytes(e.cpu_memory_usage))] if memory else ()),
        *([("Self CPU Mem", 12, lambda e: _bytes(e.self_cpu_memory_usage))] if memory else ()),
        ("# of Calls", 12, lambda e: e.count),
        *([("Input Shapes", shapes, lambda e: str(e.input_shapes)[:shapes])] if has_shapes else ()),
    ]

    def line(cells: Iterable[Any]) -> str:
        return "".join(f"{cell:>{width}}  " for cell, (_, width, _) in zip(cells, columns, strict=True))

    rule = line("-" * width for _, width, _ in columns)
    lines = [rule, header] if header else []
    lines += [rule, line(name for name, _, _ in columns), rule]
    lines += (line(cell(event) for _, _, cell in columns) for event in events[: None if row_limit < 0 else row_limit])
    return "\n".join([*lines, rule, f"Self CPU time total: {_time(total)}", ""])
