"""Discrete Fourier transforms: ``torch.fft``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..checks import not_implemented
from ..declare.op import op
from ..dispatch.outputs import Output
from ..dtypes import COMPLEX_DTYPES, FLOATING, FLOATING_DTYPES, bfloat16, dtype, float16, get_default_dtype
from ..kernels import fft as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from .creation import check_sizes, factory
from .padding import constant_pad_nd
from .shape import roll

Dims = Sequence[int] | None

_NONE, _ROOT, _COUNT = 0, 1, 2
"""What a transform is divided by: nothing, the root of the number of elements, the number."""

_fft_c2c = op(
    "_fft_c2c(Tensor self, SymInt[] dim, int normalization, bool forward) -> Tensor", kernels.complex_to_complex,
    self=lambda grad, dim, normalization, forward: _fft_c2c(grad, dim, normalization, not forward),
    node="FftC2CBackward0", method=False,
)  # fmt: skip
_fft_r2c = op(
    "_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided) -> Tensor", kernels.real_to_complex,
    self=lambda grad, self, dim, normalization, onesided: _r2c_backward(
        grad, self.shape, dim, normalization, onesided
    ),
    node="FftR2CBackward0", method=False,
)  # fmt: skip
_fft_c2r = op(
    "_fft_c2r(Tensor self, int[] dim, int normalization, SymInt last_dim_size) -> Tensor", kernels.complex_to_real,
    self=lambda grad, dim, normalization: _c2r_backward(grad, dim, normalization),
    node="FftC2RBackward0", method=False,
)  # fmt: skip


def _r2c_backward(grad: Tensor, sizes: Sequence[int], dim: Sequence[int], normalization: int, onesided: bool) -> Tensor:
    """The real part of the transform back, of one side with zeros for the other."""
    full = _resized(grad, dim[-1:], (sizes[dim[-1]],)) if onesided else grad
    return _fft_c2c(full, dim, normalization, False).real


def _c2r_backward(grad: Tensor, dim: Sequence[int], normalization: int) -> Tensor:
    """The transform of one side; what stands for an element of the other side too counts twice."""
    found = _fft_r2c(grad, dim, normalization, True)
    twice = grad.shape[dim[-1]] - found.shape[dim[-1]]
    if twice > 0:
        found.narrow(dim[-1], 1, twice).mul_(2)
    return found


def _resized(self: Tensor, dims: Sequence[int], points: Sequence[int]) -> Tensor:
    """Cut, or filled up with zeros, along dimensions; -1 points leave one as it is."""
    pads = [0] * (2 * self.dim())
    for dim, n in zip(dims, points, strict=True):
        size = self.shape[dim]
        if n == -1 or n == size:
            continue
        if n < size:
            self = self.narrow(dim, 0, n)
        else:
            pads[-2 * wrap_dim(dim, self.dim()) - 1] = n - size
    return constant_pad_nd(self, tuple(pads), 0) if any(pads) else self


def _promoted(self: Tensor, *, to_complex: bool = False) -> Tensor:
    if self._dtype in (float16, bfloat16):
        raise RuntimeError(f"Unsupported dtype {self._dtype.scalar_type}")
    d = self._dtype if self._dtype.category >= FLOATING else get_default_dtype()
    return self.to(d.to_complex() if to_complex else d)


def _normalization(norm: str | None, forward: bool) -> int:
    if norm in (None, "backward"):
        return _NONE if forward else _COUNT
    if norm == "forward":
        return _COUNT if forward else _NONE
    if norm == "ortho":
        return _ROOT
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _check_points(n: int) -> None:
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")


# Along one dimension.


def _place(self: Tensor, dim: int) -> int:
    return wrap_dim(dim, self.dim(), scalar=False)


def _line(self: Tensor, n: int | None, dim: int) -> tuple[Tensor, int]:
    """The input with so many points along a dimension, and that dimension counted from the front."""
    dim = _place(self, dim)
    points = self.shape[dim] if n is None else n
    _check_points(points)
    return _resized(self, (dim,), (points,)), dim


def _transform(forward: bool) -> Callable[..., Tensor]:
    def composite(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
        given = _promoted(self)
        scale = _normalization(norm, forward)
        line, dim = _line(given, n, dim)
        if given._dtype.is_complex:
            return _fft_c2c(line, (dim,), scale, forward)
        found = _fft_r2c(line, (dim,), scale, False)
        return found if forward else found.conj()

    return composite


def _one_sided(name: str, forward: bool) -> Callable[..., Tensor]:
    def composite(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
        if self._dtype.is_complex:
            raise RuntimeError(f"{name} expects a real input tensor, but got {self._dtype.scalar_type}")
        line, dim = _line(_promoted(self), n, dim)
        found = _fft_r2c(line, (dim,), _normalization(norm, forward), True)
        return found if forward else found.conj()

    return composite


def _to_real(forward: bool) -> Callable[..., Tensor]:
    def composite(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
        given = _promoted(self, to_complex=True)
        dim = _place(self, dim)
        points = 2 * (given.shape[dim] - 1) if n is None else n
        _check_points(points)
        line = _resized(given, (dim,), (points // 2 + 1,))
        return _fft_c2r(line.conj() if forward else line, (dim,), _normalization(norm, forward), points)

    return composite


def _out(kind: str, dtypes: frozenset[dtype], *, columns: bool = False) -> Callable[[str], Output]:
    wrong = "{} expects a {} output tensor, but got {{out.scalar_type}}"
    return lambda name: Output(wrong.format(name, kind), besides=tuple(dtypes), columns=columns)


_REAL_OUT, _COMPLEX_OUT = _out("floating point", FLOATING_DTYPES), _out("complex", COMPLEX_DTYPES)
_ONE_LINE = Output("Found dtype {result.scalar_type} but expected {out.scalar_type}", ignored=True)
_LINE = "(Tensor self, SymInt? n=None, int dim=-1, str? norm=None) -> Tensor"
fft_fft = op(f"fft_fft{_LINE}", composite=_transform(True), out=_COMPLEX_OUT("fft"), method=False)
fft_ifft = op(f"fft_ifft{_LINE}", composite=_transform(False), out=_COMPLEX_OUT("ifft"), method=False)
fft_rfft = op(f"fft_rfft{_LINE}", composite=_one_sided("rfft", True), out=_COMPLEX_OUT("rfft"), method=False)
fft_irfft = op(f"fft_irfft{_LINE}", composite=_to_real(False), out=_REAL_OUT("irfft"), method=False)
fft_hfft = op(f"fft_hfft{_LINE}", composite=_to_real(True), out=_REAL_OUT("hfft"), method=False)
fft_ihfft = op(
    f"fft_ihfft{_LINE}",
    composite=_one_sided("ihfft", False),
    out=_out("complex", COMPLEX_DTYPES, columns=True)("ihfft"),
    method=False,
)

# Along several dimensions.


def _grid(self: Tensor, s: Dims, dim: Dims) -> tuple[tuple[int, ...], list[int]]:
    """The dimensions and how many points each has."""
    if dim is not None:
        if dim:
            _place(self, dim[0])
        dims = tuple(wrap_dim(one, self.dim()) for one in dim)
        if len(set(dims)) != len(dim):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(dims):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    elif s is not None:
        if len(s) > self.dim():
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {self.dim()} dimensions.")
        dims = tuple(range(self.dim() - len(s), self.dim()))
    else:
        dims = tuple(range(self.dim()))
    sizes = [self.shape[d] if s is None or s[k] == -1 else s[k] for k, d in enumerate(dims)]
    return dims, sizes


def _filled(self: Tensor, dims: Sequence[int], sizes: Sequence[int]) -> Tensor:
    for n in sizes:
        _check_points(n)
    return _resized(self, dims, sizes)


def _transform_grid(forward: bool) -> Callable[..., Tensor]:
    def composite(self: Tensor, s: Dims, dim: Dims, norm: str | None) -> Tensor:
        dims, sizes = _grid(self, s, dim)
        grid = _filled(_promoted(self, to_complex=True), dims, sizes)
        return _fft_c2c(grid, dims, _normalization(norm, forward), forward)

    return composite


def _one_sided_grid(name: str, forward: bool) -> Callable[..., Tensor]:
    def composite(self: Tensor, s: Dims, dim: Dims, norm: str | None) -> Tensor:
        if self._dtype.is_complex and forward:
            raise RuntimeError(f"{name} expects a real-valued input tensor, but got {self._dtype.scalar_type}")
        if self._dtype.is_complex:
            raise RuntimeError(f"Only supports floating-point dtypes, but found: {self._dtype.scalar_type}")
        dims, sizes = _grid(self, s, dim)
        if not dims:
            raise RuntimeError(f"{name} must transform at least one axis")
        grid = _filled(_promoted(self), dims, sizes)
        scale = _normalization(norm, forward)
        if forward:
            return _fft_r2c(grid, dims, scale, True)
        found = _fft_r2c(grid, dims[-1:], scale, True)
        return _fft_c2c(found.conj_physical(), dims[:-1], scale, False) if len(dims) > 1 else found.conj()

    return composite


def _to_real_grid(name: str, forward: bool) -> Callable[..., Tensor]:
    def composite(self: Tensor, s: Dims, dim: Dims, norm: str | None) -> Tensor:
        dims, sizes = _grid(self, s, dim)
        if not dims:
            raise RuntimeError(f"{name} must transform at least one axis")
        points = sizes[-1] if s is not None and s[-1] != -1 else 2 * (self.shape[dims[-1]] - 1)
        _check_points(points)
        grid = _filled(_promoted(self, to_complex=True), dims, [*sizes[:-1], points // 2 + 1])
        scale = _normalization(norm, forward)
        if not forward:
            return _fft_c2r(grid, dims, scale, points)
        rest = _fft_c2c(grid, dims[:-1], scale, True) if len(dims) > 1 else grid
        return _fft_c2r(rest.conj(), dims[-1:], scale, points)

    return composite


def _over_grid(name: str, composite: Callable[..., Tensor]) -> tuple[Any, Any]:
    """Declare a transform over two dimensions, and over any."""
    out = (_REAL_OUT if name in ("irfft", "hfft") else _COMPLEX_OUT)("fftn" if name == "ifft" else f"{name}n")
    if name == "ihfft":
        out = replace(out, choose=lambda self, s, dim, norm: _ONE_LINE if len(_grid(self, s, dim)[0]) == 1 else out)
    return (
        op(
            f"fft_{name}2(Tensor self, SymInt[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor",
            composite=composite, out=out, method=False,
        ),
        op(
            f"fft_{name}n(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
            composite=composite, out=out, method=False,
        ),
    )  # fmt: skip


fft_fft2, fft_fftn = _over_grid("fft", _transform_grid(True))
fft_ifft2, fft_ifftn = _over_grid("ifft", _transform_grid(False))
fft_rfft2, fft_rfftn = _over_grid("rfft", _one_sided_grid("rfftn", True))
fft_irfft2, fft_irfftn = _over_grid("irfft", _to_real_grid("irfftn", False))
fft_hfft2, fft_hfftn = _over_grid("hfft", _to_real_grid("hfftn", True))
fft_ihfft2, fft_ihfftn = _over_grid("ihfft", _one_sided_grid("ihfftn", False))

# The order of frequencies.


def _shift(sign: int) -> Callable[..., Tensor]:
    def composite(self: Tensor, dim: Dims) -> Tensor:
        dims = tuple(range(self.dim())) if dim is None else tuple(dim)
        sizes = [self.size(d) for d in dims]
        return roll(self, [n // 2 if sign > 0 else (n + 1) // 2 for n in sizes], dims)

    return composite


fft_fftshift = op("fft_fftshift(Tensor self, int[1]? dim=None) -> Tensor", composite=_shift(1), method=False)
fft_ifftshift = op("fft_ifftshift(Tensor self, int[1]? dim=None) -> Tensor", composite=_shift(-1), method=False)


def _check_frequencies(name: str) -> Callable[..., None]:
    def check(n: int, d: float, dtype: dtype) -> None:
        if not (dtype.is_floating_point or dtype.is_complex):
            raise RuntimeError(f"{name} requires a floating point or complex dtype")
        if dtype.is_complex:
            raise not_implemented("arange_cpu")(dtype)
        check_sizes((n,))

    return check


fft_fftfreq = factory(
    "fft_fftfreq(int n, float d=1.0, *", kernels.frequencies, check=_check_frequencies("fftfreq"), method=False
)
fft_rfftfreq = factory(
    "fft_rfftfreq(int n, float d=1.0, *", kernels.one_sided_frequencies, check=_check_frequencies("rfftfreq"),
    method=False,
)  # fmt: skip
