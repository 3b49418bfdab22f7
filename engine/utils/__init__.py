"""``torch.utils``."""

from . import backcompat as backcompat
from .swap import swap_tensors as swap_tensors
