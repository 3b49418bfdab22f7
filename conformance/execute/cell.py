"""Runs one case, cell by cell as a notebook does, and observes it."""

from __future__ import annotations
import __future__

import ast
import errno
import functools
import inspect
import linecache
import operator
import re
import sys
import time
import tokenize
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from conformance.execute import display
from conformance.execute.absent import Absent, import_each
from conformance.execute.importing import cell_builtins, missing
from conformance.execute.sandbox import FILE_SIZE
from conformance.execute.shell import Shell
from conformance.execute.streams import Streams
from conformance.targets.protocol import (
    Answer,
    CellObservation,
    Error,
    Inexpressible,
    Opaque,
    Program,
    Target,
    Task,
    Value,
    Warned,
)
from conformance.targets.sanitise import sanitise

if TYPE_CHECKING:
    import asyncio

_HIDDEN: tuple[type[Warning], ...] = (
    DeprecationWarning,
    PendingDeprecationWarning,
    ImportWarning,
    ResourceWarning,
)
"""The categories that Python does not show by default."""


def run(
    task: Task, target: Target, streams: Streams, builtins: dict[str, Any] | None = None
) -> Iterator[CellObservation]:
    """Runs the cells of `task` in one fresh namespace and gives what each did as soon as it ended.

    `builtins` are those of the namespace, made ahead, which the cells may change.

    A cell that raises does not stop the next one, whatever it raises. The parameters of the case are bound
    first; an error in one of them is raised.
    """
    builtins = builtins or cell_builtins(target.imports)
    main = types.ModuleType("__main__")
    namespace = vars(main)
    namespace["__builtins__"] = builtins
    with _as_main(main), warnings.catch_warnings(record=True) as log:
        _show_each_warning()
        lacking = ""
        try:
            namespace.update(_bound(task.bindings, namespace))
        except Inexpressible as error:
            lacking = str(error)
        shell = Shell(namespace, builtins, streams) if task.notebook else None
        with closing(_Session(namespace, shell)) as session:
            notebook = _Notebook(task, session, target, streams, log)
            for number, program in enumerate(task.programs, start=1):
                absent = missing(program.modules, target.imports)
                if reason := lacking or program.skip or absent:
                    notebook.passed_over(program, reason, imports=bool(absent))
                    yield CellObservation(skipped=reason)
                    continue
                observation = notebook.observe(program, f"<{task.address}#{number}>")
                yield observation
                if notebook.lacking:
                    lacking = f"after a cell that was skipped: {notebook.lacking}"


@contextmanager
def _as_main(main: types.ModuleType) -> Iterator[None]:
    """The namespace is the module that runs: what pickles a class, or resolves its annotations, looks for it there."""
    before = sys.modules["__main__"]
    sys.modules["__main__"] = main
    try:
        yield
    finally:
        sys.modules["__main__"] = before


