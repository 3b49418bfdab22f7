"""``torch.nn.modules.pixelshuffle``: the place of `PixelShuffle`, `PixelUnshuffle`."""

from .rearranging import PixelShuffle as PixelShuffle
from .rearranging import PixelUnshuffle as PixelUnshuffle
