"""What the harness adds to the cells that it runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.execute.pool import Worker
from conformance.execute.tasks import task
from conformance.sources.yaml import suites

CELL = """\
  - code: |
      x = torch.tensor([1., 2.], requires_grad=True)
      y = (x * {number}).sum()
      y.backward()
      print(x.grad)
    stdout: |
      tensor([{number}., {number}.])
    values:
      x: {{data: [1.0, 2.0], dtype: float32, requires_grad: true}}
"""


def write_specs(folder: Path, *, cases: int, cells: int = 1) -> Path:
    """Specs in files of a hundred cases, each with so many cells."""
    for start in range(0, cases, 100):
        lines = ["title: Generated\n", "cases:\n"]
        for number in range(start, min(start + 100, cases)):
            lines.append(f"- id: case-{number}\n  cells:\n  - code: import torch\n")
            lines.extend(CELL.format(number=number + 1) for _ in range(cells))
        (folder / f"part-{start:05d}.yaml").write_text("".join(lines))
    return folder


def bench_loading(seconds, tmp_path):
    write_specs(tmp_path, cases=100, cells=10)
    seconds("loading and checking 1,000 cells of YAML", lambda: suites(tmp_path), at_most=0.8)


@pytest.mark.parametrize(("target", "at_most"), [("engine", 0.003), ("torch:cpu", 0.02)])
def bench_fork(seconds, tmp_path, target, at_most):
    (suite,) = suites(write_specs(tmp_path, cases=1))
    worker = Worker(target)
    try:
        described = worker.availability().description
        assert described is not None
        work = task(suite, suite.cases[0], described)
        assert worker.run(work, 10).status == "completed"

        def hundred_cases() -> None:
            for _ in range(100):
                worker.run(work, 10)

        seconds(f"a case in a fork of its own on {target}", hundred_cases, at_most=at_most, rounds=5, each=100)
    finally:
        worker.close()


@pytest.mark.parametrize("target", ["engine", "torch:cpu"])
def bench_batch(seconds, tmp_path, target):
    """A bare `exec` of the same cells, in a process that has loaded the target, is the measure of what this adds."""
    (suite,) = suites(write_specs(tmp_path, cases=64, cells=4))
    module = "engine" if target == "engine" else "torch"
    code = f"""
import sys, time
import {module} as torch
sys.modules["torch"] = torch
cases = {[[cell.code for cell in case.cells] for case in suite.cases]!r}
def all_cases():
    for cells in cases:
        namespace = {{}}
        for cell in cells:
            exec(compile(cell, "<cell>", "exec"), namespace)
sys.stdout = open("/dev/null", "w")
all_cases()
start = time.perf_counter()
all_cases()
print(time.perf_counter() - start, file=sys.stderr)
"""
    bare = float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stderr)
    worker = Worker(target)
    try:
        described = worker.availability().description
        assert described is not None
        tasks = [task(suite, case, described) for case in suite.cases]
        what = f"64 cases of 4 cells in one process on {target}, against a bare exec"
        seconds(what, lambda: worker.batch(tasks, 60), at_most=2 * bare, rounds=5)
    finally:
        worker.close()


def bench_thousand_cases(seconds, tmp_path):
    specs, out = write_specs(tmp_path, cases=1000), tmp_path / "out"
    targets = ["--target=engine", "--target=torch:cpu"]
    command = [sys.executable, "-m", "conformance", "run", *targets, f"--specs={specs}", f"--out={out}"]
    seconds(
        "1,000 cases on engine and torch:cpu, start to report",
        lambda: subprocess.run(command, check=True, capture_output=True),
        at_most=20,
        rounds=1,
    )
