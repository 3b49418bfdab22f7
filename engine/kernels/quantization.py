"""Numbers rounded to a grid, as quantization would leave them, and which of them lie on it."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def fake_quantize(
    self: Array, scale: Array, zero_point: Array, quant_min: int, quant_max: int, inside: bool
) -> tuple[Array, Array]:
    """Quantized with ``scale`` and ``zero_point``, which broadcast to the numbers, and back again; and where that
    is not cut at ``quant_min`` or ``quant_max``. With ``inside`` the zero point is added before rounding."""
    kind = np.float64 if self.dtype == np.float64 else np.float32
    scale = np.asarray(scale, np.float32)
    x, step, zero = self.astype(kind), scale.astype(kind), np.asarray(zero_point).astype(kind)
    with np.errstate(all="ignore"):
        x = x * (np.float32(1) / scale).astype(kind)
        q = np.rint(x + zero) if inside else np.rint(x) + zero
        cut = np.fmin(np.fmax(q, quant_min), quant_max)  # NaN becomes quant_min
        return ((cut - zero) * step).astype(self.dtype), (q >= quant_min) & (q <= quant_max)
