"""Memory shared with processes and files."""

import os

import pytest
from bothways import agree

import engine


@pytest.mark.parametrize(
    "code",
    [
        "x = torch.ones(2); print(x.is_shared(), x.share_memory_() is x, x.is_shared(), x[:1].is_shared())\n"
        "print(x.clone().is_shared(), x.untyped_storage().is_shared(), x.storage().is_shared())",
        "b = torch.zeros(2, 3); v = b.t()[1:]; b.share_memory_(); v[0] = 3; print(b, v.is_shared(), v._version, v)",
        "y = torch.ones(2, requires_grad=True) * 2; y.share_memory_(); y.sum().backward(); print(y)",
        "m = nn.Linear(1, 1).share_memory(); print(m.weight.is_shared(), m.weight.requires_grad)",
        "torch.ones(2, device='meta').share_memory_()",
        "torch.ones(2).to_sparse().share_memory_()",
        "x = torch.arange(3, dtype=torch.bfloat16).share_memory_(); print(x + 1, torch.empty(0).share_memory_())",
    ],
)
def test_sharing(code):
    agree(code)


FILE = "import tempfile, os\np = os.path.join(tempfile.mkdtemp(), 'numbers')\n"


@pytest.mark.parametrize(
    "code",
    [
        "t = torch.from_file(p, shared=True, size=4); t.fill_(2); print(t, os.path.getsize(p), t.is_shared())\n"
        "s = torch.UntypedStorage.from_file(p, True, 16); print(s.size(), s.filename == p, s.is_shared())\n"
        "print(torch.from_file(p, size=2, dtype=torch.float32), torch.FloatStorage.from_file(p, True, 3))",
        "torch.from_file(p, shared=True, size=2).fill_(1); u = torch.from_file(p, size=2); u[0] = 7\n"
        "print(u, torch.from_file(p, size=2))",
        "torch.from_file('/nonexistent/x', size=1)",
        "torch.from_file('/nonexistent/x', shared=True, size=1)",
    ],
)
def test_files(code):
    agree(FILE + code)


def test_a_private_file_that_is_too_small_is_refused(tmp_path):
    path = tmp_path / "small"
    path.write_bytes(b"1234")
    with pytest.raises(RuntimeError, match="size <4> is smaller than the required mapping size <8>"):
        engine.from_file(str(path), size=2)


def test_a_child_sees_what_is_written_and_the_other_way_round():
    shared, own = engine.zeros(2).share_memory_(), engine.zeros(2)
    child = os.fork()
    if child == 0:
        shared[0], own[0] = 5, 5
        os._exit(0)
    os.waitpid(child, 0)
    assert shared.tolist() == [5, 0]
    assert own.tolist() == [0, 0]


def test_a_parameter_that_waits_for_its_shape_is_in_nobodys_way():
    agree("lazy = torch.nn.LazyLinear(2)\nx = torch.ones(2)\nprint(x[1:].share_memory_(), x.is_shared())")
