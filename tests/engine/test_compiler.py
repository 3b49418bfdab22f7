"""What is compiled is called as it is: against torch, whose eager backend does that too."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import engine
from tests.bothways import agree, printed

START = """
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
m = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
"""


CODES = [
    "c = torch.compile(m, backend='eager'); print(c, type(c), list(c.state_dict()), [n for n, _ in c.named_parameters()], isinstance(c, nn.Module))\nc.eval(); print(c.training, m.training, m[1].training, c[0] is m[0])",
    "f = torch.compile(lambda x: x + 1, backend='eager'); print(f(torch.ones(2)), type(f))",
    "@torch.compile(fullgraph=True, backend='eager')\ndef g(x):\n    'what it does'\n    return x * 2\nprint(g.__name__, g.__doc__, g(torch.ones(2)))",
    "attempt(torch.compile, m, mode='x'); attempt(torch.compile, m, backend='x'); attempt(torch.compile, m, mode='default', options={}); attempt(torch.compile, 3)",
    "print(torch.compile(m, disable=True) is m, torch.compiler.is_compiling(), torch.compiler.reset()); m.compile(backend='eager'); print(m, list(m.state_dict()))",
    "@torch.compiler.disable\ndef g(x): return x\nprint(g(3))",
    "c = torch.compile(m.eval(), backend='eager'); x = torch.ones(1, 2); y = c(x); y.sum().backward(); print(torch.equal(y, m(x)), m[0].weight.grad)",
]
IN_TORCH = """
import json, sys, warnings
from tests.bothways import printed, torch
with warnings.catch_warnings(action="ignore"):  # torch warns of itself when it first looks at a backend
    torch.compile(lambda: None, mode="default")
print(json.dumps([printed(code, torch, 0) for code in json.load(sys.stdin)]))
"""


@pytest.fixture(scope="module")
def in_torch() -> list[str]:
    """What torch prints, in a process of its own: compiling switches the checks of distributions off for good."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    given = json.dumps([START + code for code in CODES])
    done = subprocess.run(
        [sys.executable, "-c", IN_TORCH], input=given, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("number", range(len(CODES)))
def test_compile(number: int, in_torch: list[str]):
    assert printed(START + CODES[number], engine, 0) == in_torch[number]


def test_on_several_devices_of_which_there_are_none():
    agree("""
d = nn.DataParallel(nn.Linear(2, 1), device_ids=[0] if torch.cuda.is_available() else None)
print(d, list(d.state_dict()), d.device_ids, d(torch.ones(3, 2)).shape, d.module, type(d))
""")


@pytest.mark.parametrize(
    "code",
    [
        "torch._dynamo.reset(); torch._dynamo.config.suppress_errors = True; print(torch._dynamo.config.suppress_errors)\n"
        "torch._dynamo.config.suppress_errors = False",
        "with torch.compiler.set_stance('force_eager'): print(torch.compile(lambda x: x + 1, backend='eager')(1))",
        "import inspect\nprint([(p.name, p.default) for p in inspect.signature(torch.compile).parameters.values()])",
        "print(torch._logging.set_logs(), torch._inductor.config.max_autotune, torch._inductor.config.epilogue_fusion)",
        "print(torch.compiler.allow_in_graph(torch.sin) is torch.sin, torch.thread_safe_generator())",
    ],
)
def test_what_programs_ask_of_the_compiler(code):
    agree(code)
