"""A suite as the YAML of a spec: what `spec.loader` reads back as the same suite."""

from __future__ import annotations

from typing import Any

import yaml

from conformance.spec.model import Suite
from conformance.spec.yaml import reads_as_text


class _Dumper(yaml.SafeDumper):
    """Writes texts as specs have them."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Texts of several lines as blocks, and what YAML 1.2 would take for a number or a word in quotes."""
    style = "|" if "\n" in text else None if reads_as_text(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def entry(key: str, value: Any, *, flow: bool = False) -> list[str]:
    """The lines of one entry of a mapping; with `flow` its value in one line, in braces where it has parts."""
    if flow and not isinstance(value, str):
        text = _written(value, default_flow_style=True)
        name = _written({key: None}).removesuffix(" null")
        return [f"{name} {text}"]
    return _written({key: value}).split("\n")


def _written(data: Any, **options: Any) -> str:
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, **options)
    return str(text).removesuffix("\n").removesuffix("\n...")  # the mark after a lone scalar


def as_yaml(suite: Suite) -> str:
    """The text of the suite's file, with what is stated and nothing else."""
    data: dict[str, Any] = suite.model_dump(mode="json", by_alias=True, exclude_unset=True)
    body = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return f"# yaml-language-server: $schema=../schema.json\n{body}"
