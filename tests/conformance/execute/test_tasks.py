import os

import pytest

from conformance.execute.tasks import search_path, task, unmet
from conformance.spec.model import Needs, Suite
from conformance.targets.protocol import Description

CPU = Description({"torch": "2.13.0+cpu"})
CUDA = Description({"torch": "2.13.0"}, device="cuda")


def needs(**what) -> Needs:
    return Needs.model_validate(what)


@pytest.mark.parametrize(
    ("needed", "description", "reason"),
    [
        (needs(), CPU, ""),
        (needs(device="cpu"), CPU, ""),
        (needs(device="cuda"), CPU, "needs cuda, the target is on cpu"),
        (needs(device="cuda"), CUDA, ""),
        (needs(device="cuda:0"), CUDA, ""),
        (needs(device="cuda"), Description({}, device="cuda:1"), ""),
        (needs(device="cuda:1"), CUDA, "needs cuda:1, the target is on cuda"),
        (needs(torch=">=2.6"), CPU, ""),
        (needs(torch="==2.13.*"), CPU, ""),
        (needs(torch="<2.0"), CPU, "needs torch <2.0, this is 2.13.0+cpu"),
        (needs(torch=">=2.6"), Description({"torch": "own"}), "needs torch >=2.6, this is own"),
        (needs(torch=">=2.6"), Description({}, follows="1.13"), "needs torch >=2.6, this is 1.13"),
        (needs(torch=">=2.6"), Description({}), ""),
        (needs(build="cpu"), CPU, ""),
        (needs(build="cpu"), Description({"torch": "2.13.0"}), ""),
        (
            needs(build="cpu"),
            Description({"torch": "2.13.0+cu130"}),
            "needs a build of torch for the CPU alone, this is 2.13.0+cu130",
        ),
        (needs(program="no-such-program"), CPU, "no program no-such-program"),
        (needs(program="sh"), CPU, ""),
    ],
)
def test_what_is_not_there(needed, description, reason):
    assert unmet(needed, description) == reason


def test_a_worker_gets_code_and_questions_and_nothing_that_is_expected():
    cell = {
        "code": "!ls\nx = 1",
        "stdout": "SECRET",
        "values": {"x": 42},
        "graph": {"y": None, "x": None},
        "holds": ["x > 0"],
        "needs": {"module": "json", "device": "cuda"},
    }
    suite = Suite.model_validate(
        {
            "title": "t",
            "cases": [
                {"id": "one", "seed": 3, "params": {"p": ["1", "2"]}, "cells": [cell], "needs": {"module": "xml"}}
            ],
        }
    ).found("area/suite")
    made = task(suite, suite.cases[0].variants()[1], CPU)
    (program,) = made.programs
    assert program.code == "pass\nx = 1"
    assert (program.questions, program.conditions, program.modules) == (("x", "y"), ("x > 0",), ("json",))
    assert program.skip == "needs cuda, the target is on cpu"
    assert (made.address, made.seed, made.bindings, made.modules) == ("area/suite::one[p=2]", 3, {"p": "2"}, ("xml",))
    assert "SECRET" not in repr(made)
    assert "42" not in repr(made)


def test_a_hidden_program_is_on_no_path(tmp_path, monkeypatch):
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    program = tmp_path / "with" / "dot"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    directories = [str(tmp_path / "with"), str(tmp_path / "without")]
    monkeypatch.setenv("PATH", os.pathsep.join(directories))
    assert search_path(()).split(os.pathsep) == directories
    assert search_path(("dot",)) == directories[1]
