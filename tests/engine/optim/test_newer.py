"""Adafactor, Muon and the hooks of all optimizers, against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
torch.set_printoptions(precision=3)
w = torch.linspace(-1, 1, 6).reshape(3, 2).requires_grad_()
b = torch.tensor([0.5, -0.5], requires_grad=True)
x = torch.arange(12.0).reshape(4, 3) / 10
def run(o, steps=5):
    for _ in range(steps):
        o.zero_grad()
        (x.mm(w) + b - 1).pow(2).sum().backward()
        o.step()
    print(o, w, b, o.state_dict())
"""
END = "\ntorch.set_printoptions(profile='default')"


@pytest.mark.parametrize(
    "code",
    [
        "run(torch.optim.Adafactor([w, b]))",
        "run(torch.optim.Adafactor([w, b], lr=0.1, beta2_decay=-0.5, eps=(1e-6, 1e-2), d=2.0, weight_decay=0.1, maximize=True))",
        "run(torch.optim.Muon([w]))",
        "run(torch.optim.Muon([w], lr=0.1, weight_decay=0.0, momentum=0.5, nesterov=False, ns_steps=3, adjust_lr_fn='match_rms_adamw'))",
        "for options in ({'lr': -1}, {'beta2_decay': 1}, {'eps': (-1, 1)}, {'eps': (1, -1)}, {'d': 0.5}, {'weight_decay': -1}, {'lr': torch.ones(2)}): attempt(torch.optim.Adafactor, [w], **options)",
        "for options in ({'lr': -1}, {'momentum': -1}, {'weight_decay': -1}, {'adjust_lr_fn': 'x'}, {'lr': torch.ones(2)}): attempt(torch.optim.Muon, [w], **options)\nattempt(torch.optim.Muon, [b]); attempt(run, torch.optim.Muon([w], ns_steps=100)); attempt(run, torch.optim.Muon([w], ns_coefficients=(1, 2)))",
        "c = torch.ones(2, 2, dtype=torch.complex64, requires_grad=True); c.grad = torch.ones(2, 2, dtype=torch.complex64); attempt(torch.optim.Adafactor([c]).step); attempt(torch.optim.Muon([c]).step)",
        "e = nn.Embedding(5, 2, sparse=True); o = torch.optim.SparseAdam(e.parameters(), lr=0.1)\nfor ids in ([0, 2, 2], [1, 2], [4, 4, 0]): o.zero_grad(); (e(torch.tensor(ids)) ** 2).sum().backward(); o.step()\nprint(o, e.weight, o.state_dict())",
        "e = nn.Embedding(3, 2, sparse=True); o = torch.optim.SparseAdam([e.weight], lr=torch.tensor(0.1), betas=(0.5, 0.9), maximize=True); e(torch.tensor([1])).sum().backward(); o.step(); print(e.weight)",
        "for options in ({'lr': 0.0}, {'eps': 0.0}, {'betas': (1.0, 0.9)}, {'betas': (0.5, -1.0)}, {'lr': torch.ones(2)}): attempt(torch.optim.SparseAdam, [w], **options)\nw.grad = torch.ones(3, 2); attempt(torch.optim.SparseAdam([w]).step); attempt(torch.optim.SparseAdam, [torch.zeros(2, dtype=torch.complex64)]); attempt(torch.optim.SparseAdam, [torch.zeros(2, 2).to_sparse()])",
        "from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook\na = register_optimizer_step_pre_hook(lambda o, args, kwargs: print('before', type(o).__name__)); z = register_optimizer_step_post_hook(lambda o, args, kwargs: print('after', args))\no = torch.optim.SGD([w], 0.1); o.register_step_pre_hook(lambda *a: print('own before')); o.register_step_post_hook(lambda *a: print('own after')); o.step(); a.remove(); z.remove(); o.step()",
        "for kind in ('Adam', 'AdamW', 'SGD', 'Adagrad'): attempt(getattr(torch.optim, kind), [w], lr=0.1, foreach=True, fused=True); attempt(getattr(torch.optim, kind), [w], lr=0.1, differentiable=True, fused=True) if kind != 'Adagrad' else None",
        "for kind in ('Adam', 'AdamW', 'NAdam', 'RAdam', 'Adamax', 'Adadelta', 'RMSprop', 'Rprop', 'ASGD'): o = getattr(torch.optim, kind)([w], lr=0.01, capturable=True); w.grad = torch.ones(3, 2); attempt(o.step)",
        "for kind in ('Adam', 'AdamW', 'SGD', 'Adagrad'):\n    o = getattr(torch.optim, kind)([w], lr=torch.tensor(0.01), foreach=True) if kind != 'Adam' else None\n    w.grad = torch.ones(3, 2)\n    if o is not None: attempt(o.step)\nattempt(torch.optim.Adam, [w], lr=torch.tensor(0.1), foreach=True); attempt(torch.optim.Adam, [w], betas=(torch.tensor(0.9), 0.9)); attempt(torch.optim.Adam, [w], betas=(torch.tensor(0.9), torch.tensor(0.9)), foreach=True)",
        "torch.set_printoptions(precision=2); o = torch.optim.Adam([w], fused=True); run(o, 2); o = torch.optim.SGD([w], 0.1, momentum=0.5, fused=True, nesterov=True); run(o, 2); o = torch.optim.Adam([w], foreach=True, amsgrad=True); run(o, 2)",
        "o = torch.optim.SGD([w], 0.1); attempt(o.add_param_group, {'params': w}); attempt(o.add_param_group, [b]); attempt(o.add_param_group, {'params': {b}}); attempt(o.add_param_group, {'params': [b * 2]}); attempt(o.add_param_group, {'params': [3]}); attempt(o.add_param_group, {'params': [('b', b)]}); attempt(o.add_param_group, {'params': [b, b]}); print(o); attempt(torch.optim.SGD, [], 0.1); attempt(torch.optim.SGD, w, 0.1); attempt(torch.optim.SGD, [w], -1); attempt(torch.optim.SGD, [w], 0.1, nesterov=True)",
    ],
)  # fmt: skip
def test_as_in_torch(code: str):
    agree(START + code + END)


