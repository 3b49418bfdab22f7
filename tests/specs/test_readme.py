from __future__ import annotations

import re
from pathlib import Path

from conformance.spec.loader import load_suite

README = Path(__file__).parents[2] / "specs" / "README.md"


def test_the_example_is_a_suite(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    suite = load_suite(path, "example")
    assert [len(case.cells) for case in suite.cases] == [2]
