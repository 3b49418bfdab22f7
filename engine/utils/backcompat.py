"""``torch.utils.backcompat``: switches for warnings about what changed long ago.

Torch keeps them, and warns no more.
"""

from __future__ import annotations


class Warning:
    """A switch that can be set and read."""

    __module__ = "torch.utils.backcompat"

    def __init__(self) -> None:
        self.enabled = False


broadcast_warning = Warning()
keepdim_warning = Warning()
