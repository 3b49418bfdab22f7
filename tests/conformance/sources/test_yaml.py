from __future__ import annotations

from pathlib import Path

import pytest

from conformance.sources.yaml import suites
from conformance.spec.errors import SpecError

SUITE = "title: t\ncases:\n- id: a\n  cells:\n  - code: x = 1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "specs"
    for name in ("seeds/b.yaml", "seeds/a.yaml", "ops/deep/c.yaml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(SUITE)
    (root / "known.yaml").write_text("[]\n")
    (root / "schema.json").write_text("{}\n")
    return root


def problems(root: Path, *paths: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        suites(root, paths)
    return [str(problem).removeprefix(f"{root}/") for problem in caught.value.problems]


def test_all_suites_below_the_root_in_the_order_of_their_names(root: Path) -> None:
    found = suites(root)
    assert [suite.name for suite in found] == ["ops/deep/c", "seeds/a", "seeds/b"]
    assert found[1].path == root / "seeds/a.yaml"


def test_only_those_asked_for_each_once(root: Path) -> None:
    found = suites(root, [root / "seeds/b.yaml", root / "seeds"])
    assert [suite.name for suite in found] == ["seeds/b", "seeds/a"]


def test_a_name_does_not_depend_on_where_one_stands(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "seeds")
    assert [suite.name for suite in suites(root, [Path("a.yaml")])] == ["seeds/a"]
    assert [suite.name for suite in suites(Path("..") / "seeds", [root / "seeds"])] == ["a", "b"]


def test_a_suite_outside_the_root_is_called_after_its_path(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.parent)
    Path("own.yaml").write_text(SUITE)
    assert [suite.name for suite in suites(Path("specs"), [Path("own.yaml")])] == ["own"]


def test_known_is_no_suite_at_the_root_only(root: Path) -> None:
    (root / "seeds/known.yaml").write_text(SUITE)
    assert "seeds/known" in [suite.name for suite in suites(root)]


def test_the_problems_of_all_files_are_told_at_once(root: Path) -> None:
    (root / "seeds/a.yaml").write_text("a: &b 1\n")
    (root / "ops/deep/c.yaml").write_text("")
    (root / "ops/x.yml").write_text(SUITE)
    (root / "ops/two words.yaml").write_text(SUITE)
    assert problems(root) == [
        "ops/deep/c.yaml:1:1: the file is empty: write something, or remove it",
        "ops/two words.yaml: 'ops/two words' cannot stand in an address: rename it without space, :, #, [ or ]",
        "ops/x.yml: is not called *.yaml: rename it",
        "seeds/a.yaml:1:4: an anchor (&b): remove it, specs have no aliases",
    ]


@pytest.mark.parametrize("name", ["none.yaml", "none", "seeds/none.yaml"])
def test_what_is_not_there(root: Path, name: str) -> None:
    assert problems(root, root / name) == [
        f"{name}: there is no such file: check the path, it is relative to where you are"
    ]
