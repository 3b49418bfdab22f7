"""``torch.autograd.variable``: an older place of `Variable`."""

from ..legacy import Variable as Variable
