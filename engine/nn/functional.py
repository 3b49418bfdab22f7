"""Functions on tensors that networks are made of.

Source: ``torch.nn.functional``.
"""

from __future__ import annotations

from ..ops.matmul import bilinear as bilinear
from ..ops.matmul import linear as linear
