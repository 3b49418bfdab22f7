"""``torch.utils``."""

from . import backcompat as backcompat
from . import deterministic as deterministic
from . import dlpack as dlpack
from . import hooks as hooks
from .swap import swap_tensors as swap_tensors
