"""``torch.nn.modules.upsampling``: the place of `Upsample`, `UpsamplingBilinear2d`, `UpsamplingNearest2d`."""

from .rearranging import Upsample as Upsample
from .rearranging import UpsamplingBilinear2d as UpsamplingBilinear2d
from .rearranging import UpsamplingNearest2d as UpsamplingNearest2d
