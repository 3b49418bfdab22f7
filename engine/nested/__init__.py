"""Tensors of tensors of several sizes: ``torch.nested``.

A nested tensor is a list of tensors, its parts, each with a history of its own (``tensors.py``).  An operation is done
to all parts, one after the other (``functions.py``); what torch has none of, is refused.

Source: ``torch.nested``.
"""

from .construction import as_nested_tensor as as_nested_tensor
from .construction import masked_select as masked_select
from .construction import narrow as narrow
from .construction import nested_tensor as nested_tensor
from .construction import nested_tensor_from_jagged as nested_tensor_from_jagged
from .construction import to_padded_tensor as to_padded_tensor

__all__ = [
    "as_nested_tensor", "masked_select", "narrow", "nested_tensor", "nested_tensor_from_jagged", "to_padded_tensor",
]  # fmt: skip
