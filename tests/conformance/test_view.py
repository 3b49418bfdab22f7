"""The viewer, driven as a user drives it."""

import asyncio
import sys
from pathlib import Path

import pytest

from conformance.cli import run_command_line
from conformance.report.run import read

pytest.importorskip("textual", reason="textual is not installed")

from conformance.view import ALL, WRONG, View

SPEC = """
title: A sum
cases:
- id: sum
  title: One and two
  cells:
  - code: |
      import torch
      print(torch.tensor([1., 2.]))
  - code: print("[/bold] fine")
- id: other
  cells: [{code: print(1)}]
"""
RIGHT, VALUES = "miniatures:TINY.right", "miniatures:TINY.prints_more_digits"


@pytest.fixture
def view(tmp_path, monkeypatch):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "tiny.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    run_command_line(["run", "-t", VALUES, "-t", RIGHT, "--reference", RIGHT, "-j", "2"])
    return View(read(Path("reports/latest/run.ndjson")))


def drive(app, script, size=(120, 40)):
    async def driven():
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await script(pilot)

    asyncio.run(driven())


def text(app, where):
    """What a widget shows, as plain lines."""
    widget = app.query_one(where)
    return "\n".join("".join(segment.text for segment in widget.render_line(y)) for y in range(widget.size.height))


def test_it_opens_with_what_is_wrong_and_shows_the_cell_with_its_difference(view):
    async def script(pilot):
        assert view.verdict == WRONG
        assert view.shown == ["tiny::sum#1"]
        await pilot.press("down", "down")
        assert view.current == "tiny::sum#1"
        shown = text(view, "#detail")
        assert "print(torch.tensor([1., 2.]))" in shown
        assert f"{VALUES} is wrong" in " ".join(shown.split())
        assert "tensor([1.0000, 2.0000])" in shown
        assert "1 cell of 3, not as expected: 1 conforms, 1 diverges" in text(view, "#status")

    drive(view, script)


def test_verdicts_one_after_the_other(view):
    async def script(pilot):
        seen = []
        for _ in range(4):
            seen.append((view.verdict, len(view.shown)))
            await pilot.press("v")
        assert seen == [(WRONG, 1), ("conforms", 3), ("diverges", 1), (ALL, 3)]

    drive(view, script)


def test_search(view):
    async def script(pilot):
        await pilot.press("v", "slash", *"bold", "enter")
        assert view.shown == ["tiny::sum#2"]
        assert view.focused is view.tree
        await pilot.press("down", "down")
        assert "[/bold] fine" in text(view, "#detail")
        await pilot.press("slash", *"zzz")
        assert view.shown == []
        assert "0 cells of 3" in text(view, "#status")

    drive(view, script)


def test_the_matrix(view):
    async def script(pilot):
        assert not view.query_one("#matrix").display
        await pilot.press("m")
        await pilot.pause()
        assert "Documents" in text(view, "#matrix Static")
        await pilot.press("m")
        assert not view.query_one("#matrix").display

    drive(view, script)


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (30, 8)])
def test_any_terminal_will_do(view, size):
    async def script(pilot):
        await pilot.press("down", "down", "m", "v")

    drive(view, script, size)


def test_a_cell_is_run_again(view):
    spec = Path("specs/tiny.yaml")

    async def script(pilot):
        await pilot.press("down", "down")
        spec.write_text(SPEC.replace("print(torch.tensor([1., 2.]))", "print(3)"))
        await pilot.press("r")
        await view.workers.wait_for_complete()
        await pilot.pause()
        assert view.again["tiny::sum#1", VALUES].verdict == "conforms"
        assert view.shown == []  # nothing is wrong any more
        assert "print(3)" in text(view, "#detail")
        spec.unlink()
        await pilot.press("v", "down", "down", "r")
        await view.workers.wait_for_complete()
        await pilot.pause()
        assert "could not be run again: conformance: there is no suite 'tiny'" in text(view, "#status")

    drive(view, script)


def test_without_a_terminal_it_says_what_prints(view, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert run_command_line(["view"]) == 4
    assert "view is for a terminal: `conformance report` prints" in capsys.readouterr().err


def test_without_a_run_or_without_textual(tmp_path, monkeypatch, capsys, view):
    monkeypatch.setitem(sys.modules, "conformance.view", None)
    assert run_command_line(["view"]) == 4
    assert "autograd-conformance[view]" in capsys.readouterr().err
    monkeypatch.chdir("/")
    assert run_command_line(["view"]) == 4
    assert "there is no run" in capsys.readouterr().err
