"""The class of masked tensors.  Source: ``torch.masked.maskedtensor``."""

from __future__ import annotations

from .core import MaskedTensor as MaskedTensor
from .core import is_masked_tensor as is_masked_tensor
