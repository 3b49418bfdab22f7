"""Masked tensors, and reductions and normalisations that leave out elements.  Source: ``torch.masked``."""

from __future__ import annotations

from .maskedtensor import operations as _operations  # noqa: F401  # what MaskedTensor does
from .maskedtensor.core import MaskedTensor as MaskedTensor
from .maskedtensor.core import as_masked_tensor as as_masked_tensor
from .maskedtensor.core import is_masked_tensor as is_masked_tensor
from .maskedtensor.core import masked_tensor as masked_tensor
from .ops import amax as amax
from .ops import amin as amin
from .ops import argmax as argmax
from .ops import argmin as argmin
from .ops import cumprod as cumprod
from .ops import cumsum as cumsum
from .ops import log_softmax as log_softmax
from .ops import logaddexp as logaddexp
from .ops import logsumexp as logsumexp
from .ops import mean as mean
from .ops import median as median
from .ops import norm as norm
from .ops import normalize as normalize
from .ops import prod as prod
from .ops import softmax as softmax
from .ops import softmin as softmin
from .ops import std as std
from .ops import sum as sum
from .ops import var as var
