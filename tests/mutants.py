"""Mutants: the engine with one place of its source changed, and whether any spec notices.

    python tests/mutants.py 200 --seed 7 engine/autograd

draws two hundred changes to functions below `engine/autograd`, runs for each the cases that reach the function, and
prints which changes survive. A survivor is a behaviour that no spec states, or a change that makes no difference.
"""

from __future__ import annotations

import argparse
import ast
import copy
import dataclasses
import importlib
import importlib.abc
import importlib.machinery
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from conformance.compare.results import Comparison
from conformance.compare.verdict import EXPECTED
from conformance.execute.pool import Worker
from conformance.execute.tasks import task, unmet
from conformance.known import Known
from conformance.selection import Selected, select
from conformance.targets.engine import Engine
from conformance.targets.protocol import Description, Observation, Program, Task

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "engine"
CASES = 96
"""How many cases are run for a mutant, at most."""
CHUNK = 12
"""How many of them run in one process."""
SECONDS = 5.0
"""What a case may take; a mutant that hangs is noticed."""


# --- what is changed ------------------------------------------------------------------------------


class Change(NamedTuple):
    """One place of a module, and what stands there instead."""

    module: str
    number: int
    """Which of the module's changes it is."""
    function: tuple[str, int]
    """The file and the first line of the innermost function around it."""
    line: int
    before: str
    after: str

    @property
    def target(self) -> str:
        return f"mutants:{self.module}.{self.number}"

    def __str__(self) -> str:
        return f"{self.function[0]}:{self.line}  {self.before}  →  {self.after}"


_OTHER: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Lt: ast.LtE,
    ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
_LEFT_ALONE = (ast.Raise, ast.Assert, ast.JoinedStr, ast.arguments)
"""Parts without changes of their own: texts, types, and what is never reached in a program that is right."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _alternatives(node: ast.AST) -> Iterator[ast.AST]:
    """What can stand in the place of a node."""
    match node:
        case ast.BinOp(op=op) if type(op) in _OTHER:
            yield ast.BinOp(node.left, _OTHER[type(op)](), node.right)
        case ast.Compare(ops=[op]):
            yield ast.Compare(node.left, [_OTHER[type(op)]()], node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(_OTHER[type(node.op)](), node.values)
            for left_out in node.values:
                rest = [each for each in node.values if each is not left_out]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
        case ast.IfExp() | ast.If():
            other = copy.copy(node)
            other.test = ast.UnaryOp(ast.Not(), node.test)
            yield other
        case ast.Call(args=[first, second, *rest]) if not any(isinstance(each, ast.Starred) for each in node.args):
            yield ast.Call(node.func, [second, first, *rest], node.keywords)
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()


def _places(node: ast.AST, function: ast.AST | None = None) -> Iterator[tuple[ast.AST, ast.AST, str, int | None]]:
    """Each node inside of a function: the function, its parent, and where in that it stands."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or isinstance(child, _LEFT_ALONE):
                continue
            if function is not None:
                yield function, node, name, index
            yield from _places(child, child if isinstance(child, _FUNCTIONS) else function)


def _changed(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, ast.AST, str, int | None]]:
    """Each change: the function, what stands in the place of what, and where."""
    for function, parent, name, index in _places(tree):
        node = getattr(parent, name) if index is None else getattr(parent, name)[index]
        for other in _alternatives(node):
            yield function, ast.copy_location(other, node), parent, name, index


def _first_line(function: Any) -> int:
    return min([function.lineno, *(each.lineno for each in getattr(function, "decorator_list", ()))])


def changes(path: Path) -> list[Change]:
    """All changes to a module of the engine."""
    file = path.relative_to(ROOT).as_posix()
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    found = []
    for number, (function, other, parent, name, index) in enumerate(_changed(ast.parse(path.read_text()))):
        node = getattr(parent, name) if index is None else getattr(parent, name)[index]
        texts = [_text(each) for each in (node, other)]
        found.append(Change(module, number, (file, _first_line(function)), node.lineno, *texts))
    return found


