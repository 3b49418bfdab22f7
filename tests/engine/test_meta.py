"""Tensors without elements, beside torch's: dtypes, shapes, errors; torch's own samples without their elements."""

import itertools
import warnings

import numpy as np
import pytest
import samples
from bothways import agree
from samples import torch

import engine
from engine.meta import MetaArray, lazily, without_elements
from engine.tensor import Tensor, wrap


@pytest.mark.parametrize(
    "code",
    [
        "x = torch.ones(2, 3, device='meta')\nprint(x, x.t().stride(), x[1, 1:].storage_offset(), x.data_ptr())\n"
        "print(x.is_meta, x.is_cpu, x.get_device(), x.type(), x.untyped_storage().nbytes(), x.t().is_contiguous())",
        "x = torch.ones(2, 3, device='meta').t()\n"
        "print((x + 1).stride(), x.clone().stride(), x.contiguous().stride())\n"
        "x.view(6)",
        "for make in (torch.zeros, torch.rand, torch.empty): print(make(2, device='meta', requires_grad=True))",
        "print(torch.arange(5, device='meta'), torch.eye(2, device='meta'), torch.tensor([1, 2], device='meta'))",
        "x = torch.ones(2, device='meta')\nprint(x.new_ones(3), torch.zeros_like(x), torch.ones_like(x, device='cpu'))",
        "x = torch.ones(2, dtype=torch.float16, device='meta')\n"
        "print(x + 1, x.bfloat16(), x.to(torch.ones(1).double()))",
        "print(torch.ones(4).to(torch.ones(2, device='meta')), torch.ones(2).type_as(torch.ones(2, device='meta')))",
        "x = torch.ones(2, device='meta')\nx[0] = 1\nx[0] = torch.ones(())\nprint(x._version)\nx[5] = 1",
        "x = torch.ones(2)\nx[0] = torch.ones((), device='meta')",
        "torch.ones(2).data = torch.ones(2, device='meta')",
        "float(torch.ones(1, device='meta'))",
        "[1, 2][torch.tensor(1, device='meta')]",
        "torch.tensor([torch.ones((), device='meta')])",
        "torch.allclose(*[torch.ones(3, device='meta')] * 2)",
        "torch.equal(*[torch.ones(3, device='meta')] * 2)",
        "torch.unique(torch.ones(3, device='meta'))",
        "x = torch.ones(3, device='meta')\nx[x > 0]",
        "torch.repeat_interleave(torch.tensor([1, 2], device='meta'))",
        "torch.ones(2, device='meta').untyped_storage()[0]",
        "print('{:.2f}'.format(torch.ones((), device='meta')))",
        "torch.add(torch.ones(2), 1, out=torch.ones(2, device='meta'))",
        "print(torch.add(torch.ones(2, device='meta'), 1, out=torch.ones(0, device='meta')))",
        "torch.ones(2, 2) @ torch.ones(2, device='meta')",
        "torch.ones(2, device='meta') @ torch.ones(2)",
        "torch.addmm(torch.ones(2, 2, device='meta'), torch.ones(2, 2), torch.ones(2, 2))",
        "torch.addmv(torch.ones(2), torch.ones(2, 2, device='meta'), torch.ones(2))",
        "torch.addr(torch.ones(2, 2, device='meta'), torch.ones(2), torch.ones(2))",
        "torch.where(torch.ones(2, device='meta') > 0, torch.ones(2), torch.ones(2))",
        "print(torch.where(torch.ones(2, device='meta') > 0, torch.ones(2, device='meta'), torch.tensor(1.)))",
        "x = torch.ones(2, requires_grad=True)\ne = torch.autograd.graph.get_gradient_edge(x * 2)\n"
        "torch.autograd.grad(e, x, torch.ones(2, device='meta'))",
        "x = torch.ones(2, requires_grad=True, device='meta')\n"
        "print(torch.autograd.grad(torch.autograd.graph.get_gradient_edge((x * 2).sum()), x))",
        "torch.where(torch.ones(2) > 0, torch.ones(2, device='meta'), torch.ones(2, device='meta'))",
        "print(torch.ones(3, device='meta')[torch.tensor([1])])",
        "import copy\nprint(copy.deepcopy(torch.ones(2, device='meta', requires_grad=True)))",
        "torch.set_default_device('meta')\nx = torch.as_tensor([1.]), torch.asarray([1.]), torch.randperm(2)\n"
        "torch.set_default_device(None)\nprint(x)",
        "with torch.device('cpu'), torch.device('meta'): print(torch.ones(1), torch.ones(1, device='cpu'))\n"
        "print(torch.ones(1))",
    ],
)
def test_as_in_torch(code):
    agree(code)


@pytest.mark.parametrize(
    "code",
    [
        "m = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))\n"
        "y = m.to('meta')(torch.rand(2, 3, 8, 8, device='meta'))\n"
        "F.cross_entropy(y, torch.zeros(2).long().to('meta')).backward()\n"
        "print([p.grad.shape for p in m.parameters()], m[1].running_mean)",
        "m = nn.TransformerEncoderLayer(8, 2, batch_first=True, device='meta')\n"
        "print(m(torch.ones(2, 3, 8, device='meta')))",
        "print(nn.LSTM(3, 4, device='meta')(torch.ones(5, 2, 3, device='meta')))",
        "m = nn.Linear(2, 3, device='meta')\no = torch.optim.Adam(m.parameters())\n"
        "m(torch.ones(4, 2, device='meta')).sum().backward()\no.step()\n"
        "print(m.weight, m.weight.grad, m.weight._version)",
        "m = nn.Linear(2, 3)\nw = m.weight\nm.to('meta')\nprint(w is m.weight, w.device, m.weight)",
        "nn.Linear(2, 3, device='meta').cpu()",
        "nn.Linear(2, 3).load_state_dict(nn.Linear(2, 3, device='meta').state_dict())",
        "nn.Linear(2, 3, device='meta')\nnn.init.orthogonal_(torch.empty(2, 3, device='meta'))\n"
        "F.dropout(torch.ones(3, device='meta'))\nprint(torch.rand(2))",
    ],
)
def test_modules_as_in_torch(code):
    agree(code)


