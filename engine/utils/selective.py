"""Checkpoints that keep the results of some operations, and logs of what both runs of a checkpoint did.

Both watch operations as they are computed (``autograd.modes.watching``).

Source: ``create_selective_checkpoint_contexts`` and ``checkpoint(debug=True)`` of ``torch.utils.checkpoint``.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any

from ..autograd.logs import ABBREVIATIONS
from ..autograd.modes import watching
from ..autograd.saved import same_memory
from ..dispatch.arguments import given
from ..library import OpOverload, OpOverloadPacket, native_overload
from ..tensor import Tensor


class CheckpointPolicy(Enum):
    """What becomes of an operation's results: kept, computed again, or kept on the CPU, where all are anyway."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4
    PREFER_CPU_OFFLOAD = 5


CheckpointPolicy.__module__ = "torch.utils.checkpoint"
_KEPT = frozenset(CheckpointPolicy) - {CheckpointPolicy.MUST_RECOMPUTE, CheckpointPolicy.PREFER_RECOMPUTE}


class SelectiveCheckpointContext:
    """What a policy is told of the run.

    Args:
        is_recompute: whether this is the second run.
        op_output: the operation's result in the first run; None in the second.
    """

    __module__ = "torch.utils.checkpoint"

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute, self.op_output = is_recompute, op_output


Policy = Callable[..., Any]
Contexts = tuple[AbstractContextManager[None], AbstractContextManager[None]]


def create_selective_checkpoint_contexts(policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False) -> Contexts:
    """The contexts of both runs, for ``checkpoint(context_fn=...)``: some results of the first are kept for the second.

    Args:
        policy_fn_or_list: ``policy(ctx, op, *args, **kwargs)`` gives a `CheckpointPolicy`, or True to keep; or a list
            of the operations to keep, such as ``torch.ops.aten.mm.default``.
        allow_cache_entry_mutation: let what is kept be modified in place.

    Raises:
        TypeError, ValueError: for anything else.
    """
    if isinstance(policy_fn_or_list, list):
        policy = _policy_of(policy_fn_or_list)
    elif callable(policy_fn_or_list):
        policy = policy_fn_or_list
    else:
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    store = _Store(policy, allow_cache_entry_mutation)
    return watching(store.first), watching(store.again)


def _policy_of(operations: Sequence[Any]) -> Policy:
    for one in operations:
        if not isinstance(one, OpOverload):
            packet = (
                "Please update the OpOverloadPacket to a specific OpOverload.For example, if you have "
                "`torch.ops.aten.mm`, change it to `torch.ops.aten.mm.default`."
                if isinstance(one, OpOverloadPacket) else ""
            )  # fmt: skip
            raise ValueError(
                f"Expected op in `op_list` to be an OpOverload but got: {one} of type {type(one)}. {packet}"
            )
    kept = set(operations)
    return lambda ctx, op, *_, **__: op in kept


_IGNORED = ("detach",)
"""What costs nothing, and is done as often as results are saved."""


class _Store:
    """The results that are kept, by operation, in the order of the run."""

    def __init__(self, policy: Policy, mutable: bool) -> None:
        self._policy, self._mutable = policy, mutable
        self._kept: dict[Any, list[list[tuple[Tensor, int]]]] = {}
        self._next: dict[Any, int] = {}

    def _keeps(self, op: Any, values: Sequence[Any], again: bool, results: Any = None) -> bool:
        overload = native_overload(op)
        output = None if results is None else results[0] if len(results) == 1 else tuple(results)
        args, kwargs = given(op, values)
        found = self._policy(
            SelectiveCheckpointContext(is_recompute=again, op_output=output), overload, *args, **kwargs
        )
        return found in _KEPT if isinstance(found, CheckpointPolicy) else bool(found)

    def first(self, op: Any, values: Sequence[Any], proceed: Callable[[], list[Tensor]]) -> list[Tensor]:
        """Compute, and keep what is to be kept."""
        if op.schema.name in _IGNORED:
            return proceed()
        results = proceed()
        if self._keeps(op, values, False, results):
            self._kept.setdefault(op, []).append([(same_memory(one, None), one._version) for one in results])
        else:
            self._kept.setdefault(op, []).append([])
        return results

    def again(self, op: Any, values: Sequence[Any], proceed: Callable[[], list[Tensor]]) -> list[Tensor]:
        """What was kept, or else the results computed again.

        Raises:
            RuntimeError: for an operation that the first run did not have, or a kept result that has been modified.
        """
        if op.schema.name in _IGNORED:
            return proceed()
        place = self._next.get(op, 0)
        self._next[op] = place + 1
        if place >= len(self._kept.get(op, ())):
            raise RuntimeError(f"{native_overload(op)} encountered during backward, but not found in storage")
        kept = self._kept[op][place]
        if not kept:
            return proceed()
        if not self._mutable and any(one._version != version for one, version in kept):
            raise RuntimeError("Tensor cached during selective activation checkpoint has been mutated")
        return [same_memory(one, None) for one, _ in kept]


