"""A target whose cells say `import torch`, over any module that offers torch's names."""

from __future__ import annotations

import contextlib
import functools
import importlib
import platform
import re
import sys
from collections.abc import Mapping
from typing import Any

from conformance.targets import capture
from conformance.targets.protocol import Description, Isolation, Value

DEFAULTS: tuple[tuple[str, tuple[Any, ...], Mapping[str, Any]], ...] = (
    ("set_grad_enabled", (True,), {}),
    ("autograd.set_detect_anomaly", (False,), {}),
    ("set_warn_always", (False,), {}),
    ("use_deterministic_algorithms", (False,), {}),
    ("set_flush_denormal", (False,), {}),
    ("set_printoptions", (), {"profile": "default"}),
)
"""The calls that put torch's global state back, besides the default dtype and device. A module that lacks a
setter has no such state."""

MODES = (
    "get_default_dtype",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "is_anomaly_enabled",
    "is_warn_always_enabled",
    "are_deterministic_algorithms_enabled",
    "get_num_threads",
)
"""What can be asked of torch's global state, besides where its generator stands."""


class TorchLike:
    """Binds `torch` in cells to `module`, and each name of `also` to the module given for it.

    Somebody else's engine with torch's names is a target as `TorchLike("their.module")`. It may lack any of them.
    `follows` is the version of torch whose behaviour it has. Without it the module's `__version__` says so from 2 on,
    which is what `torch.__version__` gives in a cell; a lower one is the engine's own.
    """

    isolation: Isolation = "fork"
    rehearsal = ""
    """The code of a cell that does what most do, for an engine that can be trusted to survive it: what it makes at its
    first use is then not made in each fork. It must leave no thread behind, as torch's backward does."""

    def __init__(
        self, module: str, *, device: str = "cpu", also: Mapping[str, str] | None = None, follows: str | None = None
    ) -> None:
        self.module = module
        self.device = device
        self.follows = follows
        self.imports: Mapping[str, str] = {"torch": module, **(also or {})}

    def load(self) -> Description:
        self.torch: Any = importlib.import_module(self.module)
        self.reset(0)
        if ones := _at(self.torch, "ones"):
            with contextlib.suppress(Exception):  # an engine may have no repr
                str(ones(1))  # else every case would set up printing again
        return self.describe()

    def describe(self) -> Description:
        """What was loaded."""
        own = str(_at(self.torch, "__version__") or "")
        follows = (own if _could_be_torch(own) else "") if self.follows is None else self.follows
        versions = {self.module: own} if own not in ("", follows) else {}
        versions["python"] = platform.python_version()
        if numpy := sys.modules.get("numpy"):
            versions["numpy"] = numpy.__version__
        return Description(versions=versions, follows=follows, device=self.device)

    def reset(self, seed: int) -> None:
        if setter := _at(self.torch, "set_default_dtype"):
            setter(self.torch.float32)
        for path, arguments, options in DEFAULTS:
            if setter := _at(self.torch, path):
                setter(*arguments, **options)
        self.seed(seed)
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed(seed % 2**32)

    def seed(self, seed: int) -> None:
        """Seeds the engine's own generators."""
        if manual_seed := _at(self.torch, "manual_seed"):
            manual_seed(seed)

    def random_state(self) -> object:
        ask = _at(self.torch, "get_rng_state")
        if not ask:
            return None
        state: Any = ask()
        return bytes(state.numpy()) if hasattr(state, "numpy") else repr(state)

    def state(self) -> object:
        asked = ((path, _at(self.torch, path)) for path in MODES)
        modes = [(path, str(ask())) for path, ask in asked if ask]
        return modes, self.random_state()

    def observe(self, value: object) -> Value:
        return capture.observe(value)


def _could_be_torch(version: str) -> bool:
    return bool(re.match(r"\d", version)) and int(re.split(r"\D", version, maxsplit=1)[0]) >= 2


def _at(module: Any, path: str) -> Any:
    return functools.reduce(lambda owner, name: getattr(owner, name, None), path.split("."), module)
