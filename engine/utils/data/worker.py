"""Processes that make batches for a loader.

Each worker has a copy of the data set and a pipe of its own, over which indices go in and batches come out, in order.
So what a worker does is the same in every run: tasks go to the workers in turn, and their answers are waited for in the
order of the tasks.

Source: ``torch.utils.data.get_worker_info``, and the notes on multi-process loading of ``torch.utils.data``.
"""

from __future__ import annotations

import contextlib
import os
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...random import Generator, manual_seed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

Fetch = Callable[[Any], Any]
"""From indices to a batch; raises StopIteration where an iterable data set ends."""

RESUME = "resume"
"""The task of starting over, for workers that outlive an epoch."""


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows of itself."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Generator | None = None
    worker_method: str = "multiprocessing"


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a worker of a loader what it is, with its copy of the data set; None in the main process.

    Source: ``torch.utils.data.get_worker_info``.
    """
    return _info


class End:
    """The answer of a worker whose data set has ended."""


class KeyErrorMessage(str):
    """The text of a KeyError, which shows its argument's repr."""

    def __repr__(self) -> str:
        return str(self)


@dataclass
class Failure:
    """The answer of a worker in which an error was raised."""

    type: type[BaseException]
    text: str
    worker: int

    def reraise(self) -> None:
        """Raise an error of the same type, that tells where it comes from; RuntimeError if the type takes no text."""
        message = f"Caught {self.type.__name__} in DataLoader worker process {self.worker}.\nOriginal {self.text}"
        try:
            error = self.type(KeyErrorMessage(message) if self.type is KeyError else message)
        except Exception:
            error = RuntimeError(message)
        raise error


def _failure(error: BaseException, worker: int) -> Failure:
    return Failure(type(error), "".join(traceback.format_exception(error)), worker)


def numpy_seed(base_seed: int, worker: int) -> np.ndarray:
    """What a worker seeds NumPy with."""
    return np.random.SeedSequence([worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]).generate_state(4)


def work(
    pipe: Connection, done: Event, make: Callable[[Any], Fetch], dataset: Any, start: Callable[[int], Any] | None,
    base_seed: int, worker: int, workers: int,
) -> None:  # fmt: skip
    """The life of a worker: seeds all generators, calls the user's function, then does tasks until there is none.

    Args:
        pipe: where tasks come from and answers go: None ends it.
        done: is set when nobody waits for answers any more.
        make: what gives the function that fetches, once per epoch.
        start: the user's ``worker_init_fn``.
    """
    global _info
    seed = base_seed + worker
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(numpy_seed(base_seed, worker))
    _info = WorkerInfo(worker, workers, seed, dataset)
    broken: Failure | None = None
    fetch: Fetch | None = None
    try:
        if start is not None:
            start(worker)
        fetch = make(dataset)
    except Exception as error:
        broken = _failure(error, worker)
    while (task := _received(pipe)) is not None:
        if done.is_set():
            continue
        if task == RESUME:
            fetch = make(dataset)
            continue
        try:
            if broken is not None:
                answer: Any = broken
                broken = None
            else:
                assert fetch is not None
                answer = fetch(task[0])
        except StopIteration:
            answer = End()
        except Exception as error:
            answer = _failure(error, worker)
        try:
            pipe.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            break
        except Exception as error:  # what cannot be pickled
            pipe.send(_failure(error, worker))
    pipe.close()


def _received(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except (EOFError, ConnectionResetError, KeyboardInterrupt):
        return None


class Pool:
    """The workers of a loader, as seen from the main process.

    Args:
        context: of ``multiprocessing``.
        count: how many.
        make, dataset, start, base_seed: see `work`.
        timeout: seconds to wait for a batch; 0 for ever.
    """

    def __init__(
        self, context: Any, count: int, make: Callable[[Any], Fetch], dataset: Any, start: Any, base_seed: int,
        timeout: float,
    ) -> None:  # fmt: skip
        self._timeout, self._owner, self._done = timeout, os.getpid(), context.Event()
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        self._owed = [0] * count
        for worker in range(count):
            ours, theirs = context.Pipe()
            arguments = (theirs, self._done, make, dataset, start, base_seed, worker, count)
            process = context.Process(target=_forked, args=([*self._pipes, ours], *arguments), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def ask(self, worker: int, index: Any) -> None:
        """Give a worker a task."""
        try:
            self._pipes[worker].send((index,))
        except (BrokenPipeError, ConnectionResetError):
            raise self._died() from None
        self._owed[worker] += 1

    def answer(self, worker: int) -> Any:
        """The answer to the oldest task of a worker: a batch, a `Failure` or `End`.

        Raises:
            RuntimeError: if the worker has died, or takes too long.
        """
        pipe = self._pipes[worker]
        if self._timeout and not pipe.poll(self._timeout):
            raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")
        try:
            found = pipe.recv()
        except (EOFError, ConnectionResetError):
            raise self._died() from None
        self._owed[worker] -= 1
        return found

    def resume(self) -> None:
        """Let all workers start over."""
        for worker, owed in enumerate(self._owed):
            for _ in range(owed):
                self.answer(worker)
            self._pipes[worker].send(RESUME)

    def close(self) -> None:
        """End the workers.  In a copy of this process, which a fork made, they are not its own."""
        if os.getpid() != self._owner:
            return
        self._done.set()
        for pipe in self._pipes:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                pipe.send(None)
            pipe.close()
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.terminate()
                process.join()
        self._pipes, self._processes = [], []

    def _died(self) -> RuntimeError:
        for process in self._processes:
            process.join(0.1)
        dead = ", ".join(str(one.pid) for one in self._processes if not one.is_alive())
        return RuntimeError(f"DataLoader worker (pid(s) {dead}) exited unexpectedly")


def _forked(inherited: list[Connection], *arguments: Any) -> None:
    """`work`, without the ends of pipes that a fork has copied: a worker that held one would outlive the loader."""
    for pipe in inherited:
        pipe.close()
    work(*arguments)


def usable_cpus() -> int | None:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