# Logs.


class Log:
    """The operations of a run, as lines, with the stacks from which they were called."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._numbers: dict[int, int] = {}
        self._seen: list[Tensor] = []  # so that no other tensor gets the identity of one
        self.lines: list[str] = []
        self._stacks: list[str] = []

    def watch(self, op: Any, values: Sequence[Any], proceed: Callable[[], list[Tensor]]) -> list[Tensor]:
        """Note an operation."""
        args, kwargs = given(op, values)
        shown = ", ".join([*map(self._shown, args), *(f"{name}={self._shown(one)}" for name, one in kwargs.items())])
        results = proceed()
        named = ", ".join(f"{self._shown(one)}: {_kind(one)}" for one in results)
        self.lines.append(f"{named} = torch._ops.{native_overload(op)}({shown})")
        stack = [f"{f.filename}:{f.lineno}:{f.name}" for f in traceback.extract_stack()[:-1]]
        self._stacks.append("\n".join(reversed(stack)))
        return results

    def _shown(self, value: Any) -> str:
        if isinstance(value, Tensor):
            if id(value) not in self._numbers:
                self._numbers[id(value)] = len(self._numbers)
                self._seen.append(value)
            return f"${self._numbers[id(value)]}"
        if isinstance(value, list):
            return f"[{', '.join(map(self._shown, value))}]"
        return repr(value)

    def stacks(self) -> str:
        """Each operation with the frames that called it, the innermost first."""
        count = len(self.lines)
        return "".join(
            f"{line}   ({number} of {count} in {self._run})\n\n{stack}\n\n\n"
            for number, (line, stack) in enumerate(zip(self.lines, self._stacks, strict=True), 1)
        )


def _kind(tensor: Tensor) -> str:
    abbreviation = ABBREVIATIONS[str(tensor.dtype).removeprefix("torch.")]
    return f"{abbreviation}[{', '.join(map(str, tensor.shape))}]"


def compared(original: Log, again: Log) -> str:
    """What both runs did, and how to find where they differ."""
    return f"""\
 An error happened while unpacking tensors; dumping logs of latest computation
because you passed `debug=True` to `torch.utils.checkpoint.checkpoint()`.
Scroll all the way down for guidance on how to navigate these logs.

+~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~+
|        1. Stack traces of the operators that ran in the original forward     |
+------------------------------------------------------------------------------+

{original.stacks()}
+~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~+
|        2. Stack traces of the operators that ran during recomputation        |
+------------------------------------------------------------------------------+

{again.stacks()}
+~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~+
|       3. Log of operators in the original forward and recomputation          |
+------------------------------------------------------------------------------+

Operations executed during the original forward:

{chr(10).join(original.lines)}

Operations executed during recomputation:

{chr(10).join(again.lines)}

+------------------------------------------------------------------------------+
 ERROR: Detected non-determinism while running activation checkpointing

 The operators of the original forward and of the recomputation are listed above
 in the order in which they ran: the first line in which the lists differ is
 where the function did something else. Parts 1 and 2 say where it was called.
--------------------------------------------------------------------------------
"""
