"""The command line from outside: exit codes, what is written, what is imported. The targets are miniatures."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.cli import run_command_line
from conformance.report.run import Journal, read

SPEC = """
title: A sum
cases:
- id: sum
  title: One and two
  cells:
  - code: |
      import torch
      x = torch.tensor([1., 2.], requires_grad=True)
      x.sum()
    result: tensor(3.0000, grad_fn=<SumBackward0>)
  - code: |
      x.sum().backward()
      print(x.grad)
    stdout: |
      tensor([1.0000, 1.0000])
- id: other
  cells: [{code: print(1)}]
"""
RIGHT, VALUES = "miniatures:TINY.right", "miniatures:TINY.prints_more_digits"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "tiny.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments: str) -> int:
    return run_command_line(arguments)


def run(*arguments: str, reference: str = RIGHT) -> int:
    return command("run", "--reference", reference, "-j", "2", "--timeout", "5", *arguments)


LATEST = Path("reports/latest/run.ndjson")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_all_as_expected(project, capsys):
    assert run("-t", RIGHT) == 0
    out, err = capsys.readouterr()
    assert "All as expected." in out
    assert err == ""
    assert read(LATEST).footer.counts == {RIGHT: {"conforms": 3}}


def test_a_divergence(project, capsys):
    assert run("-t", VALUES) == 1
    out = capsys.readouterr().out
    assert f"conformance run 'tiny::sum#1' --target {VALUES} --reference {RIGHT}\n" in out
    assert f"{VALUES} is wrong: {RIGHT} does what the document" in " ".join(out.split())
    assert read(LATEST).footer.exit_code == 1


def test_in_a_pipe_there_is_no_progress_and_no_control_character(project, capsys):
    run("-t", VALUES)
    out = capsys.readouterr().out
    assert not {each for each in out if ord(each) < 32} - {"\n"}
    assert "starting the targets" not in out


def test_the_command_of_a_divergence_runs_just_that_cell(project):
    assert run("tiny::sum#2", "-t", VALUES) == 1
    (result,) = read(LATEST).results
    assert (result.address, [cell.number for cell in result.cells]) == ("tiny::sum#2", [2])


def test_without_a_reference_the_document_alone_counts(project, capsys):
    assert run("-t", VALUES, "tiny::other", reference="none") == 0
    assert run("-t", VALUES, "tiny::sum", reference="none") == 1
    assert "there is nobody to arbitrate" in " ".join(capsys.readouterr().out.split())


def test_a_reference_that_is_not_installed_leaves_the_document(project, capsys):
    assert run("-t", RIGHT, reference="miniatures:TINY.is_not_there") == 0
    out = capsys.readouterr().out
    assert "skipped: no such hardware  reference" in out
    assert "No reference ran: the cells are compared with the document alone." in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--target", "nonsense"], "'nonsense' is no target"),
        (["--reference", "torch:gpu"], "torch:gpu is no target"),
        (["tiny::summ"], "there is no case 'tiny::summ': did you mean 'sum'?"),
        (["missing.yaml"], "there is no suite 'missing.yaml'"),
        (["-k", "a or"], "column 5: a word is missing"),
        (["--specs", "none"], "there are no specs at none"),
        (["-j", "-1"], "Invalid value for '-j'"),
        (["--timeout", "0"], "Invalid value for '--timeout'"),
        (["--timeout", "nan"], "'nan' is no number of seconds"),
        (["--timeout", "inf"], "Invalid value for '--timeout'"),
        (["--nothing"], "No such option"),
    ],
)
def test_bad_usage_runs_and_writes_nothing(project, capsys, arguments, told):
    LATEST.parent.mkdir(parents=True)
    LATEST.write_text("kept")
    assert command("run", "-t", RIGHT, *arguments) == 4
    out, err = capsys.readouterr()
    assert told in err
    assert out == ""
    assert LATEST.read_text() == "kept"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no such file"),
        ("", "empty"),
        ("title: t\n\tcases: []", ":2:1:"),
        (SPEC.replace("id: other", "id: sum"), "tiny.yaml:17:7:"),
        (SPEC.replace("result:", "reslt:"), "did you mean 'result'?"),
        (SPEC.replace("cells: [{code: print(1)}]", "cells: [{code: &a 1}]"), "tiny.yaml:18"),
        (SPEC.replace("print(1)", "'print(1'"), "tiny.yaml:18"),
    ],
)
def test_a_bad_spec_is_told_with_its_place_and_runs_nothing(project, capsys, text, told):
    path = project / "specs" / "tiny.yaml"
    path.write_text(text) if text is not None else path.unlink()
    assert command("run", "specs/tiny.yaml", "-t", RIGHT) == 4
    err = capsys.readouterr().err
    if text is None:
        assert "there is no suite 'specs/tiny.yaml'" in err
    else:
        assert told in err
        assert "tiny.yaml" in err
    assert all(line.startswith("conformance: ") for line in err.splitlines())
    assert not LATEST.exists()


def test_a_bad_list_of_known_divergences_runs_nothing(project, capsys):
    (project / "specs" / "known.yaml").write_text("- {address: 'tiny::sum', target: engin, check: stdout, reason: x}\n")
    assert run("-t", RIGHT) == 4
    assert "there is no target 'engin': did you mean 'engine'?" in capsys.readouterr().err
    assert not LATEST.exists()


@pytest.mark.parametrize("selector", ["tiny", "tiny::other"])
def test_a_known_divergence_of_no_cell_runs_nothing(project, capsys, selector):
    entry = "- {{address: '{}', target: engine, check: stdout, reason: x}}\n"
    known = project / "specs" / "known.yaml"
    known.write_text(entry.format("tiny::summ") + entry.format("tiny::sum#3"))
    assert run("-t", RIGHT, selector) == 4
    err = capsys.readouterr().err
    assert "known.yaml:1:13: there is no case or cell 'tiny::summ': did you mean 'tiny::sum'?" in err
    assert "known.yaml:2:13: there is no case or cell 'tiny::sum#3': did you mean 'tiny::sum#" in err
    assert not LATEST.exists()
    known.write_text("".join(map(entry.format, ("tiny::*#2", "elsewhere::sum", "*::summ"))))  # of what is not read
    assert run("-t", RIGHT, selector) == 0


def test_a_known_divergence_is_accepted_and_a_stale_one_is_not(project, capsys):
    known = project / "specs" / "known.yaml"
    entry = "- {{address: 'tiny::{}', target: '{}', check: '{}', reason: the digits}}\n"
    known.write_text(entry.format("sum#1", VALUES, "result") + entry.format("sum#2", VALUES, "stdout"))
    assert run("-t", VALUES) == 0
    assert "the digits" in capsys.readouterr().out
    assert run("-t", RIGHT) == 0  # the entries are about another target
    known.write_text(entry.format("sum#1", RIGHT, "result"))
    assert run("-t", RIGHT) == 1
    out = capsys.readouterr().out
    assert "known.yaml:1: nothing diverges here any more" in out
    assert read(LATEST).footer.counts == {RIGHT: {"conforms": 2, "fixed": 1}}
    assert run("-t", RIGHT, "tiny::other") == 0  # what it is about did not run


def test_nothing_selected(project, capsys):
    assert run("-t", RIGHT, "-k", "absent") == 5
    assert capsys.readouterr().err == "conformance: nothing is selected: no case fits\n"
    assert not LATEST.exists()


def test_a_required_target_that_is_not_there(project):
    absent = "miniatures:TINY.is_not_there"
    assert run("-t", RIGHT, "-t", absent) == 0
    assert run("-t", RIGHT, "--require", absent) == 6
    assert run("-t", absent) == 6
    assert run("-t", RIGHT, "-t", "miniatures:TINY.fails_to_load") == 6


def test_a_fault_of_the_harness_is_no_divergence(project, capsys, monkeypatch):
    monkeypatch.setattr("conformance.run.Run.results", lambda self: 1 / 0)
    assert run("-t", RIGHT) == 3
    assert "this is a fault of the harness" in capsys.readouterr().err
    assert not read(LATEST).complete


def test_a_comparison_that_fails_breaks_its_cell_alone(project, monkeypatch):
    from conformance.compare.cells import Compared

    checks = Compared.checks
    monkeypatch.setattr(Compared, "checks", lambda self: 1 / 0 if "print(1)" in self.cell.code else checks(self))
    assert run("-t", RIGHT) == 3
    assert [result.verdict for result in read(LATEST).results] == ["conforms", "broken"]


def test_in_process_gives_the_same_verdicts(project):
    def verdicts():
        return [(result.address, result.verdict, result.checks) for result in read(LATEST).results]

    assert run("-t", RIGHT) == 0
    isolated = verdicts()
    assert run("-t", RIGHT, "-j", "0") == 0
    assert verdicts() == isolated


def test_the_order_and_the_number_of_jobs_change_nothing_but_times(project):
    def report():
        record = read(LATEST)
        return [(result.address, result.target, result.verdict, result.checks) for result in record.results]

    assert run("-t", VALUES, "-t", RIGHT, "-j", "1") == 1
    one = report()
    assert run("-t", VALUES, "-t", RIGHT, "-j", "4") == 1
    assert report() == one


def test_a_run_is_rendered_again(project, capsys):
    run("-t", VALUES)
    first = capsys.readouterr().out
    assert command("report") == 0
    assert capsys.readouterr().out == first
    assert command("report", str(LATEST)) == 0
    assert command("report", "nowhere") == 4
    assert "there is no run at nowhere" in capsys.readouterr().err


def test_one_address_is_shown(project, capsys):
    run("-t", VALUES)
    capsys.readouterr()
    assert command("show", "tiny::sum#2") == 0
    out = capsys.readouterr().out
    assert "tiny::sum#2" in out
    assert "tiny::sum#1" not in out
    assert command("show", "tiny::nothing") == 5


def test_targets_are_listed_with_what_they_are(capsys, monkeypatch):
    monkeypatch.setattr("conformance.cli.describing.DEFAULT", (RIGHT, "miniatures:TINY.is_not_there"))
    named = {"miniatures": "the first two are of it", "mine": "miniatures:TINY.right"}
    monkeypatch.setattr("conformance.targets.registry.registered", lambda: named)
    assert command("targets") == 0
    first, second, *others = capsys.readouterr().out.splitlines()
    assert others[0].split()[0] == "mine"
    assert first.split()[:2] == [RIGHT, "CPU,"]
    assert second.split(maxsplit=1) == ["miniatures:TINY.is_not_there", "skipped: no such hardware"]


@pytest.mark.parametrize(("arguments", "code"), [(f"run -t {VALUES} --reference {RIGHT}", "1"), ("list", "0")])
def test_a_reader_that_goes_away_changes_no_exit_code(project, arguments, code):
    line = f"{sys.executable} -m conformance {arguments} | (exec 0<&-; sleep 0.1); echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == code
    assert done.stderr == ""


def test_without_a_command_there_is_help_and_no_run(capsys):
    assert command() == 4
    assert "Usage" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_told_without_a_traceback(project):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "conformance", "list"],
            env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        3, "conformance: the output cannot be written: No space left on device\n",
    )  # fmt: skip


def test_a_run_for_which_the_disk_gets_too_small_goes_on_later(project, capsys, monkeypatch):
    write, lines = Journal.write, []

    def full(self, line):
        if len(lines) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, line)
        lines.append(line)

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "write", full)
        assert run("-t", RIGHT) == 3
    assert "was cut short: No space left on device; with room, --resume goes on" in capsys.readouterr().err
    assert run("-t", RIGHT, "--resume") == 0
    assert read(LATEST).complete


@pytest.mark.parametrize(
    "arguments",
    [["report", "--as", "html", "-o"], ["baseline", "-o"], ["import", "page.md", "-o"], ["run", "-t", RIGHT, "--out"]],
)
def test_what_cannot_be_written_is_refused(project, capsys, arguments):
    Path("page.md").write_text("```python\nprint(1)\n```\n")
    run("-t", RIGHT)
    capsys.readouterr()
    assert command(*arguments, "page.md/name") == 4
    assert "cannot be written" in capsys.readouterr().err


def test_two_runs_do_not_write_to_one_place(project, capsys):
    run("-t", RIGHT)
    kept = LATEST.read_bytes()
    with Journal(LATEST, len(kept)):
        assert run("-t", RIGHT) == 4
    assert "another run writes to it: reports/latest/run.ndjson" in capsys.readouterr().err
    assert LATEST.read_bytes() == kept


def test_a_report_that_cannot_be_written_leaves_the_one_that_was_there(project, monkeypatch):
    run("-t", RIGHT)
    Path("report.html").write_text("kept")
    monkeypatch.setattr(os, "replace", lambda *paths: 1 / 0)
    assert command("report", "--as", "html", "-o", "report.html") == 3
    assert Path("report.html").read_text() == "kept"
    assert {path.name for path in project.iterdir()} == {"specs", "reports", "report.html"}


def test_where_there_are_no_specs_those_of_the_project_are_meant(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command("run", "seeds/autograd-variables::norm-is-l2#1", "-t", "engine", "--reference", "none") == 0
    assert "1 cell on 1 target: 1 conforms" in capsys.readouterr().out


def test_cases_are_listed(project, capsys):
    assert command("list") == 0
    assert capsys.readouterr().out == "tiny::sum  One and two\ntiny::other\n"
    assert command("list", "-k", "two") == 0
    assert capsys.readouterr().out == "tiny::sum  One and two\n"


def test_what_no_run_could_name_is_refused_by_the_list(project, capsys):
    assert command("list", "--specs", "nowhere") == 4
    assert "there are no specs at nowhere" in capsys.readouterr().err
    (project / "specs" / "tiny.yaml").write_text(SPEC.replace("id: other", "id: the other"))
    assert command("list") == 4
    assert "tiny.yaml:17:7: 'the other' does not belong here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["record", "notebook:a.ipynb", "--yes"], "notebook:a.ipynb has no spec that could be filled"),
        (["run", "--fail-on", "gone"], "--fail-on says which changes since a --baseline fail: name one"),
        (["run", "notebook:"], "notebook: names nothing: write it after the colon"),
        (["run", "docstring:"], "docstring: names nothing: write it after the colon"),
    ],
)
def test_what_cannot_be_meant_is_refused(project, capsys, monkeypatch, arguments, told):
    monkeypatch.delenv("CI", raising=False)
    assert command(*arguments) == 4
    assert told in capsys.readouterr().err


def test_python_that_is_none_is_refused_before_it_runs_and_listed(project, capsys):
    (project / "specs" / "tiny.yaml").write_text(SPEC.replace("print(1)", "print(1"))
    assert command("list") == 0
    assert run("-t", RIGHT) == 4
    assert "tiny.yaml:18:23: the code is not Python" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "title"), [([], "A suite"), (["--run"], "A line of run.ndjson"), (["--known"], "The accepted")]
)
def test_schemas_are_printed(capsys, option, title):
    assert command("schema", *option) == 0
    assert json.loads(capsys.readouterr().out)["title"].startswith(title)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["list"], ["schema"]])
def test_what_must_answer_at_once_imports_neither_engine(project, arguments):
    code = f"""
