"""``torch.nn.modules.fold``: the place of `Fold`, `Unfold`."""

from .rearranging import Fold as Fold
from .rearranging import Unfold as Unfold
