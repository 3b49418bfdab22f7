"""Anomaly mode: which forward call made the node that failed, and whether a gradient is NaN.

Source: ``torch.autograd.detect_anomaly`` and ``set_detect_anomaly``.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tensor import Tensor
from ..warning import warn
from .modes import STATE

if TYPE_CHECKING:
    from .node import Node

_HERE = os.path.dirname(os.path.dirname(__file__)) + os.sep


class _Anomaly:
    """The state of the mode, for the whole process."""

    __slots__ = ("check_nan", "enabled")

    def __init__(self) -> None:
        self.enabled, self.check_nan = False, True

    def set(self, enabled: bool, check_nan: bool) -> None:
        STATE.unusual += int(enabled) - int(self.enabled)
        self.enabled, self.check_nan = enabled, check_nan


ANOMALY = _Anomaly()


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return ANOMALY.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode looks for NaN."""
    return ANOMALY.check_nan


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode on or off."""
    ANOMALY.set(enabled, check_nan)


class set_detect_anomaly:
    """Switch anomaly mode at once; as a context, switch it back at the end.

    Args:
        mode: on or off.
        check_nan: raise if a node's result has NaN.

    Raises:
        TypeError: for what is no bool.
    """

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        for place, (name, value) in enumerate((("enabled", mode), ("check_nan", check_nan)), 1):
            if not isinstance(value, bool):
                raise TypeError(
                    f"set_anomaly_enabled(): argument '{name}' (position {place}) must be bool, not "
                    f"{type(value).__name__}"
                )
        self._previous = ANOMALY.enabled, ANOMALY.check_nan
        ANOMALY.set(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        ANOMALY.set(*self._previous)


class detect_anomaly:
    """Anomaly mode in a block: backward errors name the forward call, NaN is an error.  It costs time."""

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging."
        )

    def __enter__(self) -> None:
        self._previous = ANOMALY.enabled, ANOMALY.check_nan
        ANOMALY.set(True, self._check_nan)

    def __exit__(self, *_: object) -> None:
        ANOMALY.set(*self._previous)


def note_forward(node: Node, evaluating: Node | None) -> None:
    """Keep where a node was recorded, and which node's backward did it."""
    frames = traceback.extract_stack()
    while frames and frames[-1].filename.startswith((_HERE, "<engine ")):
        frames.pop()
    node.metadata["traceback_"] = traceback.format_list(frames)
    if evaluating is not None:
        node.metadata["parent_"] = evaluating


def report(node: Node) -> None:
    """Warn which forward call recorded the node that has failed, and what had induced that."""
    text = _forward_call(node)
    if text is None:
        warn(
            f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly during "
            "forward pass for more information."
        )
        return
    warn(f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{text}")
    while (node := node.metadata.get("parent_")) is not None:
        induced = _forward_call(node)
        if induced is None:
            warn(
                "\n\nPrevious calculation was induced by "
                f"{node.name()}. No forward pass information is available. Enable detect anomaly during forward pass "
                "for more information."
            )
            return
        warn(
            f"\n\nPrevious calculation was induced by {node.name()}. Traceback of forward call that induced the "
            f"previous calculation:\n{induced}"
        )


def _forward_call(node: Node) -> str | None:
    lines = node.metadata.get("traceback_")
    return None if lines is None else "".join(lines)


def check_nan(node: Node, results: Sequence[Any]) -> None:
    """Refuse NaN in the gradients that a node has computed.

    Raises:
        RuntimeError: naming the node and the input.
    """
    for index, result in enumerate(results):
        if isinstance(result, Tensor) and np.isnan(result._array).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {index}th output.")
