"""Fourier transforms of windows of a signal, and back: ``torch.stft`` and ``torch.istft``."""

from __future__ import annotations

from typing import Any

from ..dispatch.overrides import overridable_function
from ..dtypes import bfloat16, float16
from ..layout import wrap_dim
from ..tensor import Tensor
from ..warning import warn
from .conversion import view_as_complex, view_as_real
from .creation import full
from .fft import _fft_c2c, _fft_c2r, _fft_r2c
from .padding import CIRCULAR, REFLECT, REPLICATE, constant_pad_nd
from .parts import slice_, unfold_backward

_MARGINS = {"reflect": REFLECT, "replicate": REPLICATE, "circular": CIRCULAR}
_NO_WINDOW = "A window was not provided. A rectangular window will be applied"
_SUPPRESS = (
    "To suppress this warning and use a rectangular window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
)


def _shown(name: str, input: str, **options: Any) -> str:
    """The call as the errors of torch show it."""
    texts = []
    for key, value in options.items():
        if isinstance(value, Tensor):
            shown = f"{value.type()}{{{list(value.shape)}}}"
        else:
            shown = str(int(value)) if isinstance(value, bool) else str(value)
        texts.append(f"{key}={shown}")
    return f"{name}({input}, {', '.join(texts)})"


def _full_window(window: Tensor, n_fft: int) -> Tensor:
    """The window in the middle of zeros."""
    missing = n_fft - window.shape[0]
    return constant_pad_nd(window, (missing // 2, missing - missing // 2), 0) if missing else window


@overridable_function(2)
def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """The frequencies in windows of a signal.

    Args:
        input: ``(L,)`` or ``(B, L)``, floating or complex.
        n_fft: the length of a transform.
        hop_length: the distance of windows, by default ``n_fft // 4``.
        win_length: how much of a window counts, by default all.
        window: ``(win_length,)``, by default ones.
        center: whether window ``t`` is around ``t * hop_length``, for which the signal gets a margin.
        pad_mode: of the margin, as ``nn.functional.pad`` has it.
        normalized: divide by the root of ``n_fft``.
        onesided: leave out what follows by symmetry, by default of real signals.
        return_complex: must be given for real signals; without it, the last dimension is of two real numbers.
        align_to_window: without ``center``, let the first window, not the first transform, start with the signal.

    Returns:
        ``(B?, N, T)``: ``N`` frequencies in ``T`` windows.

    Raises:
        RuntimeError: for what does not fit together.

    Source: ``torch.stft``.
    """
    if align_to_window is not None and center:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if center:
        shape = (*(1,) * (3 - input.dim()), *input.shape)
        margins = (n_fft // 2, n_fft // 2)
        extended = input.view(shape)
        if pad_mode == "constant":
            extended = constant_pad_nd(extended, margins, 0)
        else:
            extended = _MARGINS[pad_mode][0](extended, margins)
        input = extended.view(tuple(extended.shape)[3 - input.dim() :])
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    is_complex = input.is_complex() or (window is not None and window.is_complex())

    def refuse(why: str) -> None:
        call = _shown(
            "stft", f"{input.type()}{list(input.shape)}", n_fft=n_fft, hop_length=hop, win_length=length, window=window,
            normalized=normalized, onesided=onesided, return_complex=return_complex, align_to_window=align_to_window,
        )  # fmt: skip
        raise RuntimeError(f"{call} : expected {why}")

    if window is None:
        warn(
            f"{_NO_WINDOW},which is known to cause spectral leakage. Other windows such as torch.hann_window or "
            f"torch.hamming_window are recommended to reduce spectral leakage.{_SUPPRESS}",
            once=True,
        )
    if return_complex is None and not is_complex:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further require that "
            "return_complex=True in a future PyTorch release."
        )
    if not (input.is_floating_point() or input.is_complex()):
        refuse("a tensor of floating point or complex values")
    if not 1 <= input.dim() <= 2:
        refuse("a 1D or 2D tensor")
    if return_complex is False:
        warn(
            "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex "
            "tensors for all inputs, and return_complex=False will raise an error.\nNote: you can still call "
            "torch.view_as_real on the complex output to recover the old return format.",
            once=True,
        )
    signal = input if input.dim() == 2 else input.unsqueeze(0)
    count = signal.shape[1]
    needed = length if align_to_window else n_fft
    if not n_fft > 0 or needed > count:
        refuse(f"0 < n_fft < {count}, but got n_fft={n_fft}")
    if hop <= 0:
        refuse(f"hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        refuse(f"0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and tuple(window.shape) != (length,):
        refuse(
            f"a 1D window tensor of size equal to win_length={length}, but got window with size {list(window.shape)}"
        )
    if align_to_window:
        margin = (n_fft - length) // 2
        signal = constant_pad_nd(signal, (margin, n_fft - length - margin), 0)
        count = signal.shape[1]
    frames = 1 + (count - n_fft) // hop
    strides = signal.stride()
    framed = signal.as_strided((signal.shape[0], frames, n_fft), (strides[0], hop * strides[1], strides[1]))
    if window is None and length < n_fft:
        window = full((length,), 1, dtype=input.dtype)
    if window is not None:
        framed = framed * _full_window(window, n_fft)
    if framed.is_complex() and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    scale = 1 if normalized else 0
    if framed.is_complex():
        found = _fft_c2c(framed, (framed.dim() - 1,), scale, True)
    else:
        if framed._dtype in (float16, bfloat16):
            raise RuntimeError(f"MKL FFT doesn't support tensors of type: {framed._dtype.scalar_type}")
        found = _fft_r2c(framed, (framed.dim() - 1,), scale, onesided is None or onesided)
    found.transpose_(1, 2)
    if input.dim() == 1:
        found.squeeze_(0)
    return view_as_real(found) if return_complex is False else found


@overridable_function(2)
def istft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The signal whose windows have these frequencies; the inverse of `stft`, with its options.

    Args:
        input: ``(B?, N, T)``, complex.
        length: of the signal, by default what the windows cover.
        return_complex: whether the signal is complex.

    Raises:
        RuntimeError: for what does not fit together, and for windows whose sum has zeros.

    Source: ``torch.istft``.
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    size = n_fft if win_length is None else win_length
    named = str(input.dtype).removeprefix("torch.")
    kind = {"complex64": "ComplexFloat", "complex128": "ComplexDouble", "float32": "Float", "float64": "Double"}
    call = _shown(
        "istft", f"CPU{kind.get(named, named)}Type{list(input.shape)}", n_fft=n_fft, hop_length=hop, win_length=size,
        window=window, center=center, normalized=normalized, onesided=onesided, length=length,
        return_complex=return_complex,
    )  # fmt: skip
    if window is None:
        warn(
            f"{_NO_WINDOW}.Please provide the same window used by stft to make the inversion lossless.{_SUPPRESS}",
            once=True,
        )
    if not input.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    wrap_dim(-3, input.dim() + 1)
    frames, frequencies = input.shape[-1], input.shape[-2]
    if not input.numel():
        raise RuntimeError(f"{call} : input tensor cannot be empty.")
    if input.dim() not in (2, 3):
        raise RuntimeError(f"{call} : expected a tensor with 3 or 4 dimensions, but got {input.dim() + 1}")
    halved = frequencies != n_fft if onesided is None else onesided
    if halved and frequencies != n_fft // 2 + 1:
        raise RuntimeError(
            f"{call} : expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 "
            f"when onesided=True, but got {frequencies}"
        )
    if not halved and frequencies != n_fft:
        raise RuntimeError(
            f"{call} : expected the frequency dimension (3rd to the last) of the input tensor to match n_fft when "
            f"onesided=False, but got {frequencies}"
        )
    if window is not None and window.is_complex() and not return_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    if not 0 < hop <= size:
        raise RuntimeError(f"{call} : expected 0 < hop_length <= win_length")
    if not 0 < size <= n_fft:
        raise RuntimeError(f"{call} : expected 0 < win_length <= n_fft")
    if window is not None and tuple(window.shape) != (size,):
        raise RuntimeError(f"{call} : Invalid window shape. window has to be 1D and length of `win_length`")
    if window is None:
        window = full((size,), 1, dtype=input.real.dtype)
    window = _full_window(window, n_fft)
    parts = view_as_real(input)
    columns = (parts if input.dim() == 3 else parts.unsqueeze(0)).transpose(1, 2)
    spectra = view_as_complex(columns)
    scale = 1 if normalized else 2
    if return_complex:
        if halved:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        pieces = _fft_c2c(spectra, (spectra.dim() - 1,), scale, False)
    else:
        if not halved:
            spectra = spectra.narrow(-1, 0, n_fft // 2 + 1)
        pieces = _fft_c2r(spectra, (spectra.dim() - 1,), scale, n_fft)
    covered = n_fft + hop * (frames - 1)
    weighted = pieces * window.view((1, 1, n_fft))
    signal = unfold_backward(weighted, (weighted.shape[0], covered), 1, n_fft, hop)
    squares = window.pow(2).expand((1, frames, n_fft))
    envelope = unfold_backward(squares, (1, covered), 1, n_fft, hop)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else covered - n_fft // 2 if center else covered
    signal, envelope = slice_(signal, 1, start, end), slice_(envelope, 1, start, end)
    if not envelope.abs().min().item() > 1e-11:
        raise RuntimeError(f"{call} window overlap add min: 1\n[ CPUBoolType{{}} ]")
    signal = signal / envelope
    if input.dim() == 2:
        signal = signal.squeeze(0)
    if end > covered:
        warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. "
            "Please check your center and hop_length settings."
        )
        signal = constant_pad_nd(signal, (0, end - covered), 0)
    return signal


Tensor.stft, Tensor.istft = stft, istft
