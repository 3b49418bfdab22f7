"""``torch.autograd``: the names that cells use."""

from . import graph
from .api import backward, grad
from .modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled

# Last, as it needs the operations, which need the modules above.
from ..legacy import Variable  # isort: skip

__all__ = ["Variable", "backward", "enable_grad", "grad", "graph", "is_grad_enabled", "no_grad", "set_grad_enabled"]
