import os
import random
import sys
import warnings

import pytest

from conformance.execute.inprocess import InProcess
from conformance.targets.protocol import Program, Task


@pytest.fixture
def target():
    return InProcess("miniatures:TINY.right")


def run(target, *codes, **options):
    return target.run(Task("area/suite::one", tuple(map(Program, codes)), **options), 60)


def test_a_case_is_observed_as_in_a_process_of_its_own(target):
    assert target.availability().state == "ready"
    observation = run(target, "import torch\nprint(torch.tensor([1.]))", "1 / 0", "print('on')")
    assert observation.status == "completed"
    assert [each.stdout for each in observation.cells] == ["tensor([1.0000])\n", "", "on\n"]
    assert observation.cells[1].error.type == "ZeroDivisionError"


def test_the_process_goes_on_as_it_was(target, capsys):
    before = os.getcwd(), dict(os.environ), sys.stdout, sys.getrecursionlimit(), list(sys.path)
    hook, filters = sys.breakpointhook, list(warnings.filters)
    run(
        target,
        "import os, sys\nos.environ['X'] = '1'\nos.chdir('/')",
        "sys.path.append('x')\nsys.setrecursionlimit(500)\nimport warnings\nwarnings.simplefilter('error')",
    )
    assert (os.getcwd(), dict(os.environ), sys.stdout, sys.getrecursionlimit(), list(sys.path)) == before
    assert (sys.breakpointhook, list(warnings.filters)) == (hook, filters)
    assert capsys.readouterr() == ("", "")


def test_the_engines_state_is_put_back_before_the_next_case(target):
    run(target, "import torch\ntorch.set_default_dtype(torch.float64)")
    assert run(target, "import torch\nprint(torch.tensor([1.]).dtype)").cells[0].stdout == "torch.float32\n"
    drawn = [run(target, "import torch\nprint(torch.rand(1))", seed=3).cells[0].stdout for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert random.random() != 0


def test_an_interrupt_ends_the_run_and_not_the_cell(target):
    with pytest.raises(KeyboardInterrupt):
        run(target, "raise KeyboardInterrupt")


def test_what_cannot_run_is_skipped(target):
    assert run(target, "1", modules=("no_such_module",)).reason == "no module no_such_module"
    absent = InProcess("miniatures:TINY.is_not_there")
    assert absent.availability().state == "unavailable"
    assert run(absent, "1").reason == "no such hardware"
