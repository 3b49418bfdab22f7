"""``torch.backends.cudnn``: switches that notebooks set for repeatable runs; without cuDNN they change nothing."""

from __future__ import annotations

enabled = True
benchmark = False
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """False: every tensor is on the CPU."""
    return False


def version() -> None:
    """None: there is no cuDNN."""
