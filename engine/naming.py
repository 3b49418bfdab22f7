"""What the engine's modules are called where one is asked for what it has not: torch's name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

_OWN = __name__.partition(".")[0]


def call_modules_torch() -> None:
    """Have every module loaded so far say ``module 'torch.nn' has no attribute 'Foo'``.

    ``__name__`` stays: ``from engine import graph`` would look for ``torch.graph``.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == _OWN:
            vars(module).setdefault("__getattr__", _lacking("torch" + name.removeprefix(_OWN)))


def _lacking(module: str) -> Callable[[str], NoReturn]:
    def __getattr__(name: str) -> NoReturn:
        raise AttributeError(f"module '{module}' has no attribute '{name}'{why_not(f'{module}.{name}')}")

    return __getattr__


_NOT_HERE = {
    "torch.ao": "quantization is not provided, but for torch.fake_quantize_per_tensor_affine and its like",
    "torch.export": "programs are not exported",
    "torch.fx": "graphs are recorded by autograd as code runs, and none is made by tracing it",
    "torch.hub": "nothing is fetched from the net",
    "torch.nested": "nested tensors are not provided; torch.nn.utils.rnn pads and packs sequences",
    "torch.onnx": "programs are not exported",
    "torch.quantization": "quantization is not provided, but for torch.fake_quantize_per_tensor_affine and its like",
    "torch.utils.cpp_extension": "nothing is compiled",
}
"""What notebooks ask for and is left out on purpose."""


def why_not(name: str) -> str:
    """Why there is nothing of that name, to be said after that; empty where nothing is known of it."""
    return f" in this engine: {_NOT_HERE[name]} (README.md, What is covered)" if name in _NOT_HERE else ""
