"""``torch.utils``."""

from . import _pytree as _pytree
from . import backcompat as backcompat
from . import checkpoint as checkpoint
from . import data as data
from . import deterministic as deterministic
from . import dlpack as dlpack
from . import hooks as hooks
from .swap import swap_tensors as swap_tensors
