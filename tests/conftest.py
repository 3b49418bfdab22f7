"""What holds for every test: one thread, torch's global state as at its start, and how hypothesis searches.

`--hypothesis-profile=thorough` searches fifty times longer.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch is imported: worker processes inherit it

import sys

import pytest
from hypothesis import settings

from conformance.targets.torch import Torch
from conformance.targets.torchlike import TorchLike

TARGETS = {"engine": TorchLike("engine"), "torch": Torch()}

# The profile that hypothesis has chosen stays the base: with CI set, it tries the same examples every time.
settings.register_profile("project", settings(), deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("project"), max_examples=5000)
settings.load_profile("project")


LONG = ("test_readme.py", "test_samples.py", "test_pytest_plugin.py")


def pytest_collection_modifyitems(items):
    """The longest tests first: begun last, each would run when the other processes have nothing left to do."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def initial_state():
    """Default dtype, grad mode, print options and seeds of the engine and of torch, where a test file imported them."""
    for name, target in TARGETS.items():
        if hasattr(sys.modules.get(name), "default_generator"):  # some tests put a torch of their own there
            if not hasattr(target, "torch"):
                target.load()
            target.reset(0)
