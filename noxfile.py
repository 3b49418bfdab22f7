"""Everything that is run here, each as one session: `nox -s conformance` is the main one, `nox --list` names all.

A session sets itself up with pip in a virtual environment of its own, and keeps it: torch is large. `nox -R -s tests`
runs one again without asking pip for anything; the project is installed editable, so a run sees every edit.
"""

import os
import secrets
import sys

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2026.7"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests", "conformance"]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process that a run starts compiles all that it imports
PROJECT = nox.project.load_toml("pyproject.toml")
SLICE = [f"{table}:?dtype=float64&samples=1" for table in ("opinfo", "moduleinfo", "optiminfo")]
"""Of torch's samples, what is run for each change."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
}
"""What keeps torch and NumPy to the instructions that each processor of the last ten years has."""


@nox.session
def conformance(session: nox.Session) -> None:
    """Run the specs on the engine, torch on the CPU and torch on CUDA: `nox -s conformance -- -k no_grad`."""
    install(session, project=".[torch,viz]")
    try:
        session.run("conformance", "run", *session.posargs)
    except CommandFailed as failure:
        sys.exit(failure.return_code)  # it tells what the run found; nox would make a 1 of it


@nox.session
def portability(session: nox.Session) -> None:
    """Run the specs on the engine and torch with fewer of the processor's instructions: what then changes is rounding.

    torch, oneDNN and MKL choose their kernels by the processor, and sums in another order. A cell that shows the last
    digits, or what becomes of them, conforms on the machine where it was written alone.
    """
    install(session, project=".[torch,viz]")
    options = ["-t", "engine", "-t", "torch:cpu", "--isolate", "batch", "--summary", "--out", "reports/portability"]
    session.run("conformance", "run", *options, *session.posargs, env=ONE_THREAD | AVX2)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests: `nox -s tests -- tests/engine -k printing`."""
    install(session, "test", project=".[torch,viz]")
    # One more than there are processors: many tests wait for the processes that they start.
    workers = f"--numprocesses={(os.cpu_count() or 1) + 1}"
    session.run("pytest", workers, "--dist=worksteal", *session.posargs, env=ONE_THREAD)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and layout; `nox -s lint -- --fix` mends what can be mended."""
    install(session, "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", *([] if "--fix" in session.posargs else ["--check"]))


@nox.session
def types(session: nox.Session) -> None:
    """Check the types."""
    install(session, "types", project=".")
    session.run("mypy", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Run the fault drill on real targets, 10,000 damaged documents through the loader, and kill a run at 20 points."""
    install(session, "test", project=".[torch,viz]")
    session.run("python", "tests/faults.py", *(session.posargs or ["engine", "torch:cpu"]), env=ONE_THREAD)
    session.run("pytest", "tests/conformance/spec/test_damage.py", env={"CONFORMANCE_DOCUMENTS": "10000"})
    session.run("pytest", "tests/conformance/test_session.py", "-k", "killed", env={"CONFORMANCE_KILLS": "20"})


@nox.session
def samples(session: nox.Session) -> None:
    """Run torch's own samples of operators, modules and optimizers on the engine: one of each, or
    `nox -s samples -- 'opinfo:linalg.*'`.

    What fails already stands in reports/samples.ndjson: without arguments only what is new fails. It is written anew by
    `conformance baseline --failures --run reports/samples --out reports/samples.ndjson`.
    """
    install(session, project=".[torch,viz]")
    wanted = session.posargs or [*SLICE, "--summary", "--baseline", "reports/samples.ndjson"]
    options = ["--isolate", "batch", "-t", "engine", "-t", "torch:cpu", "--out", "reports/samples"]
    session.run("conformance", "run", *options, *wanted, env=ONE_THREAD)


@nox.session
def libraries(session: nox.Session) -> None:
    """Run programs with libraries that are written on torch, on the engine and torch."""
    install(session, project=".[torch,viz]")
    session.install(
        "einops", "torchdiffeq", "entmax", "lion-pytorch", "torch-ema", "ema-pytorch", "torchmetrics", "higher",
        "torchsde", "gpytorch", "pyro-ppl", "captum", "backpack-for-pytorch", "tensorly", "setuptools<81",
    )  # fmt: skip
    # Some bring torchvision, whose compiled operators are bound to torch itself.
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "torchvision")
    options = ["--specs", "tests/libraries", "-t", "engine", "-t", "torch:cpu", "--out", "reports/libraries"]
    session.run("conformance", "run", *options, *session.posargs, env=ONE_THREAD)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Run programs drawn at random on the engine and torch: 500 that nobody has seen, or `nox -s fuzz -- fuzz:7`."""
    install(session, project=".[torch,viz]")
    wanted = session.posargs or [f"fuzz:{secrets.randbelow(10**6)}?programs=500"]
    options = ["--isolate", "batch", "-t", "engine", "-t", "torch:cpu", "--out", "reports/fuzz"]
    session.run("conformance", "run", *options, *wanted, env=ONE_THREAD)


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the engine in 200 places, one at a time, and see what no spec notices: `nox -s mutants -- 50 engine/func`.

    A change that survives is a behaviour that no cell shows, or makes no difference.
    """
    install(session, "test", project=".[torch,viz]")
    session.run("python", "tests/mutants.py", *session.posargs, env=ONE_THREAD)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against the budgets: `nox -s bench -- -k chain`."""
    install(session, "test", project=".[torch,viz]")
    session.run("pytest", "benchmarks", "--benchmark-quiet", *session.posargs, env=ONE_THREAD)


def install(session: nox.Session, *groups: str, project: str = "") -> None:
    """Installs dependency groups of pyproject.toml and, if it is given, the project with its extras."""
    requirements = nox.project.dependency_groups(PROJECT, *groups)
    session.install(*requirements, *(["--editable", project] if project else []))
    if project:  # which pip leaves out where it installs nothing; and a sandboxed worker may not write
        session.run_install("python", "-m", "compileall", "-q", "engine", "conformance")
