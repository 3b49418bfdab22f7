"""Names in torch's namespaces are torch's, and each does what it does in torch."""

import inspect
import subprocess
import sys

import numpy as np
import pytest
from bothways import agree

import engine

torch = pytest.importorskip("torch")

NAMES = {
    "linalg": ["cholesky", "det", "eigvalsh", "inv", "matrix_exp", "matrix_rank", "norm", "pinv", "svdvals", "slogdet"],
    "fft": ["fft", "fft2", "fftn", "fftshift", "ifft", "irfft", "rfft", "hfft", "ihfft"],
    "special": ["digamma", "entr", "erfcx", "expit", "gammaln", "i0e", "i1", "ndtr", "psi", "sinc", "log_ndtr"],
}
MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]])


@pytest.mark.parametrize("space", NAMES)
def test_every_name_is_torchs(space):
    public = [name for name in vars(getattr(engine, space)) if not name.startswith("_") and name != "annotations"]
    assert len(public) > len(NAMES[space])
    assert [name for name in public if not hasattr(getattr(torch, space), name)] == []


STARRED = [
    "", ".nn", ".nn.functional", ".nn.init", ".nn.utils", ".nn.modules.loss", ".optim", ".optim.lr_scheduler",
    ".utils.data", ".nn.utils.prune", ".distributions.transforms",
    ".autograd.grad_mode", ".autograd.gradcheck", ".linalg", ".special", ".func", ".amp", ".types", ".testing",
]  # fmt: skip


@pytest.mark.parametrize("space", STARRED)
def test_a_star_gives_no_name_that_torchs_does_not(space):
    def given(package):
        names = {}
        exec(f"from {package.__name__}{space} import *", names)
        return {name for name, value in names.items() if not inspect.ismodule(value)} - {"__builtins__"}

    assert given(engine)
    assert given(engine) - given(torch) == set()


FRESH = """
import gc, pickle, sys
import engine as torch
assert gc.isenabled()
assert "engine.optim" not in sys.modules and {"optim", "distributions", "nn"} <= {*dir(torch)}
torch.optim.SGD, torch.distributions.Normal, torch.jit.script
import engine.naming
engine.naming.import_all()
assert "engine.testing" in sys.modules
assert "engine.nn.utils.prune" not in sys.modules
from engine.nn.utils import prune
assert repr(prune).startswith("<module 'torch.nn.utils.prune'")
assert type(pickle.loads(pickle.dumps(prune.L1Unstructured(1)))) is prune.L1Unstructured
"""


def test_what_is_imported_later_shows_torchs_name_too():
    subprocess.run([sys.executable, "-W", "error", "-c", FRESH], check=True)


@pytest.mark.parametrize(("space", "name"), [(space, name) for space, names in NAMES.items() for name in names])
def test_results(space, name):
    mine = getattr(getattr(torch, space), name)(torch.tensor(MATRIX))
    theirs = getattr(getattr(engine, space), name)(engine.tensor(MATRIX))
    for one, other in zip(*((x if isinstance(x, tuple) else (x,)) for x in (mine, theirs)), strict=True):
        np.testing.assert_allclose(other.resolve_conj().numpy(), one.resolve_conj().numpy(), rtol=1e-10, atol=1e-12)


def classes(ours, theirs, path="torch", seen=None):
    """The public classes that both have, with the names of their modules."""
    seen = set() if seen is None else seen
    for name in (n for n in dir(ours) if not n.startswith("_")):
        mine, other = getattr(ours, name), getattr(theirs, name, None)
        if inspect.isclass(mine) and inspect.isclass(other):
            yield f"{path}.{name}", mine.__module__, other.__module__
        elif inspect.ismodule(mine) and inspect.ismodule(other) and mine not in seen:
            seen.add(mine)
            if mine.__name__.startswith("engine"):
                yield from classes(mine, other, f"{path}.{name}", seen)


def test_classes_show_the_modules_that_torchs_are_in():
    """``<torch.autograd.grad_mode.no_grad object at ...>`` is what a notebook prints."""
    found = list(classes(engine, torch))
    assert len(found) > 300
    assert [one for one in found if one[1].startswith("engine")] == []


@pytest.mark.parametrize(
    "space", ["linalg", "nn", "nn.functional", "nn.modules", "autograd", "optim", "utils.data", "distributions"]
)
def test_what_a_module_lacks_is_told_with_torchs_name_for_it(space):
    agree(f"torch.{space}.nothing_of_that_name")


def test_modules_that_are_not_loaded_yet_are_still_found():
    from engine import graph

    assert graph.__name__ == "engine.graph"