import sys
from conformance.cli import run_command_line
assert run_command_line({arguments!r}) == 0
print([name for name in ("torch", "engine", "numpy") if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_an_incomplete_run_and_nothing_else(project, number):
    (project / "specs" / "tiny.yaml").write_text(SPEC + "- {id: endless, cells: [{code: 'while True: pass'}]}\n")
    arguments = ["run", "-t", RIGHT, "--reference", RIGHT, "-j", "2"]
    temporary = project / "temporary"
    temporary.mkdir()
    # Shells have the signal ignored for jobs in the background, and a child inherits that.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *arguments],
        env={**ENVIRONMENT, "TMPDIR": str(temporary)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, inherited)
    try:
        while not (LATEST.exists() and LATEST.read_bytes().count(b"\n") >= 3):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 2
    record = read(LATEST)
    assert not record.complete
    assert len(record.results) == 2
    assert "Incomplete" in out
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(project) not in listed
    assert list(temporary.iterdir()) == []


def test_the_console_script_is_this_command(project):
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("conformance, version ")


def test_accepted_divergences_are_listed_and_documented(project, capsys):
    entry = "- {address: 'tiny::sum#1', target: engine, check: stdout, reason: the digits, expires: 2020-01-31}\n"
    (project / "specs" / "known.yaml").write_text(entry)
    assert command("known") == 0
    assert capsys.readouterr().out == "tiny::sum#1  engine  stdout  the digits (**expired** after 2020-01-31)\n"
    assert command("known", "--specs", "spec") == 4
    assert "there are no specs at spec" in capsys.readouterr().err
    assert command("known", "--document") == 0
    assert "| `tiny::sum#1` | stdout | the digits | **expired** after 2020-01-31 |" in capsys.readouterr().out


def test_an_expired_entry_says_so(project, capsys):
    entry = f"- {{address: 'tiny::sum#1', target: '{VALUES}', check: result, reason: x, expires: 2020-01-31}}\n"
    (project / "specs" / "known.yaml").write_text(entry)
    assert run("-t", VALUES) == 1
    assert "known.yaml:1: expired after 2020-01-31" in capsys.readouterr().out
