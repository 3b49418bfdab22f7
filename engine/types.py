"""Types for annotations: ``torch.types``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, TypeAlias

from .device import device
from .dtypes import dtype
from .layout import Size, layout
from .tensor import Tensor

Number: TypeAlias = int | float | bool
Device: TypeAlias = device | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
_int, _float, _bool = int, float, bool
_dtype, _device, _layout = dtype, device, layout
_size: TypeAlias = Size | list[int] | tuple[int, ...]
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
