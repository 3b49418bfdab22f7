"""Changes to the engine, and whether specs notice them. `nox -s mutants` draws many more."""

import ast

import pytest
from mutants import ENGINE, Campaign, changes, drawn, mutated

SOURCE = '''
LIMIT = 3


@decorated(1)
def f(a, b=2):
    """Two texts and three numbers."""
    if a < b and not g(a, b):
        raise ValueError(f"{a + b}")
    self.x = a * -b
    return a if a is None else a + 1
'''


def written(source, number):
    return ast.unparse(mutated(source, number))


def test_each_change_is_one_that_can_be_seen_and_all_are_python():
    found = set()
    for number in range(1000):
        try:
            found.add(written(SOURCE, number))
        except IndexError:
            break
    assert len(found) == number
    before = ast.unparse(ast.parse(SOURCE)).splitlines()
    for each in found:
        compile(each, "mutant", "exec")
        different = [(old, new) for old, new in zip(before, each.splitlines(), strict=True) if old != new]
        assert len(different) == 1
    for change in (
        "a <= b",
        "a < b or",
        "g(b, a)",
        "if a < b:",
        "a + -b",
        "a * b",
        "pass",
        "a is not None",
        "a - 1",
        "a + 2",
    ):
        assert any(change in each for each in found), change
    assert not any("LIMIT = 4" in each or "b=3" in each or "a - b" in each or "decorated(2)" in each for each in found)


def test_a_change_says_where_it_is():
    lines = (ENGINE / "autograd" / "accumulation.py").read_text().splitlines()
    for change in changes(ENGINE / "autograd" / "accumulation.py"):
        file, first = change.function
        assert file == "engine/autograd/accumulation.py"
        assert first <= change.line
        assert lines[first - 1].lstrip().startswith(("def ", "@")) or "lambda" in lines[first - 1]


SPEC = """
title: Of a kink
cases:
- id: kink
  cells:
  - code: |
      import torch
      x = torch.tensor([-2., 3.], requires_grad=True)
      x.abs().sum().backward()
      print(x.grad)
"""


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    specs = tmp_path_factory.mktemp("specs")
    (specs / "kink.yaml").write_text(SPEC)
    return Campaign(specs)


def _judged(campaign, path, function):
    source = path.read_text().splitlines()
    of = [each for each in changes(path) if f"def {function}(" in source[each.function[1] - 1]]
    assert of
    return list(campaign.judge(of))


def test_every_change_to_a_formula_is_noticed(campaign):
    for verdict in _judged(campaign, ENGINE / "formulas" / "pointwise.py", "abs_backward"):
        assert verdict.noticed, verdict.change
        assert verdict.reached == 1


def test_what_no_cell_shows_survives(campaign):
    assert not any(verdict.noticed for verdict in _judged(campaign, ENGINE / "autograd" / "logs.py", "is_logging"))


def test_only_what_some_case_reaches_is_drawn(campaign):
    found = drawn([ENGINE / "formulas" / "pointwise.py"], campaign.reaching, 1000, 0)
    assert {change.before for change in found} == {"grad * self.sgn()"}
    assert drawn([ENGINE / "autograd"], campaign.reaching, 5, 1) == drawn(
        [ENGINE / "autograd"], campaign.reaching, 5, 1
    )
