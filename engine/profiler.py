"""``torch.profiler``: the profiler of ``torch.autograd.profiler`` over the steps of a loop.

Source: ``torch.profiler``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from .autograd.profiler import EventList, Recorder
from .autograd.profiler import record_function as record_function


class ProfilerActivity(Enum):
    """What is recorded; here there is the CPU only."""

    CPU = 0
    XPU = 1
    CUDA = 2

    def __str__(self) -> str:
        return f"ProfilerActivity.{self.name}"


class ProfilerAction(Enum):
    """What is done in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


ProfilerActivity.__module__ = "torch._C._profiler"
ProfilerAction.__module__ = "torch.profiler.profiler"


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0
) -> Callable[[int], ProfilerAction]:
    """Cycles of steps: some are waited for, some only warm up, some are recorded.

    Raises:
        AssertionError: for a cycle without steps to record, or negative numbers.
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError("Invalid profiler schedule arguments")

    def action(step: int) -> ProfilerAction:
        step -= skip_first
        cycle = wait + warmup + active
        if step < 0 or (repeat and step >= repeat * cycle):
            return ProfilerAction.NONE
        place = step % cycle
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if place < cycle - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


class profile:
    """Records what a block computes, or some steps of a loop in it.

    Args:
        activities: what is recorded; no effect.
        schedule: what is done in each step; by default all are recorded.
        on_trace_ready: is called with the profiler when the last step of a cycle, or the block, ends.
        record_shapes: note the shapes of inputs.
        **options: torch's further ones, without effect.
    """

    __module__ = "torch.profiler.profiler"

    def __init__(
        self, *, activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None, on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        self.activities = set(activities or (ProfilerActivity.CPU,))
        self._schedule = schedule or (lambda _: ProfilerAction.RECORD)
        self._ready, self._shapes = on_trace_ready, record_shapes
        self.step_num = 0
        self._recorder: Recorder | None = None
        self._events = EventList()

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin with step 0."""
        self._begin()

    def step(self) -> None:
        """A step has ended, the next begins."""
        if self._schedule(self.step_num) is ProfilerAction.RECORD_AND_SAVE:
            self._end()
        self.step_num += 1
        self._begin()

    def stop(self) -> None:
        """The last step has ended."""
        if self._recorder is not None:
            self._end()

    def _begin(self) -> None:
        records = self._schedule(self.step_num) in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if records and self._recorder is None:
            self._recorder = Recorder(self._shapes).__enter__()

    def _end(self) -> None:
        assert self._recorder is not None
        self._recorder.__exit__()
        self._events, self._recorder = self._recorder.events, None
        if self._ready is not None:
            self._ready(self)

    def events(self) -> EventList:
        """What was recorded last."""
        return self._events

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> EventList:
        """The events of each name as one."""
        return self._events.key_averages(group_by_input_shape)

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as ``chrome://tracing`` reads them."""
        self._events.export_chrome_trace(path)