def _bound(bindings: Mapping[str, str], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the case. Their expressions may say `torch`, which does not import it for the
    cells."""
    scratch = dict(namespace)
    if bindings:
        exec("import torch", scratch)
    for name, expression in bindings.items():
        scratch[name] = eval(expression, scratch)
    return {name: scratch[name] for name in bindings}


def _show_each_warning() -> None:
    """Python's default filters, but each emission counts and not each line once. What a cell changes stays
    changed."""
    warnings.resetwarnings()
    warnings.simplefilter("always")
    for category in _HIDDEN:
        warnings.simplefilter("ignore", category)
    warnings.filterwarnings("always", category=DeprecationWarning, module="__main__")


class _Notebook:
    """A namespace in which cells run, and how it was seen last."""

    def __init__(
        self,
        task: Task,
        session: _Session,
        target: Target,
        streams: Streams,
        log: list[warnings.WarningMessage],
    ) -> None:
        self._session, self._target, self._streams, self._log = session, target, streams, log
        self._namespace = namespace = session.namespace
        self._absent = Absent(target.imports) if task.live else None
        self.lacking = ""
        """What the last cell asked for and the target has nothing for."""
        self._names = _names(namespace, target)
        self._random_state = target.random_state()
        streams.take()

    def observe(self, program: Program, filename: str) -> CellObservation:
        """Runs a cell and looks at what it left; then evaluates the questions, whose own effects are not its."""
        self._log.clear()
        Inexpressible.asked.clear()
        start = time.perf_counter()
        ended = self._session.execute(program, filename, self._absent)
        seconds = time.perf_counter() - start
        stdout, stderr = self._session.written(*self._streams.take())
        warned = tuple(Warned(entry.category.__name__, sanitise(_own(str(entry.message)))) for entry in self._log)
        before, self._names = self._names, _names(self._namespace, self._target)
        drawn, self._random_state = self._random_state, self._target.random_state()
        self.lacking = next(iter(Inexpressible.asked), "")
        Inexpressible.asked.clear()
        answers = self._answers(program)
        observation = CellObservation(
            stdout=stdout,
            stderr=stderr,
            result=ended.shown,
            error=ended.error,
            warnings=warned,
            names={name: value for name, value in self._names.items() if before.get(name) != value},
            deleted=tuple(name for name in before if name not in self._names),
            answers=answers,
            drew=drawn != self._random_state,
            skipped=self.lacking or next(iter(Inexpressible.asked), "") or ended.absent,
            seconds=seconds,
        )
        if program.questions or program.conditions:
            self._streams.take()
            self._random_state = self._target.random_state()
        return observation

    def passed_over(self, program: Program, reason: str, *, imports: bool) -> None:
        """Takes note of a cell that is not run. What else it imports than what is missing is imported all the same."""
        if imports:
            import_each(program.code, self._namespace)
            self._streams.take()
            self._names, self._random_state = _names(self._namespace, self._target), self._target.random_state()
        if self._absent:
            self._absent.skipped(program.code, reason)

    def _answers(self, program: Program) -> dict[str, Answer]:
        observe = self._target.observe
        answers: dict[str, Answer] = {}
        evaluated = False
        for question in program.questions:
            evaluated = evaluated or question not in self._names
            if evaluated:
                answers[question] = _answer(question, self._namespace, observe)
            else:  # a name, of which all that can be seen has just been seen
                answers[question] = Answer(self._names[question])
        return answers | {
            condition: _answer(condition, self._namespace, lambda value: observe(bool(value)))
            for condition in program.conditions
        }


def _names(namespace: Mapping[str, Any], target: Target) -> dict[str, Value]:
    return {
        name: _seen(value, target)
        for name, value in list(namespace.items())
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }


def _seen(value: Any, target: Target) -> Value:
    """A value that a cell left, whatever looking at it does: a target that cannot be looked at is not torch."""
    try:
        return target.observe(value)
    except BaseException as error:  # SystemExit from a property ends nothing here
        return Opaque(type(value).__name__, sanitise(f"looking at it raised {type(error).__name__}: {_message(error)}"))


def _answer(expression: str, namespace: dict[str, Any], observe: Callable[[Any], Value]) -> Answer:
    try:
        return Answer(value=observe(eval(expression, namespace)))
    except BaseException as error:
        return Answer(error=_error(error, "run", expression))


# --- running --------------------------------------------------------------------------------------


class _Ended(NamedTuple):
    """How the code of a cell ended."""

    shown: str | None = None
    """The text of its result."""
    error: Error | None = None
    absent: str = ""
    """What the document needs and is not here, if that is what the error tells."""


_FUTURES = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
"""The flags of what is imported from `__future__`."""


class _Session:
    """What goes on from cell to cell: names, statements from `__future__`, the loop in which cells await."""

    def __init__(self, namespace: dict[str, Any], shell: Shell | None) -> None:
        self.namespace = namespace
        self._shell = shell
        self._futures = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def execute(self, program: Program, filename: str, absent: Absent | None) -> _Ended:
        code = program.code
        linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
        number = self._shell.begin(code, program.number) if self._shell else 0
        try:
            body, last = _compile(code, filename, self._futures | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return _Ended(error=_error(error, "compile", filename))
        self._futures |= body.co_flags & _FUTURES
        tracer = sys.gettrace()
        try:
            self._run(body)
            value = None if last is None else self._run(last)
        except BaseException as error:  # SystemExit and KeyboardInterrupt end a cell, not the case
            sys.settrace(tracer)
            reason = absent.reason(error, code, self.namespace) if absent else ""
            return _Ended(error=_error(error, "run", filename), absent=reason)
        sys.settrace(tracer)
        text = None
        try:
            if value is not None and not _is_silenced(code):
                text = display.shown(value, notebook=self._shell is not None)
                display.display(value)
                if self._shell:
                    self._shell.show(value, number)
        except BaseException as error:
            return _Ended(text, _error(error, "display", filename))
        return _Ended(text)

    def _run(self, code: types.CodeType) -> Any:
        result = eval(code, self.namespace)
        if not code.co_flags & inspect.CO_COROUTINE:
            return result
        import asyncio  # not before: a fork copies what the worker imports

        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(result)

    def close(self) -> None:
        """What has been awaited by no cell will not be."""
        if self._loop:
            self._loop.close()

    def written(self, stdout: str, stderr: str) -> tuple[str, str]:
        """What of its output a cell leaves."""
        return self._shell.left(stdout, stderr) if self._shell else (stdout, stderr)


def _compile(code: str, filename: str, flags: int) -> tuple[types.CodeType, types.CodeType | None]:
    """The cell, and its last statement apart if that is an expression."""
    tree = ast.parse(code, filename)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    body = compile(tree, filename, "exec", flags, dont_inherit=True)
    if not isinstance(last, ast.Expr):
        return body, None
    flags |= body.co_flags & _FUTURES
    return body, compile(ast.Expression(last.value), filename, "eval", flags, dont_inherit=True)


def _is_silenced(code: str) -> bool:
    """Whether the cell ends with a semicolon, comments aside: then a notebook shows no result."""
    if ";" not in code:
        return False
    blank = (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER)
    tokens = [token for token in tokenize.generate_tokens(StringIO(code).readline) if token.type not in blank]
    return bool(tokens) and tokens[-1].string == ";"


# --- errors ---------------------------------------------------------------------------------------


def _error(error: BaseException, during: Literal["compile", "run", "display"], filename: str) -> Error:
    frames = traceback.extract_tb(error.__traceback__)
    own = [index for index, frame in enumerate(frames) if frame.filename == filename]
    line = error.lineno if during == "compile" and isinstance(error, SyntaxError) else None
    return Error(
        type=type(error).__name__,
        module=type(error).__module__,
        message=sanitise(_message(error)),
        during=during,
        line=frames[own[-1]].lineno if own else line,
        traceback=sanitise("".join(traceback.format_list(frames[own[0] :])) if own else ""),
    )


_HARNESS = re.compile(r'  File "[^"\n]*/conformance/execute/\w+\.py", line \d+, in .*\n(?:    .*\n)*')


def _own(text: str) -> str:
    """A text without the frames of what runs the cell, in which a stack that was written into it begins."""
    return _HARNESS.sub("", text)


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    if isinstance(words := getattr(error, "words", None), str):
        return words  # of an error that refuses to be printed in a cell
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return f"{error}: what a cell prints or writes ends at {FILE_SIZE >> 20} MiB"
    try:
        return str(error)
    except Exception as inner:
        return f"__str__ raised {type(inner).__name__}"
