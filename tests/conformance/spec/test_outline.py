from __future__ import annotations

from pathlib import Path

import pytest

from conformance.spec.loader import load_suite
from conformance.spec.model import case_address
from conformance.spec.outline import _without_cells, outlines

ROOT = Path(__file__).parents[3] / "specs"
BLOCKS = """\
title: t
cases:
# the first
- id: a
  title: One, two
  cells:
  - code: |
      cells:
        x
    stdout: |

      1

  # between two cells
  - code: y
  tags: [slow]
- id: b
  params:
    x: ["1", "2"]
    y: [z]
  covers: [B01.02]
  cells:
    - code: 'cells:'
"""


def read_in_full(path: Path, suite: str) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    read = load_suite(path, suite, compiled=False)
    cases = [variant for case in read.cases for variant in case.variants()]
    return [(str(case_address(read, each)), each.title or "", each.tags, each.covers) for each in cases]


def outlined(path: Path, suite: str = "s") -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    found = outlines(path, suite)
    assert found is not None
    return [(str(each.address), each.title, each.tags, each.covers) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        BLOCKS,
        BLOCKS.replace("\n", "\r\n"),
        BLOCKS.replace("- id", "-   id").replace("\n  ", "\n    "),
        BLOCKS + "source: {document: x}\n",
        BLOCKS.replace("title: One, two", "title: |\n    cells:\n    two"),
        BLOCKS.replace("title: One, two", 'title: "One,\n\n    two"'),
        "cases: [{id: a, cells: [{code: '1'}]}, {cells: [{code: '2'}], id: b, title: x}]\ntitle: t\n",
        "title: t\ncases:\n  - {id: a, title: x, cells: [{code: '1'}]}\n",
        "title: t\ncases:\n- cells:\n  - code: x\n  id: a\n- id: b\n  cells: [{code: '1'}]\n",
    ],
)
def test_an_outline_is_what_reading_in_full_tells(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(text.encode())
    assert outlined(path) == read_in_full(path, "s")


def test_the_outline_of_each_kind_of_spec_here() -> None:
    for name in ("seeds/autograd-basics", "programs/steps", "programs/tensors"):
        path = ROOT / f"{name}.yaml"
        assert outlined(path, name) == read_in_full(path, name)
        assert len(_without_cells(path.read_text())) < len(path.read_text()) / 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1\n",
        "title: t\n",
        "title: t\ncases: []\n",
        "title: t\ncases: [1]\n",
        "title: t\ncases: [{title: x}]\n",
        "title: t\ncases: [{id: 1}]\n",
        "title: t\ncases: [{id: a, title: [x]}]\n",
        "title: t\ncases: [{id: a, tags: x}]\n",
        "title: t\ncases: [{id: a, params: {x: '1'}}]\n",
        "title: t\ncases: [{id: a, params: {x: []}}]\n",
        "title: t\ncases: [{id: a}, {id: a}]\n",
    ],
)
def test_what_is_wrong_has_to_be_told_by_who_reads_in_full(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    assert outlines(path, "s") is None
