# ruff: noqa: E501  one mistake and its message are one row
from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conformance.known import Known, KnownDivergence, load_known
from conformance.spec.errors import SpecError

TARGETS = ("engine", "torch:cpu", "torch:cuda")
CHECKS = ("stdout", "values", "error message")
TODAY = date(2026, 6, 15)

ENTRY = {"address": "seeds/a::b", "target": "engine", "check": "stdout", "reason": "r"}


def an_entry(**keys: Any) -> KnownDivergence:
    return KnownDivergence.model_validate(ENTRY | keys)


def load(tmp_path: Path, text: str) -> Known:
    path = tmp_path / "known.yaml"
    path.write_text(text)
    return load_known(path, TARGETS, CHECKS, TODAY)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(tmp_path, text)
    return [str(problem).removeprefix(f"{tmp_path}/known.yaml:") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("keys", "place", "accepted"),
    [
        ({}, ("seeds/a::b", "engine", "stdout"), True),
        ({}, ("seeds/a::b#2", "engine", "stdout"), True),
        ({}, ("seeds/a::b[x=1]", "engine", "stdout"), False),
        ({}, ("seeds/a::bc", "engine", "stdout"), False),
        ({}, ("seeds/a::b", "torch:cpu", "stdout"), False),
        ({}, ("seeds/a::b", "engine", "values"), False),
        ({"address": "seeds/a::b#2"}, ("seeds/a::b#2", "engine", "stdout"), True),
        ({"address": "seeds/a::b#2"}, ("seeds/a::b#21", "engine", "stdout"), False),
        ({"address": "seeds/a::b#2"}, ("seeds/a::b", "engine", "stdout"), False),
        ({"address": "seeds/a::b[x=(1, 2)]"}, ("seeds/a::b[x=(1, 2)]#1", "engine", "stdout"), True),
        ({"address": "seeds/a::b[x=*]"}, ("seeds/a::b[x=[\n]]#1", "engine", "stdout"), True),
        ({"address": "seeds/*::*"}, ("seeds/z/y::q#1", "engine", "stdout"), True),
        ({"address": "seeds/*::*"}, ("ops/z::q#1", "engine", "stdout"), False),
        ({"address": "seeds.a::b"}, ("seeds/a::b", "engine", "stdout"), False),
        ({"target": "torch:*"}, ("seeds/a::b", "torch:cuda", "stdout"), True),
        ({"target": "torch:*"}, ("seeds/a::b", "engine", "stdout"), False),
        ({"check": "*"}, ("seeds/a::b", "engine", "error message"), True),
        ({"expires": "2026-06-15"}, ("seeds/a::b", "engine", "stdout"), True),
        ({"expires": "2026-06-14"}, ("seeds/a::b", "engine", "stdout"), False),
    ],
)
def test_what_an_entry_accepts(keys: dict[str, str], place: tuple[str, str, str], accepted: bool) -> None:
    entry = an_entry(**keys)
    assert (Known((entry,), TODAY).accepting(*place) is entry) is accepted


def test_an_entry_is_stale_if_it_was_about_something_that_ran_and_accepted_nothing() -> None:
    used = an_entry(address="seeds/a::b#1")
    gone = an_entry(address="seeds/a::b#2")
    expired = an_entry(address="seeds/a::b#1", expires="2026-01-01")
    not_run = an_entry(address="ops/a::b")
    other_target = an_entry(target="torch:cpu")
    some_of_many = an_entry(address="seeds/*::*")
    known = Known((used, gone, expired, not_run, other_target, some_of_many), TODAY)
    ran = [("seeds/a::b#1", "engine"), ("seeds/a::b#2", "engine"), ("seeds/z::y", "engine")]
    diverged = {("seeds/a::b#1", "engine", "stdout"), ("seeds/a::b#2", "engine", "values")}
    assert known.stale(ran, diverged) == (gone, expired)
    assert Known((), TODAY).stale(ran, diverged) == ()


def test_loading(tmp_path: Path) -> None:
    known = load(
        tmp_path,
        "# a comment\n"
        "- {address: 'seeds/a::b', target: engine, check: stdout, reason: r}\n"
        "- address: seeds/a::b#2\n"
        "  target: torch:*\n"
        "  check: '*'\n"
        "  reason: r\n"
        "  link: https://example.org/1\n"
        "  expires: 2026-12-31\n",
    )
    assert [entry.line for entry in known.entries] == [2, 3]
    assert known.entries[0] == an_entry().found(2)
    assert known.entries[1].expires == date(2026, 12, 31)
    assert known.today == TODAY


def test_no_entries(tmp_path: Path) -> None:
    assert load(tmp_path, "# none\n[]\n").entries == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("engine", "engin", "2:11: there is no target 'engin': did you mean 'engine'?"),
        ("engine", "jax", "2:11: there is no target 'jax': it may be engine, torch:cpu, torch:cuda"),
        ("engine", "jax:*", "2:11: there is no target 'jax:*': it may be engine, torch:cpu, torch:cuda"),
        ("stdout", "stdot", "3:10: there is no check 'stdot': did you mean 'stdout'?"),
        ("  reason: r\n", "", "1:3: the key 'reason' is missing: add it (Why this is accepted)"),
        ("reason: r", "reason:", "4:10: a text is expected here, not nothing (Why this is accepted)"),
        ("check:", "chek: x\n  check:", "3:3: unknown key 'chek': did you mean 'check'?"),
        ("seeds/a::b", "seeds/a", "1:12: 'seeds/a' is not an address such as seeds/autograd-basics::no-grad-block "
         "or ...::no-grad-block#3"),
        ("reason: r", "reason: r\n  link: x", "5:9: 'x' does not belong here (Where it is discussed)"),
        ("reason: r", "reason: r\n  expires: soon", "5:12: 'soon' is not a date: write it as 2027-01-31"),
        ("reason: r", "reason: r\n  expires: 2027", "5:12: a date is expected here, not the number 2027 (The last day on which "
         "it is accepted)"),
        ("- address", "- &a address", "1:3: an anchor (&a): remove it, specs have no aliases"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = "- address: seeds/a::b\n  target: engine\n  check: stdout\n  reason: r\n"
    assert problems(tmp_path, text.replace(old, new, 1)) == [expected]


def test_a_mapping_is_no_list(tmp_path: Path) -> None:
    assert problems(tmp_path, "address: x\n") == ["1:1: a list is expected here, not a mapping"]
    assert problems(tmp_path, "# nothing\n") == ["1:1: the file is empty: write something, or remove it"]


def test_the_project_accepts_no_divergence() -> None:
    assert load_known(Path(__file__).parents[2] / "specs" / "known.yaml", TARGETS, CHECKS).entries == ()
