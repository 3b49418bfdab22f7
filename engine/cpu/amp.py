"""The old names of ``torch.amp`` for the CPU.  Source: ``torch.cpu.amp``."""

from __future__ import annotations

from ..amp.of_device import old_names
from ..dtypes import bfloat16

autocast, GradScaler = old_names("cpu", bfloat16)