@pytest.mark.parametrize("file", ["own", "torch's"])
def test_a_file_keeps_no_elements(file, tmp_path):
    writer = engine if file == "own" else torch
    writer.save(writer.empty_strided((2, 3), (1, 2), device="meta", dtype=writer.int32), tmp_path / "x.pt")
    for module in (engine, torch):
        x = module.load(tmp_path / "x.pt")
        assert (x.is_meta, tuple(x.shape), x.stride(), x.dtype) == (True, (2, 3), (1, 2), module.int32)


def test_size_costs_nothing():
    x = engine.empty(10**5, 10**4, device="meta", requires_grad=True)
    with engine.no_grad():
        x.normal_()
    (x @ engine.zeros(10**4, 10**5, device="meta")).exp().t()[1:].sum().backward()
    assert x.grad.shape == x.shape
    assert x.grad.is_meta


def test_a_custom_functions_gradient_is_zero_where_its_input_is():
    class Both(engine.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            assert a.is_meta
            assert b.is_meta
            return a + b

    x = engine.ones(2, device="meta", requires_grad=True)
    Both.apply(x)[0].sum().backward()
    assert x.grad.is_meta


# The arrays.


@pytest.mark.parametrize(
    "compute",
    [
        lambda a, b: a + b,
        lambda a, b: np.divmod(a, b + 1),
        lambda a, b: a > b,
        lambda a, b: np.matmul(a, np.swapaxes(b, -1, -2)),
        lambda a, b: a.sum(1, keepdims=True),
        lambda a, b: a.mean((0, 2)),
        lambda a, b: np.maximum.reduce(a, 0),
        lambda a, b: np.cumsum(a, 1),
        lambda a, b: np.where(a > 0, a, b),
        lambda a, b: np.concatenate([a, a], 1),
        lambda a, b: np.take(a, [0, 0, 1], 1),
        lambda a, b: np.sort(a, 0),
        lambda a, b: np.exp(a.transpose(2, 0, 1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_results_are_as_numpys_without_elements(compute, dtype):
    given = [np.ones((2, 3, 4), dtype), np.ones((3, 4), dtype)]
    expected, found = compute(*given), compute(*map(without_elements, given))
    pairs = zip(expected, found, strict=True) if isinstance(expected, tuple) else [(expected, found)]
    for one, other in pairs:
        assert isinstance(other, MetaArray)
        assert (one.shape, one.dtype) == (other.shape, other.dtype)


def test_arrays_with_elements_are_kept_apart():
    with pytest.raises(TypeError, match="beside one without elements"):
        np.add(np.ones(2), lazily((2,), np.float64))
    assert isinstance(np.add(np.ones(()), lazily((2,), np.float64)), MetaArray)


def test_no_address_space():
    with pytest.raises(MemoryError, match="address space"):
        lazily((10**12, 10**12), np.float64)


# torch's samples.

TORCHS_OWN = {
    "index_put": "a mask as index: torch works out nothing and trusts it",
    "linspace.tensor_overload": "torch does not read the bounds",
    "logspace.tensor_overload": "torch does not read the bounds",
    "native_batch_norm": "torch's kernel for meta returns what that for CUDA returns",
    "nn.functional.batch_norm": "torch takes shapes that it refuses elsewhere",
    "nn.functional.batch_norm.without_cudnn": "torch takes shapes that it refuses elsewhere",
    "as_strided.partial_views": "the sample's memory is larger than the sample",
    "nn.functional.triplet_margin_with_distance_loss": "the sample's distance is torch's",
}
"""Entries that differ on meta, and why."""


def _without(value):
    if isinstance(value, torch.Tensor):
        return value.detach().to("meta").requires_grad_(value.requires_grad)
    if isinstance(value, Tensor):
        moved = wrap(without_elements(value._array), value._dtype)
        moved._requires_grad = value._requires_grad
        return moved
    if type(value) in (list, tuple):
        return type(value)(map(_without, value))
    return {key: _without(one) for key, one in value.items()} if isinstance(value, dict) else value


def _facts(value):
    if isinstance(value, (torch.Tensor, Tensor)):
        return repr(value.dtype), tuple(value.shape), str(value.device)
    return [*map(_facts, value)] if isinstance(value, (list, tuple)) else type(value).__name__


@pytest.mark.parametrize("name", samples.chosen(samples.entries()))
def test_shapes_and_dtypes_are_torchs(name):
    if name in TORCHS_OWN:
        pytest.skip(TORCHS_OWN[name])
    entry = samples.entries()[name]
    dtype = next((d for d in samples.SAMPLED[1:] if d in entry.dtypes), None)
    if dtype is None:
        pytest.skip("of other dtypes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, at its own samples
        given = [*itertools.islice(entry.sample_inputs("cpu", dtype, requires_grad=False), 4)]
    for sample in given:
        (mine, theirs), (mine_too, theirs_too) = (
            samples.Pair([])(one) for one in ([sample.input, *sample.args], sample.kwargs)
        )
        expected = samples.run(entry.op, _without(mine), _without(mine_too))
        if expected.error is None:
            found = samples.run(samples.counterpart(entry), _without(theirs), _without(theirs_too))
            assert found.error is None
            assert _facts(found.result) == _facts(expected.result)