def _text(node: ast.AST) -> str:
    lines = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()
    return lines[0] + (" ..." if len(lines) > 1 else "")


def mutated(source: str, number: int) -> ast.AST:
    """The module with one of its changes."""
    tree = ast.parse(source)
    for place, (_, other, parent, name, index) in enumerate(_changed(tree)):
        if place == number:
            if index is None:
                setattr(parent, name, other)
            else:
                getattr(parent, name)[index] = other
            return ast.fix_missing_locations(tree)
    raise IndexError(number)


# --- targets --------------------------------------------------------------------------------------


class Mutant(Engine):
    """The engine, with one change to one of its modules."""

    def __init__(self, module: str, number: int) -> None:
        super().__init__()
        self._finder = _Finder(module, number)

    def load(self) -> Description:
        sys.meta_path.insert(0, self._finder)
        return super().load()


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module, changed."""

    def __init__(self, module: str, number: int) -> None:
        self._module, self._number = module, number

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> Any:
        if name != self._module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec and spec.origin
        spec.loader = _Loader(name, spec.origin, self._number)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, number: int) -> None:
        super().__init__(name, path)
        self._number = number

    def get_code(self, fullname: str) -> Any:
        return compile(mutated(Path(self.path).read_text(), self._number), self.path, "exec", dont_inherit=True)


class _Part:
    """Makes `engine.ops.shape.17`, which names the seventeenth change to that module, a target."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return Mutant(self._name, int(name)) if name.isdigit() else _Part(f"{self._name}.{name}")


engine = _Part("engine")


class Traced(Engine):
    """The engine, which notes the functions that are called."""

    def load(self) -> Description:
        described = super().load()
        sys.setprofile(Calls())
        return described


class Calls:
    """Files and first lines of the engine's functions that have been called."""

    def __init__(self) -> None:
        self._codes: set[Any] = set()

    def __call__(self, frame: Any, event: str, argument: object) -> None:
        if event == "call":
            self._codes.add(frame.f_code)

    def take(self) -> str:
        codes, self._codes = self._codes, set()
        root = f"{ROOT}/"
        files = ((code.co_filename, code.co_firstlineno) for code in codes)
        return json.dumps([(file.removeprefix(root), line) for file, line in files if file.startswith(f"{ENGINE}/")])


TRACED = Traced()
_TAKE = Program("import sys\nprint(sys.getprofile().take() if sys.getprofile() else [])")
"""The cell that tells which functions the cells before it have called."""


# --- the campaign ---------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """What became of a mutant."""

    change: Change
    noticed: str
    """By what; empty if it survived."""
    reached: int
    """How many cases call the function."""


