"""A run: every selected case on every target, and on the reference, compared."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from conformance.compare.results import CaseResult, Comparison, confirmed
from conformance.compare.verdict import EXPECTED
from conformance.execute.inprocess import InProcess
from conformance.execute.pool import Availability, Worker
from conformance.execute.processors import PROCESSORS
from conformance.execute.recording import Recorder, Recording, Replay
from conformance.execute.tasks import task, unmet
from conformance.known import Known
from conformance.selection import Selected
from conformance.targets.protocol import Description, Observation, Task

BATCH = 32
"""How many cases run in one process, at most."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run."""

    targets: tuple[str, ...]
    reference: str | None
    """The target that arbitrates, torch on the CPU; it runs whether or not it is one of the targets."""
    jobs: int
    """How many cases run at once; 0 runs them in this process."""
    timeout: float
    """Seconds that a case may take on a target."""
    isolate: Literal["case", "batch"] = "case"
    """What has a process of its own: each case, or many that leave nothing behind. Those of a batch that are not as
    expected run again alone, and only that counts."""
    replays: Mapping[str, Recording] = field(default_factory=dict)
    """The recordings that stand in for targets."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that is started: the targets, and the reference if it is none of them."""
        return tuple(dict.fromkeys((*self.targets, *([self.reference] if self.reference else []))))


