"""Modules on several devices.  Source: ``torch.nn.parallel``."""

from __future__ import annotations

from typing import Any

from ..modules.module import Module
from .distributed import DistributedDataParallel as DistributedDataParallel


class DataParallel(Module):
    """A module whose batches are divided among GPUs; where there is none, as here, it is just called.

    Args:
        module: is called.
        device_ids, output_device: no effect without GPUs.
        dim: along which batches would be divided.
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's value."""
        return self.module(*inputs, **kwargs)


DataParallel.__module__ = "torch.nn.parallel.data_parallel"
