"""The order of dimensions of weights in memory.  Source: ``torch.nn.utils.memory_format``."""

from __future__ import annotations

from ...layout import memory_format as Format
from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module


def _convert(module: Module, kinds: tuple[type[Module], ...], memory_format: Format) -> Module:
    for one in module.modules():
        if isinstance(one, kinds):
            one.weight.data = one.weight.detach().clone(memory_format=memory_format)
    return module


def convert_conv2d_weight_memory_format(module: Module, memory_format: Format) -> Module:
    """Give the weights of all 2-d convolutions inside this order; returns the module."""
    return _convert(module, (Conv2d, ConvTranspose2d), memory_format)


def convert_conv3d_weight_memory_format(module: Module, memory_format: Format) -> Module:
    """Give the weights of all 3-d convolutions inside this order; returns the module."""
    return _convert(module, (Conv3d, ConvTranspose3d), memory_format)
