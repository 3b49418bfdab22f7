"""Types for annotations: ``torch.types``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, TypeAlias

from . import tensor
from .device import device
from .dtypes import dtype

Number: TypeAlias = int | float | bool
Device: TypeAlias = device | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
_int, _float, _bool = int, float, bool
_dtype, _device, _layout = dtype, device, tensor.layout
_size: TypeAlias = tensor.Size | list[int] | tuple[int, ...]
_TensorOrTensors: TypeAlias = tensor.Tensor | Sequence[tensor.Tensor]