class Campaign:
    """The specs, what torch does with them, and which functions of the engine each case calls."""

    def __init__(self, specs: Path = ROOT / "specs", jobs: int = 2) -> None:
        self._jobs = jobs
        items = select(specs)
        torch = self._observed("torch:cpu", items)
        seen = self._observed("mutants:TRACED", items, _TAKE)
        self._cases: list[tuple[Selected, Observation]] = []
        self.reaching: dict[tuple[str, int], list[int]] = defaultdict(list)
        for item, theirs, ours in zip(items, torch, seen, strict=True):
            if ours.status != "completed" or self._noticed("mutants:TRACED", item, ours, theirs):
                continue  # of a case that is not as expected nothing can be learned
            for file, line in json.loads(ours.cells[-1].stdout or "[]"):
                self.reaching[file, line].append(len(self._cases))
            self._cases.append((item, theirs))

    def judge(self, drawn: Iterable[Change]) -> Iterator[Verdict]:
        """What becomes of these mutants, as it is known."""
        with ThreadPoolExecutor(self._jobs) as threads:
            yield from threads.map(self._judge, drawn)

    def _judge(self, change: Change) -> Verdict:
        reaching = self.reaching[change.function]
        chosen = random.Random(change.target).sample(reaching, min(len(reaching), CASES))
        worker = Worker(change.target)
        try:
            if (description := worker.availability().description) is None:
                return Verdict(change, f"it does not load: {worker.availability().reason}", len(reaching))
            for start in range(0, len(chosen), CHUNK):
                part = [self._cases[place] for place in chosen[start : start + CHUNK]]
                tasks = [_task(item, description) for item, _ in part]
                for (item, torch), observation in zip(part, worker.batch(tasks, SECONDS), strict=True):
                    if noticed := self._noticed(change.target, item, observation, torch):
                        return Verdict(change, noticed, len(reaching))
        finally:
            worker.close()
        return Verdict(change, "", len(reaching))

    def _noticed(self, target: str, item: Selected, observation: Observation, torch: Observation) -> str:
        """The first check that is not as expected."""
        comparison = Comparison("torch:cpu", frozenset((target, "torch:cpu")), Known())
        result = comparison.case(item.suite, item.case, target, observation, torch)
        bad = (check for check in result.checks if check.verdict not in EXPECTED)
        return next((f"{result.address}#{check.cell} {check.name} {check.verdict}" for check in bad), "")

    def _observed(self, target: str, items: Sequence[Selected], *more: Program) -> list[Observation]:
        worker = Worker(target)
        try:
            description = worker.availability().description
            assert description, worker.availability().reason
            tasks = [_task(item, description, *more) for item in items if not unmet(item.case.needs, description)]
            parts = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
            with ThreadPoolExecutor(self._jobs) as threads:
                found = iter(
                    [each for part in threads.map(lambda part: worker.batch(part, 60), parts) for each in part]
                )
            skipped = Observation("skipped", "")
            return [skipped if unmet(item.case.needs, description) else next(found) for item in items]
        finally:
            worker.close()


def _task(item: Selected, description: Description, *more: Program) -> Task:
    made = task(item.suite, item.case, description)
    return dataclasses.replace(made, programs=(*made.programs, *more))


def drawn(paths: Sequence[Path], reaching: Container[tuple[str, int]], count: int, seed: int) -> list[Change]:
    """So many changes to functions that some case reaches, in files below `paths`."""
    files = sorted({file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))})
    found = [change for file in files for change in changes(file.resolve()) if change.function in reaching]
    return random.Random(seed).sample(found, min(count, len(found)))


def main() -> int:
    """Runs a campaign and prints its table; 1 if fewer than `--at-least` percent of the mutants are noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=200, help="how many mutants")
    parser.add_argument("paths", type=Path, nargs="*", default=[ENGINE], help="what of the engine is changed")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="what decides which")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT", help="fail below it")
    options = parser.parse_args()
    console = Console(soft_wrap=True, highlight=False)
    campaign = Campaign()
    found = drawn(options.paths, campaign.reaching, options.count, options.seed)
    console.print(f"{len(found)} mutants, seed {options.seed}")
    counts: Counter[tuple[str, bool]] = Counter()
    for verdict in campaign.judge(found):
        counts[verdict.change.module.rpartition(".")[0], bool(verdict.noticed)] += 1
        if not verdict.noticed:
            console.print(f"survives  {verdict.change}  ({verdict.reached} cases call it)", markup=False)
    table = Table("package", "mutants", "noticed", "survive")
    for package in sorted({name for name, _ in counts}):
        noticed, survive = counts[package, True], counts[package, False]
        table.add_row(package, str(noticed + survive), str(noticed), str(survive))
    console.print(table)
    noticed = sum(count for (_, seen), count in counts.items() if seen)
    console.print(f"{noticed} of {len(found)} are noticed, {100 * noticed / max(1, len(found)):.0f}%")
    return int(100 * noticed < options.at_least * len(found))


if __name__ == "__main__":
    sys.exit(main())
