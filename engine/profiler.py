"""``torch.profiler``: the profiler of ``torch.autograd.profiler`` over the steps of a loop.

Source: ``torch.profiler``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from .autograd.profiler import EventList, Recorder
from .autograd.profiler import record_function as record_function
from .warning import warn


class ProfilerActivity(Enum):
    """What is recorded; here there is the CPU only."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5

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
        raise AssertionError(
            f"Invalid profiler schedule arguments. Got wait={wait} (need >= 0), warmup={warmup} (need >= 0), "
            f"active={active} (need > 0), repeat={repeat} (need >= 0), skip_first={skip_first} (need >= 0)."
        )
    if warmup == 0:
        warn("Profiler won't be using warmup, this can skew profiler results")

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


def kineto_available() -> bool:
    """Whether operations can be recorded."""
    return True


def supported_activities() -> set[ProfilerActivity]:
    """The CPU."""
    return {ProfilerActivity.CPU}


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False, use_python_export: bool = False
) -> Callable[[profile], None]:
    """A function for `profile`'s ``on_trace_ready`` that writes a file into a folder, which is made if it is not there.

    Args:
        dir_name: the folder.
        worker_name: the beginning of the file's name: the host's name and the process's number, if nothing is said.
        use_gzip: whether it is compressed.
        use_python_export: no effect.

    Raises:
        RuntimeError: by the function, if the folder cannot be made.
    """

    import socket

    def handler_fn(prof: profile) -> None:
        try:
            os.makedirs(dir_name, exist_ok=True)
        except OSError as error:
            raise RuntimeError(f"Can't create directory: {dir_name}") from error
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        name = f"{worker}.{time.time_ns()}.pt.trace.json{'.gz' if use_gzip else ''}"
        prof.export_chrome_trace(os.path.join(dir_name, name))

    return handler_fn


class profile:
    """Records what a block computes, or some steps of a loop in it.

    Args:
        activities: what is recorded; no effect.
        schedule: what is done in each step; by default all are recorded.
        on_trace_ready: is called with the profiler when the last step of a cycle, or the block, ends.
        record_shapes: note the shapes of inputs.
        profile_memory: note the bytes of results.
        acc_events: keep what earlier cycles have recorded.
        **options: torch's further ones, without effect.
    """

    __module__ = "torch.profiler.profiler"

    def __init__(
        self, *, activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None, on_trace_ready: Callable[..., Any] | None = None,
        record_shapes: bool = False, profile_memory: bool = False, acc_events: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        self.activities = {ProfilerActivity.CPU} if activities is None else set(activities)
        if not self.activities:
            raise AssertionError("No valid profiler activities found")
        self._steps = schedule is not None
        self._memory, self._kept = profile_memory, acc_events
        self._schedule = schedule or (lambda _: ProfilerAction.RECORD)
        self._ready, self._shapes = on_trace_ready, record_shapes
        self.step_num = 0
        self._recorder: Recorder | None = None
        self._step: Any = None
        self._began = False
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
        ends = self._schedule(self.step_num) is ProfilerAction.RECORD_AND_SAVE
        self.step_num += 1
        if self._recorder is not None and self._step is not None:
            self._recorder.end(self._step)
        if ends:
            self._end()
        self._begin()

    def stop(self) -> None:
        """The last step has ended."""
        if self._recorder is not None:
            self._end()

    def _begin(self) -> None:
        action = self._schedule(self.step_num)
        records = action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if action is not ProfilerAction.NONE and self._began and self._recorder is None and not self._kept:
            warn(
                "Warning: Profiler clears events at the end of each cycle. Only events from the current cycle will be "
                "reported. To keep events across cycles, set acc_events=True.",
                once=True,
            )
        if records and self._recorder is None:
            self._recorder = Recorder(self._shapes, self._memory).__enter__()
        self._step = self._recorder.begin("ProfilerStep*") if self._recorder is not None and self._steps else None

    def _end(self) -> None:
        assert self._recorder is not None
        if self._step is not None:
            self._recorder.end(self._step)
        self._recorder.__exit__()
        found = self._recorder.events
        self._events = EventList([*self._events, *found], self._memory) if self._kept else found
        self._recorder, self._began = None, True
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
