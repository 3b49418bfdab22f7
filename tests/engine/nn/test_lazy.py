"""Modules whose parameters wait for their shapes, against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
import copy, pickle
def attempt(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    "code",
    [
        "m = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyLinear(2)); print(m, m.state_dict()); y = m(torch.ones(1, 3, 5, 6)); print(y.shape, m, m.state_dict())",
        "for kind in ('LazyConv1d', 'LazyConvTranspose1d', 'LazyConvTranspose2d', 'LazyConv3d', 'LazyConvTranspose3d'):\n    m = getattr(nn, kind)(4, 2, stride=2, bias=False, groups=2); print(m); m(torch.ones(1, 2, *[3] * int(kind[-2]))); print(m, type(m), m.weight.sum())",
        "for kind in ('LazyBatchNorm1d', 'LazyBatchNorm3d', 'LazyInstanceNorm1d', 'LazyInstanceNorm2d', 'LazyInstanceNorm3d'):\n    m = getattr(nn, kind)(affine=True, bias=False); print(m); print(m(torch.rand(2, 2, *[3] * int(kind[-2]))).shape, m, type(m), m.state_dict())",
        "print(nn.LazyInstanceNorm1d(track_running_stats=True, momentum=0.2).state_dict(), nn.LazyConv2d(2, 3, 1, 2, bias=False, padding_mode='reflect'), nn.LazyConvTranspose2d(2, 3, 1, 2, 3))",
        "attempt(nn.LazyConv2d(2, 1), torch.ones(3)); attempt(nn.LazyConv2d(4, 3, groups=2), torch.ones(1, 3, 5, 5)); attempt(nn.LazyLinear(2), torch.ones(())); attempt(nn.LazyBatchNorm2d(), torch.ones(2, 3))",
        "p = nn.UninitializedParameter(); attempt(lambda: p); attempt(lambda: p.shape); attempt(lambda: p + 1); attempt(lambda: p.sum()); attempt(lambda: p.size()); attempt(lambda: (p.dtype, p.requires_grad, p.grad, p.is_leaf, p.device, p.ndim)); attempt(lambda: p.data)",
        "p = nn.UninitializedParameter(dtype=torch.float64); attempt(p.numel); attempt(p.detach); attempt(p.zero_); attempt(nn.init.ones_, p); attempt(p.share_memory_); p.materialize((2, 3)); print(type(p), p.shape, p.dtype, p.requires_grad)",
        "b = nn.UninitializedBuffer(); print(b, b.persistent, isinstance(b, nn.Buffer), isinstance(b, nn.Parameter), b.requires_grad); b.materialize((2,)); print(type(b), b.shape)",
        "l = nn.LazyLinear(2); attempt(lambda: sum(p.numel() for p in l.parameters())); print(torch.optim.SGD(l.parameters(), 0.1), l.double(), l.weight.dtype); l(torch.ones(1, 2).double()); print(l.weight.dtype)",
        "l = nn.LazyLinear(2); attempt(l.load_state_dict, {}); attempt(l.load_state_dict, nn.Linear(3, 2).state_dict()); print(l, l.weight.shape, l(torch.ones(1, 3)).shape, l)",
        "l = nn.LazyLinear(2); attempt(nn.Linear(3, 2).load_state_dict, l.state_dict()); attempt(nn.LazyLinear(2).load_state_dict, l.state_dict()); c = copy.deepcopy(l); print(c, c.weight); print(c(torch.ones(1, 4)).shape, l)",
        "l = nn.LazyLinear(2, bias=False); print(pickle.loads(pickle.dumps(l.weight))); print(l(torch.ones(1, 3)), l, l._forward_pre_hooks, l._load_state_dict_pre_hooks)",
        "attempt(nn.utils.weight_norm, nn.LazyLinear(2)); attempt(nn.utils.spectral_norm, nn.LazyLinear(2))",
        "class Own(nn.modules.lazy.LazyModuleMixin, nn.Module):\n    def __init__(self):\n        super().__init__(); self.w = nn.UninitializedParameter()\n    def forward(self, x): return x * self.w\nattempt(Own(), torch.ones(2))\nOwn.initialize_parameters = lambda self, x: self.w.materialize(x.shape)\nm = Own(); m(torch.ones(2)); print(type(m), m.w.shape, m.has_uninitialized_params())",
    ],
)  # fmt: skip
def test_as_in_torch(code: str):
    agree(START + code)


def test_a_function_refuses_what_has_no_shape():
    agree(START + "attempt(torch.sum, nn.UninitializedParameter())")
