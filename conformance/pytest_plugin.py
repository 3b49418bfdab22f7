"""`pytest specs --conformance engine`: each case of a spec on each target as a test.

Off unless `--conformance` names a target. What it needs is imported when something is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.compare.results import CaseResult
    from conformance.run import Run
    from conformance.selection import Selected


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "specs of autograd-conformance")
    group.addoption("--conformance", action="append", default=[], metavar="TARGET", help="Run specs on this target.")
    group.addoption(
        "--conformance-reference", default=None, metavar="TARGET", help="Who arbitrates; `none` for nobody."
    )
    group.addoption(
        "--conformance-specs", default="specs", metavar="FOLDER", help="The root of the specs, from pytest's root."
    )
    group.addoption("--conformance-timeout", type=float, default=60.0, metavar="SECONDS", help="What a case may take.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A YAML file below the root of the specs is a suite."""
    if not parent.config.getoption("--conformance") or file_path.suffix != ".yaml":
        return None
    from conformance.sources.files import NOT_SUITES

    root = _root(parent.config)
    if not file_path.is_relative_to(root) or file_path.relative_to(root).as_posix() in NOT_SUITES:
        return None
    collector: pytest.Collector = SpecFile.from_parent(parent, path=file_path)
    return collector


def pytest_report_header(config: pytest.Config) -> str | None:
    """What runs on what, and where it is looked for."""
    if not (targets := _targets(config)):
        return None
    return f"conformance: {', '.join(targets)}, held against {_reference(config)}; specs below {_root(config)}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the workers."""
    if (cases := config.stash.get(CASES, None)) is not None:
        cases.close()


def _root(config: pytest.Config) -> Path:
    return Path(config.rootpath, config.getoption("--conformance-specs"))


def _targets(config: pytest.Config) -> tuple[str, ...]:
    return tuple(dict.fromkeys(config.getoption("--conformance")))


def _reference(config: pytest.Config) -> str:
    from conformance.targets import REFERENCE

    return config.getoption("--conformance-reference") or REFERENCE


def _refuse_bad_usage(config: pytest.Config) -> None:
    """Raises UsageError for what would fail each test: nothing is run then."""
    from conformance import session

    targets, reference = _targets(config), _reference(config)
    try:
        session.refuse_unknown([*targets, *([] if reference == "none" else [reference])])
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if not config.getoption("--conformance-timeout") > 0:
        raise pytest.UsageError("--conformance-timeout is a number of seconds, more than 0")
    if not (root := _root(config)).is_dir():
        raise pytest.UsageError(f"there are no specs at {root}: name their folder with --conformance-specs")


class SpecFile(pytest.File):
    """A suite."""

    def collect(self) -> Iterator[pytest.Item]:
        from conformance.selection import select
        from conformance.spec.errors import SpecError

        try:
            found = select(_root(self.config), [str(self.path)])
        except SpecError as error:
            raise self.CollectError(str(error)) from None
        for item in found:
            name = str(item.address).partition("::")[2]
            for target in _targets(self.config):
                yield CaseItem.from_parent(self, name=f"{name}[{target}]", selected=item, target=target)


class CaseItem(pytest.Item):
    """A case on a target."""

    def __init__(self, *, selected: Selected, target: str, **options: Any) -> None:
        super().__init__(**options)
        self.selected, self.target = selected, target
        self.add_marker(pytest.mark.conformance)

    def runtest(self) -> None:
        if (cases := self.config.stash.get(CASES, None)) is None:
            cases = self.config.stash[CASES] = Cases(self.config)
        result = cases.result(self.selected, self.target)
        reasons = ", ".join(dict.fromkeys(check.reason for check in result.checks if check.reason))
        if result.verdict == "skipped":
            pytest.skip(reasons)
        if result.verdict == "known":
            pytest.xfail(reasons)
        if result.verdict != "conforms":
            raise NotAsExpected(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotAsExpected):
            return _told(excinfo.value.args[0], self.config)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, max(0, self.selected.case.line - 1), self.name


class NotAsExpected(Exception):
    """The case is not as expected; its argument is the result."""


class Cases:
    """The results of cases, each computed once for all targets, with the workers that do it."""

    def __init__(self, config: pytest.Config) -> None:
        from conformance import session
        from conformance.run import Options, Run

        reference = _reference(config)
        options = Options(
            _targets(config), None if reference == "none" else reference, 1, config.getoption("--conformance-timeout")
        )
        self._run: Run = Run({}, options, session.accepted_divergences(_root(config), options.names))
        self._run.__enter__()
        self._results: dict[tuple[str, str], CaseResult] = {}

    def result(self, item: Selected, target: str) -> CaseResult:
        place = str(item.address), target
        if place not in self._results:
            self._results |= {(place[0], result.target): result for result in self._run.case(item)}
        return self._results[place]

    def close(self) -> None:
        self._run.__exit__(None, None, None)


def _told(result: CaseResult, config: pytest.Config) -> str:
    """What is wrong, in a line that pytest's summary shows, and the cells that are not as expected, as the report in a
    terminal has them."""
    import io
    import shlex

    from rich.console import Console

    from conformance.compare.verdict import EXPECTED
    from conformance.report.blocks import Block
    from conformance.report.failures import sentence
    from conformance.report.printing import put

    given = {"specs": str(_root(config)), "reference": config.getoption("--conformance-reference")}
    if config.getoption("--conformance-specs") == "specs":
        del given["specs"]
    arguments = "".join(f" --{name} {shlex.quote(value)}" for name, value in given.items() if value)
    failing = next(check for check in result.checks if check.verdict not in EXPECTED)
    file = io.StringIO()
    file.write(f"cell {failing.cell}, {sentence(failing)}\n\n")
    console = Console(file=file, width=100, highlight=False, markup=False, emoji=False)
    for cell in result.cells:
        if cell.verdict not in EXPECTED:
            for part in Block(result, cell, _reference(config), arguments).render(100):
                put(console, part)
    return file.getvalue()


CASES = pytest.StashKey[Cases]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conformance: a case of a spec on a target")
    if _targets(config):
        _refuse_bad_usage(config)
