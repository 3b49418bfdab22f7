"""Which module may import which, read from the source, so that an import inside a function counts too."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]

# A module is ruled by the first pattern that fits it. Besides the standard library and its own package it may import
# what lies under the names of its row; without a row, nothing.
ALLOWED = {
    # torch's namespaces only pass names on
    "engine": ["engine"],
    "engine.autograd": ["engine.legacy"],
    "engine.autograd.variable": ["engine.legacy"],
    "engine.fft": ["engine.ops"],
    "engine.functional": ["engine.ops"],
    "engine.masked": ["engine.masked"],
    "engine.masked.*": [
        "engine.autograd.function", "engine.dispatch.overrides", "engine.dtypes", "engine.layout", "engine.linalg",
        "engine.masked", "engine.nn.functional", "engine.ops", "engine.tensor", "engine.warning",
    ],
    "engine.linalg": ["engine.ops"],
    "engine.func.*": [
        "engine.autograd", "engine.declare.batch", "engine.declare.registry", "engine.dispatch", "engine.dtypes",
        "engine.layout", "engine.nn.modules.batchnorm", "engine.nn.modules.module", "engine.ops.creation",
        "engine.ops.joining", "engine.ops.parts", "engine.ops.shape", "engine.pending_array", "engine.random",
        "engine.tensor", "engine.tensor_base", "engine.utils.pytree", "engine.warning", "numpy",
    ],
    "engine.special": ["engine.ops"],
    "engine.profiler": ["engine.autograd.profiler", "engine.warning"],
    "engine.signal*": ["engine.ops", "engine.signal"],
    # arrays
    "engine.quiet": ["engine.warning", "numpy"],
    "engine.device": ["engine.naming", "engine.refusing"],
    "engine.named_dtypes": ["engine.dtypes"],
    "engine._tensor_str": ["engine.printing"],
    "engine.dtypes": ["engine.naming", "numpy", "ml_dtypes"],
    "engine.printing": ["engine.dtypes", "engine.pending_array", "engine.sparse_array", "numpy"],
    "engine.opaque_array": ["engine.meta", "numpy"],
    "engine.pending_array": ["numpy"],
    "engine.sparse_array": ["engine.opaque_array", "numpy"],
    "engine.sparse.legacy": ["engine.dtypes", "engine.layout", "engine.ops", "engine.tensor", "engine.warning"],
    "engine.sparse": ["engine.ops", "engine.sparse"],
    "engine.futures": [],
    "engine.distributed*": [
        "engine.autograd.modes", "engine.distributed", "engine.dtypes", "engine.futures", "engine.ops.comparison",
        "engine.ops.data", "engine.tensor", "engine.warning",
    ],
    "engine.nn.parallel.distributed": [
        "engine.autograd.modes", "engine.distributed", "engine.nn.modules.module", "engine.nn.parameter",
        "engine.tensor", "engine.utils.pytree",
    ],
    "engine.torch_version": ["engine.version"],
    "engine.hub": ["engine.serialization"],
    "engine.quasirandom": ["engine.dtypes", "engine.ops", "engine.random", "engine.tensor", "numpy", "scipy"],
    "engine._dynamo": ["engine.compiler"],
    "engine._inductor": ["engine._inductor"],
    "engine.meta": ["numpy"],
    "engine.strides": ["engine.meta", "numpy"],
    "engine.kernels.*": [
        "engine.dtypes", "engine.layout", "engine.meta", "engine.processor", "engine.sparse_array", "engine.strides",
        "numpy", "scipy",
    ],
    # tensors
    "engine.layout": ["engine.naming", "numpy"],
    "engine.tensor_base": [
        "engine.device", "engine.dtypes", "engine.layout", "engine.meta", "engine.opaque_array",
        "engine.pending_array", "engine.sparse_array", "engine.warning", "numpy",
    ],
    "engine.tensor": [
        "engine.dtypes", "engine.layout", "engine.meta", "engine.opaque_array", "engine.pending_array",
        "engine.printing",
        "engine.sparse_array", "engine.tensor_base", "engine.warning", "numpy",
    ],
    "engine.checks": ["engine.dtypes", "engine.layout", "engine.tensor"],
    "engine.autograd.backward": [
        "engine.dtypes", "engine.kernels.sums", "engine.opaque_array", "engine.quiet", "engine.sparse_array",
        "engine.tensor", "engine.tensor_base", "numpy",
    ],
    "engine.autograd.jacobian_check": ["engine.dtypes", "engine.random", "engine.tensor", "engine.warning"],
    "engine.autograd.*": [
        "engine.device", "engine.dtypes", "engine.layout", "engine.meta", "engine.opaque_array",
        "engine.pending_array", "engine.quiet", "engine.sparse_array", "engine.strides", "engine.tensor",
        "engine.tensor_base", "engine.warning", "numpy",
    ],
    # operations
    "engine.declare.schema": [],
    "engine.dispatch.*": [
        "engine.autograd", "engine.checks", "engine.declare.schema", "engine.device", "engine.dtypes",
        "engine.kernels.rounding", "engine.layout", "engine.meta", "engine.opaque_array", "engine.pending_array",
        "engine.quiet", "engine.random", "engine.refusing", "engine.sparse_array", "engine.strides", "engine.tensor",
        "engine.tensor_base", "engine.warning", "numpy",
    ],
    "engine.declare.*": [
        "engine.autograd", "engine.dispatch", "engine.dtypes", "engine.strides", "engine.tensor", "engine.tensor_base",
    ],
    "engine.formulas.*": [
        "engine.autograd.forward_ad", "engine.autograd.levels", "engine.autograd.modes", "engine.checks",
        "engine.layout", "engine.ops.joining", "engine.tensor", "numpy",
    ],
    "engine.amp.*": [
        "engine.autograd.modes", "engine.device", "engine.dispatch.autocast", "engine.dtypes", "engine.ops.creation",
        "engine.tensor", "engine.warning",
    ],
    "engine.backends.cpu": ["engine.processor"],
    "engine.processor": ["numpy"],
    "engine.types": ["engine.device", "engine.dtypes", "engine.layout", "engine.tensor"],
    "engine.testing*": [
        "engine.dtypes", "engine.layout", "engine.ops", "engine.tensor", "engine.testing", "engine.warning", "numpy",
    ],
    "engine.__config__": ["engine.execution", "ml_dtypes", "numpy", "scipy"],  # whose versions it tells
    "engine._C": [
        "engine.autograd", "engine.device", "engine.dtypes", "engine.layout", "engine.library.operators",
        "engine.overrides", "engine.random", "engine.tensor_base",
    ],
    "engine._higher_order_ops*": [
        "engine._higher_order_ops", "engine.autograd.function", "engine.ops.joining", "engine.tensor",
        "engine.utils.pytree",
    ],
    "engine.nested*": [
        "engine.autograd.api", "engine.dispatch.overrides", "engine.dtypes", "engine.layout", "engine.nested",
        "engine.ops", "engine.overrides", "engine.refusing", "engine.tensor", "engine.warning", "numpy",
    ],
    "engine.jit*": [
        "engine.futures", "engine.jit", "engine.layout", "engine.nn.modules.module", "engine.overrides",
        "engine.serialization", "engine.serialization_texts",
        "engine.refusing", "engine.tensor", "engine.testing", "engine.utils.pytree", "engine.warning",
    ],
    "engine.mps": ["engine.refusing"],
    "engine.accelerator": ["engine.refusing"],
    "engine.cpu": ["engine.cpu", "engine.streams"],
    "engine.cpu.amp": ["engine.amp", "engine.dtypes", "engine.warning"],
    "engine.streams": ["engine.device"],
    "engine.fx*": [
        "engine", "engine.device", "engine.dtypes", "engine.fx", "engine.layout", "engine.library.operators",
        "engine.nn.modules", "engine.nn.utils.fusion", "engine.utils",
        "engine.nn.parameter", "engine.tensor", "tabulate",
    ],
    "engine.shared_memory": ["engine.copying", "engine.layout", "engine.tensor", "engine.tensor_base", "numpy"],
    "engine.multiprocessing*": [
        "engine.naming",
        "engine.copying", "engine.nn.parameter", "engine.shared_memory", "engine.tensor", "engine.utils",
        "engine.warning",
    ],
    "engine.compiler": ["engine.nn.modules.module"],
    "engine.compiler.regions": ["engine.ops.data", "engine.tensor", "engine.utils._pytree", "numpy"],
    "engine.cuda*": [
        "engine.amp", "engine.checks", "engine.cuda", "engine.dtypes", "engine.refusing", "engine.streams",
        "engine.warning",
    ],
    "engine.execution": ["engine.warning"],
    "engine.library*": [
        "engine.autograd", "engine.declare", "engine.device", "engine.dispatch", "engine.dtypes", "engine.layout",
        "engine.tensor", "engine.tensor_base", "engine.warning",
    ],
    "engine.determinism": ["engine.utils.deterministic", "engine.warning", "numpy"],
    "engine.copying": [
        "engine.naming",
        "engine.autograd.modes", "engine.dtypes", "engine.layout", "engine.opaque_array", "engine.tensor",
        "engine.tensor_base", "engine.utils.hooks", "numpy",
    ],
    "engine.storage": [
        "engine.device", "engine.dtypes", "engine.layout", "engine.shared_memory", "engine.tensor", "engine.warning",
        "numpy",
    ],
    "engine.overrides": [
        "engine.autograd.modes", "engine.dispatch.overrides", "engine.ops.shape", "engine.tensor",
        "engine.tensor_base",
    ],
    "engine.random": ["engine.device", "engine.dtypes", "engine.naming", "engine.tensor", "numpy"],
    "engine.ops.*": [
        "engine.autograd", "engine.checks", "engine.declare", "engine.determinism", "engine.device", "engine.dispatch",
        "engine.dtypes", "engine.formulas", "engine.kernels", "engine.layout", "engine.legacy", "engine.meta",
        "engine.pending_array", "engine.quiet", "engine.random", "engine.refusing", "engine.return_types",
        "engine.sparse_array", "engine.strides", "engine.tensor", "engine.warning", "numpy",
    ],
    "engine.legacy": [
        "engine.autograd.backward", "engine.device",
        "engine.dispatch.arguments", "engine.dtypes", "engine.layout", "engine.ops", "engine.tensor", "engine.warning",
        "numpy",
    ],
    "engine.nn.*": [
        "engine.naming", "engine.overrides",
        "engine.autograd", "engine.declare.registry", "engine.dispatch.arguments", "engine.dispatch.autocast",
        "engine.dispatch.overrides", "engine.dtypes", "engine.layout", "engine.legacy", "engine.nn", "engine.ops",
        "engine.printing", "engine.random", "engine.tensor", "engine.tensor_base", "engine.warning", "numpy",
    ],
    "engine.distributions*": [
        "engine.naming",
        "engine.autograd", "engine.distributions", "engine.dtypes", "engine.layout", "engine.linalg",
        "engine.nn.functional", "engine.ops", "engine.tensor", "engine.warning",
    ],
    "engine.optim.swa_utils": [
        "engine.autograd", "engine.dtypes", "engine.nn.modules.batchnorm", "engine.nn.modules.module",
        "engine.ops.data.tensor", "engine.tensor",
    ],
    "engine.optim*": [
        "engine.autograd", "engine.dtypes", "engine.ops", "engine.optim", "engine.tensor", "engine.warning",
    ],
    "engine.utils.data*": [
        "engine.distributed", "engine.dtypes", "engine.layout", "engine.ops", "engine.random", "engine.tensor",
        "engine.utils.data", "engine.warning", "numpy",
    ],
    "engine._utils": ["engine.ops.joining", "engine.tensor"],
    "engine.utils._foreach_utils": ["engine.device", "engine.tensor"],
    "engine.utils.model_zoo": ["engine.hub"],
    "engine.utils.selective": ["engine.autograd", "engine.dispatch.arguments", "engine.library", "engine.tensor"],
    "engine.utils._python_dispatch": ["engine.autograd.modes", "engine.dispatch.subclasses", "engine.tensor"],
    "engine.utils.checkpoint": [
        "engine.amp", "engine.autograd", "engine.random", "engine.tensor", "engine.tensor_base", "engine.warning",
    ],
    "engine.utils.benchmark*": ["engine", "engine.execution", "numpy"],  # the code that is timed sees all of it
    "engine.utils.flop_counter": ["engine.library", "engine.tensor", "engine.utils", "engine.warning", "tabulate"],
    "engine.utils.module_tracker": [
        "engine.autograd.backward", "engine.autograd.graph", "engine.nn.modules", "engine.tensor", "engine.utils",
    ],
    "engine.utils.*": [
        "engine.autograd.node", "engine.layout", "engine.return_types", "engine.tensor", "engine.tensor_base",
        "engine.utils", "engine.warning", "numpy",
    ],
    "engine.serialization_texts": [], "engine.serialization_trust": [],
    "engine.serialization*": [
        "engine.naming", "engine.jit", "engine.serialization", "engine.serialization_archive",
        "engine.serialization_legacy",
        "engine.serialization_texts", "engine.serialization_trust", "engine.warning",
        "engine.device", "engine.dtypes", "engine.layout", "engine.meta", "engine.nn.modules.module",
        "engine.nn.parameter", "engine.ops.sparse_construction", "engine.pending_array", "engine.sparse_array",
        "engine.storage", "engine.tensor", "engine.torch_version", "engine.utils.hooks", "numpy",
    ],
    "engine.graph*": ["graphviz"],  # reads what torch exposes too, so it draws the graphs of both
    # the runner: sources -> execute -> compare -> report
    "conformance.__main__": ["conformance.cli"],
    "conformance.spec.schema": ["conformance.known", "pydantic", "pydantic_core"],
    "conformance.spec.*": ["packaging", "pydantic", "pydantic_core", "typing_extensions", "yaml"],
    "conformance.known": ["conformance.spec", "pydantic", "pydantic_core"],
    "conformance.sources.samples": ["conformance.spec", "pydantic"],
    "conformance.sources.samples.*": ["conformance.spec", "numpy", "torch"],  # in a process of their own
    "conformance.sources.fuzz.statements.*": ["conformance.sources.fuzz.drawing"],
    "conformance.sources.*": ["conformance.spec", "nbformat"],
    "conformance.expression": [],
    "conformance.selection": ["conformance.expression", "conformance.sources", "conformance.spec"],
    "conformance.targets.engine": ["conformance.version"],
    "conformance.targets.torch": ["torch"],
    "conformance.targets.capture": ["numpy"],
    "conformance.targets.foreign.facade": [
        "conformance.targets.capture", "conformance.targets.protocol", "engine.from_numpy", "numpy",
    ],
    "conformance.targets.foreign.*": ["conformance.targets.capture", "conformance.targets.protocol", "numpy"],
    "conformance.execute.display": ["IPython", "conformance.targets.sanitise"],
    "conformance.execute.tasks": ["conformance.spec", "conformance.targets.protocol", "packaging"],
    "conformance.execute.*": [
        "conformance.targets.protocol", "conformance.targets.registry", "conformance.targets.sanitise", "pydantic",
    ],
    "conformance.compare.*": [
        "conformance.known", "conformance.spec", "conformance.targets.protocol", "conformance.targets.sanitise",
        "numpy",
    ],
    "conformance.coverage": ["conformance.spec", "pydantic"],
    "conformance.record.*": [
        "conformance.compare", "conformance.execute", "conformance.selection", "conformance.spec",
        "conformance.targets.protocol", "numpy",
    ],
    "conformance.report.*": [
        "conformance.compare", "conformance.coverage", "conformance.known", "jinja2", "junitparser", "pydantic", "rich",
    ],
    "conformance.doctor": ["conformance.compare", "conformance.execute", "conformance.targets.protocol"],
    "conformance.run": [
        "conformance.compare", "conformance.execute", "conformance.known", "conformance.selection",
        "conformance.targets.protocol",
    ],
    "conformance.reduce": ["conformance.compare", "conformance.selection", "conformance.spec"],
    "conformance.pytest_plugin": [
        "conformance.sources", "conformance.report.failures",
        "conformance.compare", "conformance.report.blocks", "conformance.report.printing", "conformance.run",
        "conformance.selection", "conformance.session", "conformance.spec", "conformance.targets.REFERENCE", "pytest",
        "rich",
    ],
    "conformance.session": [
        "conformance.compare", "conformance.execute", "conformance.known", "conformance.report", "conformance.run",
        "conformance.selection", "conformance.spec", "conformance.targets.registry", "conformance.version",
    ],
    "conformance.view": ["conformance.compare", "conformance.report", "rich", "textual"],
    "conformance.cli": ["rich_click"],
    "conformance.cli.*": [
        "conformance.coverage", "conformance.doctor", "conformance.execute.recording", "conformance.expression",
        "conformance.record",
        "conformance.reduce", "conformance.report", "conformance.run", "conformance.selection",
        "conformance.session", "conformance.sources", "conformance.spec", "conformance.view",
        "conformance.targets.DEFAULT", "conformance.targets.REFERENCE", "click", "rich_click",
    ],
}  # fmt: skip

# What a row may name besides for annotations, under `if TYPE_CHECKING:`.
ALLOWED_FOR_TYPES = {
    "engine.tensor_base": ["engine.tensor"],  # a gradient is one
    "engine.func.*": ["engine.declare"],  # which is what a level interprets
    "engine.dispatch.*": ["engine.declare"],  # dispatch runs what declare makes of a declaration
}

# What is imported against the direction, inside a function that runs when all modules are there.
ALLOWED_IN_FUNCTIONS = {
    "engine.formulas.linalg": [
        "engine.linalg",
        "engine.ops.factorization",
    ],  # whose derivatives solve systems themselves
    "engine.formulas.loss": ["engine.ops.activation.log_sigmoid"],
    # is_grads_batched is a map of passes; the first gradient of a wrapper is what its class makes of ones
    "engine.autograd.api": ["engine.ops.creation.ones_like", "engine.func.legacy"],
    "engine.dispatch.subclasses": ["engine.library"],  # operations as classes get them
    "engine.nn.*": ["engine.func.functional_call"],  # its old place calls it
    # a Jacobian is stacked of its rows, or is one map
    "engine.autograd.functional": ["engine.ops.joining.stack", "engine.func.legacy"],
    "engine.autograd.jacobian_check": ["engine.func", "engine.ops.joining.stack"],  # likewise; passes under vmap
}


class Import(NamedTuple):
    name: str
    line: int
    exceptions: list[dict[str, list[str]]]
    """The tables that may allow it besides ALLOWED."""


def modules() -> dict[str, Path]:
    found = {}
    for package in ("engine", "conformance"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.Module, package: str) -> Iterator[Import]:
    """What the source of a module in `package` imports, by full names."""

    def visit(node: ast.AST, exceptions: list[dict[str, list[str]]]) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, exceptions) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(f"{source}.{alias.name}", node.lineno, exceptions) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and child not in node.orelse:
                yield from visit(child, [*exceptions, ALLOWED_FOR_TYPES])
            elif isinstance(node, ast.FunctionDef):
                yield from visit(child, [*exceptions, ALLOWED_IN_FUNCTIONS])
            else:
                yield from visit(child, exceptions)

    return visit(tree, [])


def rule(module: str, table: dict[str, list[str]]) -> list[str]:
    return next((names for pattern, names in table.items() if fnmatchcase(module, pattern)), [])


def broken(module: str, package: str, source: str) -> list[str]:
    """The imports in `source` that no rule allows."""
    own = [package] if "." in package else []
    return [
        f"{module}, line {each.line}: {each.name}"
        for each in imports(ast.parse(source), package)
        if each.name.partition(".")[0] not in sys.stdlib_module_names
        and not any(
            under(each.name, name)
            for name in (*own, *(name for table in (ALLOWED, *each.exceptions) for name in rule(module, table)))
        )
    ]


def under(name: str, parent: str) -> bool:
    return f"{name}.".startswith(f"{parent}.")


MODULES = modules()


def test_modules_import_only_what_their_rules_allow():
    found = []
    for module, path in MODULES.items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        found += broken(module, package, path.read_text(encoding="utf-8"))
    assert found == []


def test_every_rule_has_a_module():
    assert {next((rule for rule in ALLOWED if fnmatchcase(module, rule)), None) for module in MODULES} >= set(ALLOWED)


@pytest.mark.parametrize(
    ("module", "source", "named"),
    [
        ("engine.kernels.shape", "from ..autograd import node", "engine.autograd.node"),
        ("engine.kernels.shape", "from ..layout import storage\nfrom ..tensor import Tensor", "engine.tensor.Tensor"),
        ("engine.kernels.shape", "def kernel():\n  from .. import tensor", "engine.tensor"),
        ("engine.dispatch.slow", "from ..declare.op import Op", "engine.declare.op.Op"),
        ("engine.dispatch.slow", "if TYPE_CHECKING:\n  pass\nelse:\n  import engine.declare", "engine.declare"),
        ("engine.tensor", "import torch", "torch"),
        ("engine.ops.creation", "import conformance.spec", "conformance.spec"),
        (
            "conformance.compare.values",
            "from conformance.targets.torch import Torch",
            "conformance.targets.torch.Torch",
        ),
        ("conformance.execute.pool", "import engine", "engine"),
    ],
)
def test_a_rule_that_is_broken_is_named(module, source, named):
    assert [each.rpartition(": ")[2] for each in broken(module, module.rpartition(".")[0], source)] == [named]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("engine.dispatch.slow", "if TYPE_CHECKING:\n  from ..declare.op import Op"),
        ("engine.autograd.functional", "def stacked():\n  from ..ops.joining import stack"),
    ],
)
def test_what_is_for_annotations_or_comes_later_may_go_further(module, source):
    package = module.rpartition(".")[0]
    assert broken(module, package, source) == []
    assert broken(module, package, source.partition("\n")[2].strip()) != []


@pytest.mark.parametrize("command", ["--help", "list"])
def test_what_only_talks_loads_neither_torch_nor_the_engine(command):
    code = (
        "import sys\n"
        "from conformance.cli import run_command_line\n"
        f"assert run_command_line([{command!r}]) == 0\n"
        "sys.exit(', '.join({'engine', 'torch', 'numpy'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
