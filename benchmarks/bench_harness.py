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