@pytest.mark.parametrize(
    "made",
    ["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "Adagrad", "Adadelta", "ASGD", "SGD"],
)
def test_gradients_go_through_recorded_steps(made):
    """With a large eps: without any, most steps do not depend on the gradient's size."""
    options = "" if made in ("Rprop", "ASGD", "SGD") else ", eps=0.5"
    agree(f"""
torch.set_printoptions(precision=3)
w = torch.tensor([[0.5, -1.25], [0.75, 2.0]], requires_grad=True)
g = torch.tensor([[0.25, -0.5], [1.5, 0.75]], requires_grad=True)
p = w * 1
o = torch.optim.{made}([p]{options}, differentiable=True)
for _ in range(2):
    p.grad = g * 1
    o.step()
print(p, torch.autograd.grad(p.square().sum(), [w, g], allow_unused=True))
""")


def test_a_tracked_learning_rate_is_differentiated():
    agree("""
lr, w = torch.tensor(0.1, requires_grad=True), torch.tensor([1.0, 2.0], requires_grad=True)
p = w * 1
p.grad = torch.tensor([0.5, 0.25])
torch.optim.SGD([p], lr=lr, differentiable=True).step()
print(torch.autograd.grad(p.sum(), [lr, w]))
""")


def test_foreach_averages_in_one_sum_and_late_groups_begin_like_the_first():
    agree(f"""{START}
o = torch.optim.ASGD([w.double().detach().requires_grad_()], foreach=True, t0=1)
for _ in range(4):
    p, = o.param_groups[0]["params"]
    p.grad = p.detach() * 2
    o.step()
torch.set_printoptions(precision=10)
print(p, o.state[p]["ax"])
torch.set_printoptions(precision=6)
print(o.state[p])
o = torch.optim.Adagrad([w], initial_accumulator_value=0.5)
o.add_param_group({{"params": [b]}})
w.grad, b.grad = torch.ones_like(w), torch.ones_like(b)
o.step()
print(o.state_dict())
""")


@pytest.mark.parametrize("made", ["SGD", "Adam", "AdamW", "Adagrad"])
def test_fused_steps_are_not_counted(made):
    agree(f"""{START}
o = torch.optim.{made}([w], fused=True)
for _ in range(2):
    w.grad = torch.ones_like(w)
    o.step()
print(w._version, w)
""")