class Run:
    """The workers of a run, from `with` to its end.

    An interrupt ends them and what runs on them.
    """

    def __init__(
        self, selected: Mapping[int, Selected], options: Options, known: Known, recorder: Recorder | None = None
    ) -> None:
        """`selected` holds the cases by their place in the selection, in the order in which they run; the `recorder` is
        given what its targets do."""
        self._selected = selected
        self._options = options
        self._known = known
        self._recorder = recorder
        self._turn = threading.RLock()
        self._others: list[Worker] = []

    def __enter__(self) -> Self:
        start: type[Worker | InProcess] = Worker if self._options.jobs else InProcess
        replays = self._options.replays
        self._workers: dict[str, Worker | InProcess | Replay] = {
            name: Replay(replays[name]) if name in replays else start(name) for name in self._options.names
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in (*self._workers.values(), *self._others):
            worker.close()

    def availability(self) -> Mapping[str, Availability]:
        """What each target said when it was started; waits for all of them."""
        return {name: worker.availability() for name, worker in self._workers.items()}

    def results(self, without: Container[int] = ()) -> Iterator[CaseResult]:
        """The results of one case after the other, as they come, a case's targets together; `without` those at
        these places."""
        comparison = self._comparison()
        cases = {order: item for order, item in self._selected.items() if order not in without}
        if not self._options.jobs:
            for order, item in cases.items():
                yield from self._case(order, item, comparison)
            return
        with ThreadPoolExecutor(self._options.jobs) as threads:
            waiting: set[Future[list[CaseResult]]] = {
                threads.submit(self._cases, part, comparison) for part in self._parts(cases)
            }
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield from future.result()
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                self.__exit__(None, None, None)
                raise

    def case(self, item: Selected) -> list[CaseResult]:
        """The results of one case on every target, whether or not it was selected."""
        return self._case(0, item, self._comparison())

    def _comparison(self) -> Comparison:
        return Comparison(
            reference=self._options.reference or "",
            on_cpu=frozenset(name for name, each in self.availability().items() if _device(each) == "cpu"),
            known=self._known,
            replayed=frozenset(self._options.replays),
            lacks={name: each.description.lacks for name, each in self.availability().items() if each.description},
        )

    def _parts(self, cases: Mapping[int, Selected]) -> Iterator[Mapping[int, Selected]]:
        """The cases, by what runs in one process."""
        size = BATCH if self._options.isolate == "batch" else 1
        places = list(cases)
        for start in range(0, len(places), size):
            yield {place: cases[place] for place in places[start : start + size]}

    def _cases(self, cases: Mapping[int, Selected], comparison: Comparison) -> list[CaseResult]:
        if len(cases) == 1:
            return [result for order, item in cases.items() for result in self._case(order, item, comparison)]
        apart = [name for name in self._options.names if name not in self._shared]
        batches = {name: self._observe_batch(name, list(cases.values())) for name in apart}
        results = []
        for place, (order, item) in enumerate(cases.items()):
            with self._in_turn():
                observed = {name: each[place] for name, each in batches.items()} | self._observed(item, self._shared)
                found = self._compare(order, item, comparison, observed)
                for result in found:
                    self._recycle(result)
                if any(result.verdict not in EXPECTED for result in found):
                    found = self._case(order, item, comparison)  # alone, before it counts
                else:
                    self._record(item, observed)
            results += found
        return results

    def _case(self, order: int, item: Selected, comparison: Comparison) -> list[CaseResult]:
        """A case alone; on a target where it is not as expected it is run twice."""
        observed = self._observed(item, [name for name in self._options.names if name not in self._shared])
        with self._in_turn():
            return self._judged(order, item, comparison, observed | self._observed(item, self._shared))

    def _judged(
        self, order: int, item: Selected, comparison: Comparison, observed: Mapping[str, Observation]
    ) -> list[CaseResult]:
        results = self._compare(order, item, comparison, observed)
        for result in results:
            self._recycle(result)
        doubtful = [result.target for result in results if result.verdict not in (*EXPECTED, "broken")]
        if not (doubtful and self._options.jobs):
            self._record(item, observed)
            return results
        asked = dict.fromkeys(filter(None, (*doubtful, comparison.reference)))
        again = {**observed, **self._observed(item, asked, again=True)}
        self._record(item, observed, again)
        elsewhere = self._elsewhere(item)
        if elsewhere:
            results = self._compare(order, item, comparison, observed, elsewhere)
        second = {result.target: result for result in self._compare(order, item, comparison, again, elsewhere)}
        for target in doubtful:
            self._recycle(second[target])
        torch, then = observed.get(comparison.reference), again.get(comparison.reference)
        unsteady = comparison.unsteady(item.case, torch, then) if torch and then else {}
        return [confirmed(each, second[each.target], unsteady) if each.target in doubtful else each for each in results]

    def _elsewhere(self, item: Selected) -> list[Observation]:
        """What the reference does on other processors, if the case leaves to the processor what it decides."""
        name = self._options.reference
        if not (item.case.any_processor and name) or self._workers[name].availability().state != "ready":
            return []
        prepared = self._prepared(name, item)
        if isinstance(prepared, Observation):
            return []
        with self._turn:
            self._others = self._others or [Worker(name, each) for each in PROCESSORS]
        found = [each.run(prepared, self._options.timeout) for each in self._others]
        return [each for each in found if each.status == "completed"]

    def _compare(
        self,
        order: int,
        item: Selected,
        comparison: Comparison,
        observed: Mapping[str, Observation],
        elsewhere: Sequence[Observation] = (),
    ) -> list[CaseResult]:
        torch = observed.get(comparison.reference)
        if torch is not None and self._workers[comparison.reference].availability().state != "ready":
            torch = None
        return [
            comparison.case(
                item.suite, item.case, name, observed[name], torch, order=order, only=item.cell, elsewhere=elsewhere
            )
            for name in self._options.targets
        ]

    def _record(self, item: Selected, *observed: Mapping[str, Observation]) -> None:
        """Hands what each target did, at the first and maybe at the second time, to the recorder."""
        if self._recorder is None:
            return
        for name in self._recorder.files:
            if description := self._workers[name].availability().description:
                self._recorder.add(name, _task(item, description), [each[name] for each in observed])

    def _recycle(self, result: CaseResult) -> None:
        """The next case must not meet what this one may have left."""
        worker = self._workers[result.target]
        if result.verdict not in ("conforms", "skipped") and worker.availability().isolation == "process":
            worker.recycle()

    @functools.cached_property
    def _shared(self) -> tuple[str, ...]:
        """The targets whose cases share a process."""
        return tuple(
            name for name, each in self.availability().items() if each.state == "ready" and each.isolation == "process"
        )

    def _in_turn(self) -> contextlib.AbstractContextManager[object]:
        """What runs in a shared process, until it is known whether that process is fit for the next case: no other case
        may come between, and none may have its process taken away."""
        return self._turn if self._shared else contextlib.nullcontext()

    def _observed(self, item: Selected, names: Iterable[str], *, again: bool = False) -> dict[str, Observation]:
        return {name: self._observe(name, item, again) for name in names}

    def _observe(self, name: str, item: Selected, again: bool) -> Observation:
        prepared = self._prepared(name, item)
        if isinstance(prepared, Observation):
            return prepared
        return self._workers[name].run(prepared, self._options.timeout, again=again)

    def _observe_batch(self, name: str, items: Sequence[Selected]) -> list[Observation]:
        prepared = [self._prepared(name, item) for item in items]
        tasks = [each for each in prepared if isinstance(each, Task)]
        found = iter(self._workers[name].batch(tasks, self._options.timeout))
        return [each if isinstance(each, Observation) else next(found) for each in prepared]

    def _prepared(self, name: str, item: Selected) -> Task | Observation:
        """What the target is to run, or why it is not."""
        availability = self._workers[name].availability()
        if availability.description is None:
            return Observation("skipped" if availability.state == "unavailable" else "broken", availability.reason)
        if reason := unmet(item.case.needs, availability.description):
            return Observation("skipped", reason)
        return _task(item, availability.description)


def _task(item: Selected, description: Description) -> Task:
    """The case, up to the one cell that is meant."""
    upto = item.case.model_copy(update={"cells": item.case.cells[: item.cell]})
    return task(item.suite, upto, description)


def _device(availability: Availability) -> str:
    return availability.description.device if availability.description else "cpu"
