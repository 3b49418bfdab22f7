"""The plugin, in a pytest of its own: the same verdicts as `conformance run`."""

import os
import subprocess
import sys

import pytest

from conformance.cli import run_command_line
from conformance.report.run import read

RIGHT, WRONG = "miniatures:TINY.right", "miniatures:TINY.prints_more_digits"
SPEC = """
title: Some cases
cases:
- id: prints
  cells: [{code: "import torch\\nprint(torch.tensor([1.]))"}]
- id: plain
  params: {n: ["1", "2"]}
  cells: [{code: print(n)}]
- id: needs
  needs: {module: no_such_module}
  cells: [{code: "1"}]
- id: accepted
  cells: [{code: "import torch\\ntorch.tensor([1.])"}]
"""
KNOWN = f"- {{address: 'area/some::accepted', target: '{WRONG}', check: '*', reason: the digits}}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "specs" / "area").mkdir(parents=True)
    (tmp_path / "specs" / "area" / "some.yaml").write_text(SPEC)
    (tmp_path / "specs" / "known.yaml").write_text(KNOWN)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_pytest(*arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "200"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # hypothesis and others take longer to load than all the rest
    command = [sys.executable, "-m", "pytest", "-p", "conformance.pytest_plugin", "-p", "no:cacheprovider", "-v"]
    done = subprocess.run(
        [*command, "--conformance-reference", RIGHT, *arguments],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("arguments", [[], ["-p", "xdist.plugin", "-n", "2"]], ids=["alone", "xdist"])
def test_the_verdicts_are_those_of_a_run(project, arguments):
    code, out = run_pytest("specs", "--conformance", RIGHT, "--conformance", WRONG, *arguments)
    assert code == 1
    words = {"conforms": "PASSED", "skipped": "SKIPPED", "known": "XFAIL", "diverges": "FAILED"}
    assert run_command_line(["run", "-t", RIGHT, "-t", WRONG, "--reference", RIGHT]) == 1
    results = read(project / "reports" / "latest" / "run.ndjson").results
    assert len(results) == 10
    lines = out.splitlines()
    for result in results:
        name = f"specs/area/some.yaml::{result.address.partition('::')[2]}[{result.target}]"
        assert any(name in line and words[result.verdict] in line for line in lines), name
    assert f"{WRONG} is wrong" in " ".join(out.split())
    assert f"conformance: {RIGHT}, {WRONG}, held against {RIGHT}; specs below {project / 'specs'}" in out
    assert f"--target {WRONG} --reference {RIGHT}\n" in out
    summary = out[out.index("short test summary") :]
    assert f"FAILED specs/area/some.yaml::prints[{WRONG}] - cell 1, stdout: " in summary


def test_one_case_on_one_target(project):
    code, out = run_pytest(f"specs/area/some.yaml::prints[{RIGHT}]", "--conformance", RIGHT, "--conformance", WRONG)
    assert code == 0
    assert "1 passed" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--conformance", "nonsense"], "'nonsense' is no target"),
        (["--conformance", RIGHT, "--conformance-timeout", "nan"], "--conformance-timeout is a number of seconds"),
        (["--conformance", RIGHT, "--conformance-specs", "none"], "name their folder with --conformance-specs"),
    ],
)
def test_bad_usage_runs_no_test(project, arguments, told):
    code, out = run_pytest("specs", *arguments)
    assert (code, out) == (4, "")


def test_a_bad_spec_is_told_with_its_place_alone(project):
    (project / "specs" / "area" / "some.yaml").write_text(SPEC.replace("title", "titel", 1))
    code, out = run_pytest("specs", "--conformance", RIGHT)
    assert code == 2
    assert "some.yaml:2:1: unknown key 'titel': did you mean 'title'?\n" in out
    assert "Traceback" not in out
    assert "selection.py" not in out


def test_without_a_target_nothing_is_collected(project):
    code, out = run_pytest("specs")
    assert code == 5
    assert "collected 0 items" in out
