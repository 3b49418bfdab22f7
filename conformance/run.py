"""A run: every selected case on every target, and on the reference, compared."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from conformance.compare.results import CaseResult, Comparison
from conformance.execute.inprocess import InProcess
from conformance.execute.pool import Availability, Worker
from conformance.execute.tasks import task, unmet
from conformance.known import Known
from conformance.selection import Selected
from conformance.targets.protocol import Observation


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

    @property
    def names(self) -> tuple[str, ...]:
        """All that is started: the targets, and the reference if it is none of them."""
        return tuple(dict.fromkeys((*self.targets, *([self.reference] if self.reference else []))))


class Run:
    """The workers of a run, from `with` to its end.

    An interrupt ends them and what runs on them.
    """

    def __init__(self, selected: Mapping[int, Selected], options: Options, known: Known) -> None:
        """`selected` holds the cases by their place in the selection, in the order in which they run."""
        self._selected = selected
        self._options = options
        self._known = known

    def __enter__(self) -> Self:
        start: type[Worker | InProcess] = Worker if self._options.jobs else InProcess
        self._workers = {name: start(name) for name in self._options.names}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers.values():
            worker.close()

    def availability(self) -> Mapping[str, Availability]:
        """What each target said when it was started; waits for all of them."""
        return {name: worker.availability() for name, worker in self._workers.items()}

    def results(self, without: Container[int] = ()) -> Iterator[CaseResult]:
        """The results of one case after the other, as they come, a case's targets together; `without` those at
        these places."""
        availability = self.availability()
        comparison = Comparison(
            reference=self._options.reference or "",
            on_cpu=frozenset(name for name, each in availability.items() if _device(each) == "cpu"),
            known=self._known,
        )
        cases = {order: item for order, item in self._selected.items() if order not in without}
        if not self._options.jobs:
            for order, item in cases.items():
                yield from self._case(order, item, comparison)
            return
        with ThreadPoolExecutor(self._options.jobs) as threads:
            waiting: set[Future[list[CaseResult]]] = {
                threads.submit(self._case, order, item, comparison) for order, item in cases.items()
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

    def _case(self, order: int, item: Selected, comparison: Comparison) -> list[CaseResult]:
        observed = {name: self._observe(name, item) for name in self._options.names}
        torch = observed.get(self._options.reference or "")
        if torch is not None and self._workers[comparison.reference].availability().state != "ready":
            torch = None
        results = []
        for name in self._options.targets:
            result = comparison.case(item.suite, item.case, name, observed[name], torch, order=order, only=item.cell)
            worker = self._workers[name]
            if result.verdict not in ("conforms", "skipped") and worker.availability().isolation == "process":
                worker.recycle()  # the next case must not meet what this one may have left
            results.append(result)
        return results

    def _observe(self, name: str, item: Selected) -> Observation:
        worker = self._workers[name]
        availability = worker.availability()
        if availability.description is None:
            return Observation("skipped" if availability.state == "unavailable" else "broken", availability.reason)
        if reason := unmet(item.case.needs, availability.description):
            return Observation("skipped", reason)
        upto = item.case.model_copy(update={"cells": item.case.cells[: item.cell]})
        return worker.run(task(item.suite, upto, availability.description), self._options.timeout)


def _device(availability: Availability) -> str:
    return availability.description.device if availability.description else "cpu"
