"""What a user waits for before anything happens: a whole process, Python's own start included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = [sys.executable, "-c"]


@pytest.mark.parametrize(
    ("what", "command", "at_most"),
    [
        ("import engine", [*PYTHON, "import engine"], 0.35),
        ("conformance --help", [sys.executable, "-m", "conformance", "--help"], 0.3),
        ("conformance list", [sys.executable, "-m", "conformance", "list"], 0.3),
    ],
)
def bench_start(seconds, what, command, at_most):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    run = lambda: subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
    seconds(what, run, at_most=at_most)
