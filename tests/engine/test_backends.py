"""Questions about hardware, as torch for the CPU answers them."""

import pytest
import torch

import engine

NAMES = [
    "mps.is_available", "mps.is_built", "cuda.is_built", "cudnn.is_available", "cudnn.version", "cudnn.enabled",
    "cpu.get_cpu_capability", "cudnn.benchmark", "cudnn.deterministic", "cudnn.allow_tf32",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_torchs(name):
    if torch.version.cuda is not None and name.startswith("cud"):
        pytest.skip("this torch is built for CUDA")
    answers = []
    for lib in (engine, torch):
        found = lib.backends
        for part in name.split("."):
            found = getattr(found, part)
        answers.append(found() if callable(found) else found)
    assert answers[0] == answers[1]
