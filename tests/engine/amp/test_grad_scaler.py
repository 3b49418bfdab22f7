"""The scaler scales, unscales, skips and grows as torch's does."""

import pytest
from bothways import agree

TRY = """
def t(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
torch.manual_seed(0)
m = torch.nn.Linear(2, 1); o = torch.optim.SGD(m.parameters(), lr=.1)
"""
CODES = [
    """
s = torch.amp.GradScaler("cpu", init_scale=4., growth_interval=2)
t(lambda: s.step(o)); t(lambda: s.update()); t(lambda: s.get_scale())
for k in range(5):
    o.zero_grad()
    loss = m(torch.ones(3, 2)).sum() * (float('inf') if k == 3 else 1)
    scaled = s.scale(loss); print(scaled)
    scaled.backward()
    if k % 2: s.unscale_(o); t(lambda: s.unscale_(o))
    print(m.weight.grad); t(lambda: s.step(o)); t(lambda: s.step(o)); t(lambda: s.unscale_(o))
    s.update(); print(s.get_scale(), s.state_dict(), m.weight)
""",
    """
s = torch.amp.GradScaler("cpu")
t(lambda: s.scale([torch.ones(1), (torch.ones(2),)])); t(lambda: s.scale(3)); t(lambda: s.update())
t(lambda: s.update(5.)); t(s.get_scale); t(lambda: s.update(torch.ones(2))); t(lambda: s.update(torch.ones(())*7)); t(s.get_scale)
s.load_state_dict({"scale": 3., "growth_factor": 4., "backoff_factor": .25, "growth_interval": 9, "_growth_tracker": 2}); print(s.state_dict(), s.get_growth_factor(), s.get_backoff_factor(), s.get_growth_interval())
s.set_growth_factor(8.); s.set_backoff_factor(.125); s.set_growth_interval(5); print(s.state_dict())
t(lambda: s.load_state_dict({}))
""",
    """
t(lambda: torch.amp.GradScaler("cpu", growth_factor=1.)); t(lambda: torch.amp.GradScaler("cpu", backoff_factor=1.))
s = torch.amp.GradScaler("cpu", enabled=False); x = torch.ones(2); print(s.scale(x) is x, s.state_dict(), s.is_enabled(), s.get_scale()); s.update(); s.unscale_(o); s.load_state_dict({})
t(lambda: torch.amp.GradScaler().is_enabled()); t(lambda: torch.cuda.amp.GradScaler().is_enabled()); t(lambda: torch.GradScaler)
""",
    """
s = torch.amp.GradScaler("cpu"); s.scale(torch.ones(1)); t(lambda: s.step(o)); t(lambda: s.step(o, closure=lambda: 1)); m.half()
m.weight.grad = torch.ones_like(m.weight); m.bias.grad = None; t(lambda: s.unscale_(o))
""",
]


@pytest.mark.parametrize("code", CODES)
def test_it_does_what_torchs_does(code):
    agree(TRY + code)
