"""From the name of a target to the target.

`engine`, `torch:cpu`: an entry point of the group `conformance.targets`. `package.module:object`: what an entry point
names, too. Either is a Target, or something that gives one when called: that of an entry point, with what follows the
first colon.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from typing import Any, cast

from conformance.targets.protocol import Target

GROUP = "conformance.targets"

_BUILT_IN = {
    "engine": "conformance.targets.engine:Engine",
    "torch": "conformance.targets.torch:Torch",
    "mygrad": "conformance.targets.foreign.engines:MyGrad",
    "hips": "conformance.targets.foreign.engines:Hips",
}


class NoTarget(TypeError):
    """A name of a target that is none."""


def registered() -> dict[str, str]:
    """The registered names and where each is found, ours first."""
    found = {entry.name: entry.value for entry in importlib.metadata.entry_points(group=GROUP)}
    return {**_BUILT_IN, **found}


def check(name: str) -> None:
    """Raises ValueError, with what to write instead, for a name that cannot be a target. Imports no
    target."""
    head, _, rest = name.partition(":")
    if head in _BUILT_IN:
        try:
            resolve(name)
        except TypeError:
            raise ValueError(f"{name!r} is no target: {head} takes nothing after a colon") from None
        return
    if head in registered():
        return
    if not rest:
        names = ", ".join(registered())
        raise ValueError(f"{name!r} is no target: it is none of {names}, and not package.module:object")
    try:
        found = importlib.util.find_spec(head.partition(".")[0])
    except (ImportError, ValueError):
        found = None
    if found is None:
        module = head.partition(".")[0]
        raise ValueError(f"{name!r} is no target: there is no module {module!r} (PYTHONPATH=. adds this folder)")


def resolve(name: str) -> Target:
    """The target of that name, not loaded yet. Imports the module that defines it. Raises NoTarget where there is
    nothing of that name, and for what is neither a target nor something that makes one."""
    head, _, rest = name.partition(":")
    entry = _BUILT_IN.get(head) or registered().get(head)
    found = _import(entry or name)
    if hasattr(found, "load") and not isinstance(found, type):  # a target already
        if entry and rest:
            raise NoTarget(f"{name!r} is no target: {head} takes nothing after a colon")
        return cast(Target, found)
    if not callable(found):
        raise NoTarget(f"{name!r} is no target: it is of type {type(found).__name__!r}")
    return cast(Target, found(rest) if entry and rest else found())


def _import(path: str) -> Any:
    module, _, attributes = path.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise NoTarget(f"{path!r} is no target: there is no module {error.name!r}") from None
    owner = module
    for attribute in attributes.split("."):
        if not hasattr(found, attribute):
            raise NoTarget(f"{path!r} is no target: {owner} has no {attribute!r}")
        found, owner = getattr(found, attribute), f"{owner}.{attribute}"
    return found
