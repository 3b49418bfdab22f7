"""Operations counted by module, beside torch's."""

import pytest
from bothways import agree

import engine
from engine.utils import flop_counter

MADE = """
import torch.utils.flop_counter
FC = torch.utils.flop_counter.FlopCounterMode
def shown(f):
    return [(name, sorted((str(k), v) for k, v in c.items())) for name, c in sorted(f.get_flop_counts().items())]
m = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
"""
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3); self.body = nn.Sequential(nn.Flatten(), nn.Linear(4 * 36, 10))
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
    def forward(self, x, y): return self.body(self.conv(x)), self.attn(y, y, y)[0]
n = Net()
"""


@pytest.mark.parametrize(
    "code",
    [
        "with FC(m) as f: m(torch.randn(3, 4)).sum().backward()\nprint(f.get_total_flops(), shown(f))",
        "with FC(display=False) as f:\n"
        "    m(torch.randn(3, 4)).sum().backward(); torch.ones(300, 300) @ torch.ones(300, 300)\n"
        "for depth in (0, 1, 2, None): print(f.get_table(depth))",
        "with FC(display=False) as f:\n"
        "    torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 4, 5))\n"
        "    F.conv2d(torch.ones(1, 3, 8, 8), torch.ones(4, 3, 3, 3))\n"
        "    F.conv_transpose2d(torch.ones(1, 4, 6, 6), torch.ones(4, 3, 3, 3)); torch.ones(3) @ torch.ones(3)\n"
        "    torch.baddbmm(torch.ones(2, 3, 5), torch.ones(2, 3, 4), torch.ones(2, 4, 5))\n"
        "    torch.ones(2, 3) @ torch.ones(3)\n"
        "print(shown(f))",
        NET + "with FC(depth=2, display=False) as f:\n"
        "    a, b = n(torch.ones(1, 3, 8, 8), torch.ones(1, 4, 8)); (a.sum() + b.sum()).backward()\nprint(shown(f))",
        NET + "f = FC(n, display=False, depth=None)\n"
        "with f: n(torch.ones(2, 3, 8, 8), torch.ones(1, 4, 8))\nprint(f.get_table(), f.get_table(1))",
        "with FC(display=False, custom_mapping={torch.ops.aten.sin: lambda x, out_shape, **k: 7}) as f:\n"
        "    torch.sin(torch.ones(3))\nprint(f.get_total_flops())",
        "with FC(display=False) as f: torch.sin(torch.ones(3))\nprint(f.get_table())",
        "with FC(display=False) as f: nn.LSTM(3, 4)(torch.ones(5, 1, 3)); torch.einsum('ij,jk->ik', torch.ones(2, 3), "
        "torch.ones(3, 4))\nprint(shown(f))",
        "U = torch.utils.flop_counter\nprint(repr(U.get_suffix_str(12345678)), repr(U.get_suffix_str(9999)), "
        "U.convert_num_with_suffix(12345678, 'M'), U.convert_to_percent_str(1, 3), U.convert_to_percent_str(1, 0))\n"
        "print(U.conv_flop_count([1, 3, 8, 8], [4, 3, 3, 3], [1, 4, 6, 6]), U.sdpa_flop_count(*[(1, 2, 4, 8)] * 3))",
        "torch.utils.flop_counter.register_flop_formula(1)(print)",
        "torch.utils.flop_counter.register_flop_formula(torch.ops.aten.mm)(print)",
    ],
)
def test_counts_and_tables(code):
    agree(MADE + code)


def test_a_formula_that_is_registered_counts():
    @flop_counter.register_flop_formula(engine.ops.aten.cos)
    def cosines(x_shape, *, out_shape, **_):
        return 3 * x_shape.numel()

    try:
        with flop_counter.FlopCounterMode(display=False) as counter:
            engine.cos(engine.ones(2, 2))
        assert counter.get_total_flops() == 12
    finally:
        del flop_counter.flop_registry[engine.ops.aten.cos]
