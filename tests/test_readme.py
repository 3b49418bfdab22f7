"""What README.md shows is what happens: its commands run, and print what it says that they print."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def commands():
    """Each command of the console blocks, with the output shown below it."""
    shown = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks("console")), re.MULTILINE)
    return [(re.sub(r"\s+# .*", "", command), output) for command, output in shown]


def masked(text):
    """The lines of an output, without what differs from machine to machine."""
    text = re.sub(r"\d+\.\d+\.\d+(\+\w+)?", "VERSION", text)
    return [line.rstrip() for line in re.sub(r"\d+\.\d+ s", "SECONDS", text).splitlines()]


@pytest.fixture
def shell(tmp_path):
    """Runs a command where README.md's files are: gives its exit code and what it printed."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    (tmp_path / "mine.py").write_text(blocks("python")[0], encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "accumulation.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    scripts = Path(sys.executable).parent

    def run(command):
        environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"}
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, check=False, capture_output=True, encoding="utf-8"
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    return run


def test_the_two_commands_come_first():
    installing, testing = commands()[:2]
    assert installing[0] == "python -m pip install nox && nox -s conformance"
    assert testing[0] == "nox -s tests"


def test_the_report_is_as_shown(shell):
    (command, shown), *others = commands()[2:]
    code, output = shell(command)
    assert code == 1
    printed = iter(masked(output))
    for line in masked(shown):
        assert line == "..." or line in printed  # `in` moves on: the order counts

    for command, shown in others:
        code, output = shell(command)
        assert (shown, code) == ("", 0), output
        assert output


def test_the_spec_conforms(shell):
    (command,) = re.findall(r"`(conformance run --specs mine)`", TEXT)
    code, output = shell(command)
    assert code == 0, output
    assert "2 cells on 3 targets" in output


def test_the_engine_prints_what_the_comments_say(shell):
    (_, code) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, encoding="utf-8")
    comments = re.findall(r"^print\(.*?\)  # (.*)", code, re.MULTILINE)
    assert len(comments) == 2
    assert done.stdout.splitlines()[:2] == comments


def test_what_it_links_to_is_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_worked_example_is_the_source():
    (example,) = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert example in (ROOT / "engine" / "ops" / "pointwise.py").read_text("utf-8")
