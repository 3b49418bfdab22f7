"""``DistributedDataParallel``, in one process and in two, beside torch's."""

import pytest
from bothways import agree

DDP = "import torch.distributed as dist\nfrom torch.nn.parallel import DistributedDataParallel as DDP\n"
ONE = DDP + "dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)\n"
NET = "m = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)); d = DDP(m); x = torch.ones(4, 2)\n"
TWO = """
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 1), nn.Linear(2, 1)
    def forward(self, x, use=False):
        return {'out': [self.b(x) if use else self.a(x)]}
"""


@pytest.mark.parametrize(
    "code",
    [
        NET + "print(d); print(d.state_dict().keys(), [n for n, _ in d.named_parameters()])\n"
        "print(d.device_ids, d.output_device, d.dim, d.broadcast_buffers, d.find_unused_parameters, d.device)\n"
        "print(d.process_group is dist.group.WORLD, d.require_backward_grad_sync, d.is_multi_device_module)\n"
        "print(d.device_type, d.gradient_as_bucket_view, d.static_graph, d.bucket_bytes_cap, type(d), d.module is m)",
        NET + "y = d(x); print(y.shape, y.grad_fn); y.sum().backward(); print([p.grad.shape for p in m.parameters()])",
        NET + "d(x).sum().backward(); d(x).sum().backward(); print(m[2].bias.grad)",
        NET + "with d.no_sync(): d(x).sum().backward()\nd(x).sum().backward(); print(d.require_backward_grad_sync)",
        NET + "d(x); d(x); d(x).sum().backward(); m(x).sum().backward(); print(d.eval().module.training)",
        NET + "print(d.load_state_dict(d.state_dict())); d.load_state_dict(m.state_dict())",
        NET + "d(x=1)",
        NET + "with torch.no_grad(): print(d(x).requires_grad)",
        "DDP(nn.ReLU())", "DDP(nn.Linear(2, 2).requires_grad_(False))", "DDP(nn.Linear(2, 2), device_ids=[0])",
        "DDP(nn.Linear(2, 2), device_ids=[0, 1])", "DDP(nn.Sequential(nn.LazyLinear(2)))",
        TWO + "t = DDP(Two()); t(torch.ones(1, 2))['out'][0].sum().backward(); print(t.module.b.weight.grad)\n"
        "t(torch.ones(1, 2))",
        TWO + "t = DDP(Two(), find_unused_parameters=True)\n"
        "for use in (False, False, True):\n"
        "  t(torch.ones(1, 2), use)['out'][0].sum().backward(); print(t.module.a.weight.grad, t.module.b.weight.grad)",
    ],
)  # fmt: skip
def test_one_process(code):
    agree(ONE + code)


def test_without_a_group():
    agree(DDP + "DDP(nn.Linear(2, 2))")


TRAIN = """
DDP = nn.parallel.DistributedDataParallel
m = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 1)); d = DDP(m)
o = torch.optim.SGD(d.parameters(), .1, momentum=.9)
x = torch.arange(8.).reshape(4, 2) / (rank + 1)
for step in range(3):
    o.zero_grad()
    if step == 1:
        with d.no_sync(): d(x).pow(2).mean().backward()
    loss = d(x).sub(1).pow(2).mean(); loss.backward(); o.step()
    print([round(v, 3) for p in m.parameters() for v in p.detach().flatten().tolist()])
print([round(v, 3) for v in m[1].running_mean.tolist()])
class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1)
    def forward(self, x): return self.a(x) if rank == 0 else self.b(x)
t = DDP(Branch(), find_unused_parameters=True)
t(torch.ones(1, 1)).sum().backward()
print([None if p.grad is None else p.grad.tolist() for p in t.parameters()])
"""


def test_two_processes(several):
    """Both begin alike, see other data, and end alike, as in torch."""
    mine = several(TRAIN, "engine")
    assert mine == several(TRAIN, "torch")
    assert mine[0].splitlines()[0] == mine[1].splitlines()[0]
