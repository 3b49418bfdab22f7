"""The engine of this project, under torch's name."""

from __future__ import annotations

import importlib
from dataclasses import replace

from conformance.targets.protocol import Description
from conformance.targets.torchlike import TorchLike
from conformance.version import project_version


class Engine(TorchLike):
    """`import torch` gives the engine, `import torchviz` the engine's drawing of graphs, which has the same functions;
    so with `import functorch`."""

    rehearsal = (
        "import torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)\ny = (x * 2).sum()\ny.backward()\n"
        "print(x.grad)\ny"
    )

    def __init__(self) -> None:
        super().__init__("engine", also={"torchviz": "engine.graph", "functorch": "engine.func.functorch"})

    def load(self) -> Description:
        described = super().load()
        importlib.import_module("engine.dispatch.fast").compile_all()  # once, rather than in every case, like these
        importlib.import_module("engine.naming").import_all()
        return described

    def random_state(self) -> object:
        words, *rest = self.torch.default_generator.save()  # without the tensor that is made of it for users
        return bytes(words), rest

    def describe(self) -> Description:
        described = super().describe()
        return replace(described, versions={"engine": project_version(), **described.versions})
