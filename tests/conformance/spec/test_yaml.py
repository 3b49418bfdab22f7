# ruff: noqa: E501  one mistake and its message are one row
from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from conformance.spec import yaml
from conformance.spec.errors import SpecError


def read(tmp_path: Path, text: str | bytes) -> yaml.Node:
    path = tmp_path / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return yaml.read(path)[0]


def problems(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, text)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("", None),
        ("nULL", "nULL"),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("0", 0),
        ("-17", -17),
        ("+17", 17),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-01-31", "2026-01-31"),
        ("1e-5", 1e-5),
        ("1E5", 1e5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5e+2", -50.0),
        ("5e", "5e"),
        (".", "."),
        ("-", "-"),
        (".inf", math.inf),
        ("+.Inf", math.inf),
        ("-.INF", -math.inf),
        (".Nan", ".Nan"),
        ("inf", "inf"),
        ("'1'", "1"),
        ('"null"', "null"),
        ("'a #b'", "a #b"),
    ],
)
def test_scalars_follow_the_core_rules(tmp_path: Path, text: str, value: Any) -> None:
    (got,) = read(tmp_path, f"- {text}\n" if text != "-" else "- '-'\n").data
    assert (got, type(got)) == (value, type(value))


def test_nan_and_the_sign_of_zero(tmp_path: Path) -> None:
    nan, *zeros = read(tmp_path, "[.nan, -0.0, 0.0]").data
    assert math.isnan(nan)
    assert [math.copysign(1, zero) for zero in zeros] == [-1, 1]


def test_block_texts_are_never_values(tmp_path: Path) -> None:
    assert read(tmp_path, "a: |-\n  1\nb: >-\n  true\n").data == {"a": "1", "b": "true"}


def test_keys_are_text(tmp_path: Path) -> None:
    assert read(tmp_path, "1: a\nno: b\n<<: c\n~: d\n").data == {"1": "a", "no": "b", "<<": "c", "~": "d"}


def test_every_part_knows_its_place(tmp_path: Path) -> None:
    root = read(tmp_path, "a:\n- é: [1, {b: 2}]\n  c: |\n    text\n")
    first = root.children["a"].children[0]
    assert first.keys == {"é": (2, 3), "c": (3, 3)}
    assert (first.line, first.column) == (2, 3)
    inner = first.children["é"].children[1].children["b"]
    assert (inner.data, inner.line, inner.column) == (2, 2, 14)
    assert (first.children["c"].line, first.children["c"].column, first.children["c"].style) == (3, 6, "|")


def test_line_ends_and_a_byte_order_mark_of_other_editors(tmp_path: Path) -> None:
    root = read(tmp_path, b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\nb: 1\r\n")
    assert root.data == {"a": "x\ny\n", "b": 1}
    assert root.keys["b"] == (4, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file is empty: write something, or remove it"),
        ("# only a comment\n\n", "1:1: the file is empty: write something, or remove it"),
        ("a:\n\tb: 1\n", "2:1: a tab where only spaces may stand: indent with spaces"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1: a tab where only spaces may stand: indent with spaces"),
        ("a: 1\nb: 2\na: 3\n", "3:1: the key 'a' is already there on line 1: remove one of them"),
        ("{a: 1, a: 2}", "1:8: the key 'a' is already there on line 1: remove one of them"),
        ("a: *b", "1:4: an alias (*b): write the value out, specs have no aliases"),
        ("*a : 1", "1:1: an alias (*a): write the value out, specs have no aliases"),
        ("a: &b 1", "1:4: an anchor (&b): remove it, specs have no aliases"),
        ("&k a: 1", "1:1: an anchor (&k): remove it, specs have no aliases"),
        ("a: &b\n  c: 1", "1:4: an anchor (&b): remove it, specs have no aliases"),
        ("a: !!str 1", "1:4: a tag (!!str): remove it, specs have no tags"),
        ("a: !!python/object/apply:os.system [ls]", "1:4: a tag (!!python/object/apply:os.system): remove it, specs have no tags"),
        ("a: !own {b: 1}", "1:4: a tag (!own): remove it, specs have no tags"),
        ("a: ! b", "1:4: a tag (!): remove it, specs have no tags"),
        ("!x!y z", "1:1: not YAML: found undefined tag handle while parsing a node: remove it, specs have no tags"),
        ("? [a, b]\n: 1", "1:3: a list or mapping as a key: a key is a text, quote it"),
        ("{{a: 1}: 2}", "1:2: a list or mapping as a key: a key is a text, quote it"),
        ("a: b: c", "1:5: not YAML: mapping values are not allowed in this context: quote a text that contains ': '"),
        ("a: @b", "1:4: not YAML: found character that cannot start any token while scanning for the next token: "
         "quote a text that starts with this character"),
        ("a: 'b", "1:6: not YAML: found unexpected end of stream while scanning a quoted scalar: close the quote"),
        ("a: [1, 2\nb: 3\n", "2:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence: look at its indentation"),
        ("a: 1\n b: 2\n", "2:3: not YAML: mapping values are not allowed in this context: quote a text that contains ': '"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document: write one suite per file"),
        ("a: 1e999", "1:4: a number too large to hold: write .inf, or quote it if it is a text"),
        ("a: " + "9" * 5000, "1:4: a number too large to hold: write .inf, or quote it if it is a text"),
        ("a: b\x00c", "1:5: a character U+0000: write it as an escape in double quotes"),
        ("a: 1\nb: x\u2028y", "2:5: a character U+2028: write it as an escape in double quotes"),
        ("a: x\ry", "1:5: a character U+000D: write it as an escape in double quotes"),
        (b"a: 1\nb: \xc3\xa9\xff", "2:5: is not UTF-8 from here on: save it as UTF-8"),
        ("[" * 65 + "]" * 65, "1:65: nested more than 64 deep: write it flatter"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_of_ours(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert problems(tmp_path, text) == [f"x.yaml:{expected}"]


def test_all_that_can_be_read_past_is_reported_at_once(tmp_path: Path) -> None:
    assert [line.split(": ")[0] for line in problems(tmp_path, "a: &b 1\na: *b\nc: !d 2\n")] == [
        "x.yaml:1:4",
        "x.yaml:2:1",
        "x.yaml:2:4",
        "x.yaml:3:4",
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_bottomless_nesting_neither_crashes_nor_takes_long(tmp_path: Path, opening: str) -> None:
    (problem,) = problems(tmp_path, opening * 100_000)
    assert problem.endswith("nested more than 64 deep: write it flatter")


def test_64_deep_is_allowed(tmp_path: Path) -> None:
    assert read(tmp_path, "[" * 64 + "]" * 64).data


def test_files_over_1_mib(tmp_path: Path) -> None:
    assert read(tmp_path, "a".ljust(2**20)).data == "a"
    assert problems(tmp_path, "a".ljust(2**20 + 1)) == ["x.yaml: is larger than 1 MiB: split it into several files"]


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"none\.yaml: there is no such file: check the path"):
        yaml.read(tmp_path / "none.yaml")
    with pytest.raises(SpecError, match="cannot be read: Is a directory"):
        yaml.read(tmp_path)
