"""Schedules with cycles, and schedules of schedules: step by step as in torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

SCHEDULES = [
    "S.CyclicLR(o, 0.01, 0.1, 3)",
    "S.CyclicLR(o, 0.01, 0.1, 3, 2, mode='triangular2', base_momentum=0.5)",
    "S.CyclicLR(o, [0.01], [0.1], 3, mode='exp_range', gamma=0.9, cycle_momentum=False)",
    "S.CyclicLR(o, 0.01, 0.1, 3, scale_fn=lambda x: 0.5 ** x, scale_mode='iterations')",
    "S.CyclicLR(o, 0.01, 0.1, mode='none')",
    "S.CyclicLR(o, [0.01, 0.2], 0.1)",
    "S.CyclicLR(3, 0.01, 0.1)",
    "S.CosineAnnealingWarmRestarts(o, 3)",
    "S.CosineAnnealingWarmRestarts(o, 3, 2, 0.01)",
    "S.CosineAnnealingWarmRestarts(o, 0)",
    "S.CosineAnnealingWarmRestarts(o, 3, 0)",
    "S.CosineAnnealingWarmRestarts(o, 3, 1, 'a')",
    "S.OneCycleLR(o, 0.1, 12)",
    "S.OneCycleLR(o, 0.1, epochs=3, steps_per_epoch=4, anneal_strategy='linear', pct_start=0.25)",
    "S.OneCycleLR(o, [0.1], 12, three_phase=True, cycle_momentum=False)",
    "S.OneCycleLR(o, 0.1, 8)",
    "S.OneCycleLR(o, 0.1)",
    "S.OneCycleLR(o, 0.1, 0)",
    "S.OneCycleLR(o, 0.1, 5, pct_start=2)",
    "S.OneCycleLR(o, 0.1, 5, anneal_strategy='x')",
    "S.SequentialLR(o, [S.ConstantLR(o, 0.1, 2), S.ExponentialLR(o, 0.9)], [3])",
    "S.SequentialLR(o, [S.LinearLR(o), S.SequentialLR(o, [S.StepLR(o, 2), S.CosineAnnealingLR(o, 4)], [2])], [4])",
    "S.SequentialLR(o, [S.StepLR(o, 2)], [2])",
    "S.SequentialLR(o, [], [])",
    "S.SequentialLR(o, [S.ReduceLROnPlateau(o)], [])",
    "S.ChainedScheduler([S.ConstantLR(o, 0.1, 2), S.ExponentialLR(o, 0.9)])",
    "S.ChainedScheduler([S.ConstantLR(o, 0.1, 2), S.ExponentialLR(other(), 0.9)])",
    "S.ChainedScheduler([])",
]


@pytest.mark.parametrize("optimizer", ["SGD([p], 0.5, momentum=0.9)", "AdamW([p], 0.5)", "Adagrad([p], 0.5)"])
@pytest.mark.parametrize("made", SCHEDULES)
def test_every_step(made, optimizer):
    agree(f"""
S = torch.optim.lr_scheduler
p = nn.Parameter(torch.ones(2))
other = lambda: torch.optim.SGD([nn.Parameter(torch.ones(1))], 0.1)
def show(s, o):
    group = {{k: v for k, v in o.param_groups[0].items() if k != "params"}}
    print({{k: "%.6g" % v for k, v in group.items() if isinstance(v, float)}}, group.get("betas"))
    print(["%.6g" % v for v in s.get_last_lr()], getattr(s, "last_epoch", None))
try:
    o = torch.optim.{optimizer}
    s = {made}
    for i in range(12):
        show(s, o)
        o.step()
        s.step()
    state = s.state_dict()
    print(sorted(state))
    t = {made}
    t.load_state_dict(state)
    t.step()
    show(t, o)
except Exception as e:
    print(type(e).__name__, str(e)[:60])
""")


def test_warm_restarts_at_a_fraction_of_an_epoch():
    agree("""
o = torch.optim.SGD([nn.Parameter(torch.ones(2))], 0.5)
s = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2)
for e in (0, 0.5, 2.5, 3, 4.25, 20):
    s.step(e)
    print(e, "%.6g" % s.get_last_lr()[0], s.T_cur, s.T_i, s.last_epoch)
s.step(-1)
""")


def test_asking_for_the_next_rate_outside_of_step_warns():
    agree("""
o = torch.optim.SGD([nn.Parameter(torch.ones(2))], 0.5)
s = torch.optim.lr_scheduler.StepLR(o, 2)
print(s.get_lr(), sorted(s.state_dict()))
""")
