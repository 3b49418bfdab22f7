"""Averages of weights against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
from torch.optim.swa_utils import *
from torch.optim import swa_utils
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
torch.set_printoptions(precision=3)
m = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
o = torch.optim.SGD(m.parameters(), lr=0.5)
x = torch.arange(8.0).reshape(4, 2)
def train(model, optimizer):
    optimizer.zero_grad()
    model(x).pow(2).mean().backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "options",
    ["", "use_buffers=True", "avg_fn=get_ema_avg_fn(0.5)", "multi_avg_fn=get_ema_multi_avg_fn(0.9)", "avg_fn=get_swa_avg_fn()",
     "multi_avg_fn=get_swa_multi_avg_fn(), use_buffers=True", "multi_avg_fn=get_ema_multi_avg_fn(0.5), use_buffers=True"],
)  # fmt: skip
def test_averaged_model(options: str):
    agree(
        START
        + f"""
a = AveragedModel(m, {options})
print(a, list(a.state_dict()))
for _ in range(3):
    train(m, o)
    a.update_parameters(m)
print(a.n_averaged, a.state_dict())
update_bn([x, (x + 1, None)], a)
print(a.module[1].running_mean, a.module[1].momentum, a.training, a(x))
torch.set_printoptions(profile='default')
"""
    )


@pytest.mark.parametrize("options", ["0.05", "0.05, 4, 'linear'", "[0.1], 0", "0.05, anneal_epochs=1"])
def test_schedule(options: str):
    agree(
        START
        + f"""
s = SWALR(o, {options})
for _ in range(6):
    o.step(); s.step(); print(s.get_last_lr(), o.param_groups[0]["swa_lr"])
print(s.get_lr(), sorted(s.state_dict()))
"""
    )


def test_refused():
    agree(
        START
        + """
attempt(AveragedModel, m, avg_fn=get_swa_avg_fn(), multi_avg_fn=get_swa_multi_avg_fn())
attempt(get_ema_avg_fn, 2.0); attempt(get_ema_multi_avg_fn, -1.0)
attempt(SWALR, o, 0.1, anneal_strategy="x"); attempt(SWALR, o, 0.1, -1); attempt(SWALR, o, [0.1, 0.2]); attempt(SWALR, 3, 0.1)
update_bn([x], nn.Linear(2, 1)); print(SWALR)
"""
    )
