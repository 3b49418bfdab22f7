"""Running reductions."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..autograd.levels import holds, is_wrapped, written
from ..autograd.modes import GRAD
from ..checks import not_implemented
from ..declare.op import ALONG, COMPLEX, DIFFERENTIABLE, op
from ..dispatch.outputs import CASTABLE, SAME, Output
from ..dispatch.slow import cast
from ..dtypes import COMPUTED, bool_, bounds
from ..formulas.reduction import cumprod_tangent, logcumsumexp_tangent
from ..kernels import cumulative as kernels
from ..layout import wrap_dim
from ..return_types import named
from ..tensor import Tensor, written_zeros
from .creation import empty_like
from .joining import cat, stack
from .masking import where
from .parts import slice_

_OUT = Output(SAME.mismatch, follows=True)
_EXPECTED = Output("expected scalar_type {result.scalar_type} but found {out.scalar_type}")


def _check_running(name: str) -> Any:
    def check(self: Tensor, dim: int, dtype: Any) -> None:
        wrap_dim(dim, self.dim())
        if dtype is bool_:
            raise not_implemented(f"{name}_out_cpu")(dtype)

    return check


def _writes_of_running(self: Tensor, *_: Any) -> int:
    return 0 if self._array.ndim and self._array.size else 1  # which are copied, or filled


cumsum = op(
    "cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, dtype: kernels.cumsum(cast(self, dtype.numpy) if dtype else self, dim, dtype and dtype.numpy),
    self=lambda grad, self_scalar_type, dim: _reverse_cumsum(grad.to(self_scalar_type), dim),
    check=_check_running("cumsum"), inplace=True, out=_OUT, batch=ALONG,
    rows=True, writes=_writes_of_running,
)  # fmt: skip


def _reverse_cumsum(grad: Tensor, dim: int) -> Tensor:
    if grad.numel() <= 1 or grad.shape[dim] == 1:
        return grad
    return grad.flip((dim,)).cumsum(dim).flip((dim,))


cumprod = op(
    "cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    lambda self, dim, dtype: kernels.cumprod(cast(self, dtype.numpy) if dtype else self, dim, dtype and dtype.numpy),
    self=lambda grad, self, dim, result: _cumprod_backward(grad.to(self.dtype), self, dim, result),
    tangent=lambda self_t, self, result, dim: cumprod_tangent(
        self_t.to(result.dtype), self.to(result.dtype), result, dim),
    check=_check_running("cumprod"), inplace=True, out=_OUT, batch=ALONG, makes_real=False,
    rows=True, writes=_writes_of_running,
)  # fmt: skip


def _cumprod_backward(grad: Tensor, self: Tensor, dim: int, result: Tensor) -> Tensor:
    """The reverse running sum of ``grad * result``, over ``self``; term by term where an element is zero."""
    if self.numel() <= 1:
        return grad
    if not is_wrapped(grad, self, result) and holds((self != 0).all()):
        return _reverse_cumsum(result.conj() * grad, dim) / self.conj()
    if not is_wrapped(grad, self, result) and not GRAD.get():
        return _at_first_zero(grad, self, dim, result)
    conjugate = self.conj()
    parts = [
        (grad.narrow(dim, k, self.shape[dim] - k) * _without(conjugate, dim, k)).sum(dim)
        for k in range(self.shape[dim])
    ]
    if is_wrapped(grad, self, result):
        return stack(parts, dim)
    found = written_zeros(grad, self.shape)
    for k, part in enumerate(parts):
        found.select(dim, k).copy_(part)
    return found


def _at_first_zero(grad: Tensor, self: Tensor, dim: int, result: Tensor) -> Tensor:
    """As without zeros before the first one; there what follows times what lies before; nothing after it."""
    zero: Any = self == 0
    zeros: Any = zero.cumsum(dim)
    none, some = zeros == 0, zeros != 0
    early = _reverse_cumsum((result.conj() * grad).masked_fill(some, 0), dim) / self.conj()
    first = zero.logical_and(zeros == 1)
    after = self.masked_fill(none.logical_or(first), 1).cumprod(dim).conj()
    before = self.masked_fill(some, 1).prod(dim, True).conj()
    at_zero = (grad.masked_fill(none, 0) * after).sum(dim, True) * before
    return at_zero.where(first, early.masked_fill(some, 0))


def _without(self: Tensor, dim: int, k: int) -> Tensor:
    """The running products from element ``k`` on, without that one."""
    n = self.shape[dim]
    before = self.narrow(dim, 0, k).prod(dim, True) if k else self.new_ones(self.narrow(dim, 0, 1).shape)
    if k == n - 1:
        return before
    after = self.narrow(dim, k + 1, n - k - 1).cumprod(dim)
    return cat([before, before.expand_as(after) * after if k else after], dim)


def _check_dim(self: Tensor, dim: int) -> None:
    wrap_dim(dim, self.dim())


def _extreme(name: str, kernel: Any) -> Any:
    """Declare ``cummax`` or ``cummin``."""

    def check(self: Tensor, dim: int) -> None:
        if not self.dim() and dim not in (-1, 0):
            raise IndexError(f"{name}(): Expected reduction dim -1 or 0 for scalar but got {dim}")
        _check_dim(self, dim)

    return op(
        f"{name}(Tensor self, int dim) -> (Tensor values, Tensor indices)", kernel,
        self=lambda grad, self, indices, dim: written(
            written_zeros(grad, self.shape), "scatter_add", dim, indices, grad),
        tangent=lambda self_t, dim, indices: self_t.gather(dim, indices),
        check=check, dtypes=frozenset(COMPUTED) - COMPLEX, unsupported=not_implemented(f"{name}_cpu"),
        returns=named(name, "values", "indices"), out=_EXPECTED, batch=ALONG,
        rows=True, writes=1,
    )  # fmt: skip


cummax = _extreme("cummax", kernels.cummax)
cummin = _extreme("cummin", kernels.cummin)
logcumsumexp = op(
    "logcumsumexp(Tensor self, int dim) -> Tensor", kernels.logcumsumexp,
    self=lambda grad, self, result, dim: _logcumsumexp_backward(grad, self, result, dim),
    tangent=lambda self_t, self, dim: logcumsumexp_tangent(self_t, self, dim),
    check=_check_dim, dtypes=DIFFERENTIABLE, unsupported=not_implemented("logcumsumexp_out_cpu"), out=_EXPECTED,
    batch=ALONG,
    rows=True,
)  # fmt: skip


def _logcumsumexp_backward(grad: Tensor, self: Tensor, result: Tensor, dim: int) -> Tensor:
    """``exp(self)`` times the reverse running sum of ``grad * exp(-result)``, by logarithms; signs apart if real."""
    if not self.dim() or not self.numel():
        return grad

    def weighed(logarithm: Tensor) -> Tensor:
        return ((logarithm - result).flip((dim,)).logcumsumexp(dim).flip((dim,)) + self).exp()

    nothing = bounds(grad._dtype.to_real())[0]  # its differences are finite, unlike those of infinity
    if grad._dtype.is_complex:
        return weighed(grad.conj().log().masked_fill(grad == 0, nothing)).conj()
    size = grad.abs().log()
    return weighed(where(grad > 0, size, nothing)) - weighed(where(grad < 0, size, nothing))


# Differences and integrals.


def _check_diff(self: Tensor, n: int, dim: int, prepend: Tensor | None, append: Tensor | None) -> None:
    if self.dim() == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, self.dim())
    for one in (prepend, append):
        if one is None:
            continue
        if one.dim() != self.dim():
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
        for d, (size, given) in enumerate(zip(self.shape, one.shape, strict=True)):
            if d != dim and size != given:
                raise RuntimeError(
                    "diff expects the shape of tensor to prepend or append to match that of input except along the "
                    f"differencing dimension; input.size({d}) = {size}, but got tensor.size({d}) = {given}"
                )


def _diff(self: Tensor, n: int, dim: int, prepend: Tensor | None, append: Tensor | None) -> Tensor:
    if n == 0:
        return empty_like(self).copy_(self)
    given = [one for one in (prepend, self, append) if one is not None]
    found = cat(given, dim) if len(given) > 1 else self
    for _ in range(min(n, found.shape[dim])):
        size = found.shape[dim]
        earlier, later = found.narrow(dim, 0, max(size - 1, 0)), found.narrow(dim, min(1, size), max(size - 1, 0))
        found = later.logical_xor(earlier) if found._dtype is bool_ else later - earlier
    return found


diff = op(
    "diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
    composite=_diff, check=_check_diff, out=Output(
        choose=lambda self, n, *_: CASTABLE if n else dataclasses.replace(_EXPECTED, counts_resizing=True)
    ),
)  # fmt: skip


def _neighbours(y: Tensor, dim: int) -> Tensor:
    """The sum of each element and the next."""
    return slice_(y, dim, 0, -1) + slice_(y, dim, 1)


def _spacing(name: str, y: Tensor, x: Tensor, dim: int) -> Tensor:
    """How far apart the sample points are, in a shape that broadcasts with the samples."""
    if x.dim() == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        x = x.view([-1 if d == dim % y.dim() else 1 for d in range(y.dim())])
    elif x.dim() < y.dim():
        x = x.view([*(1,) * (y.dim() - x.dim()), *x.shape])
    before = slice_(x, dim, 0, -1)  # first, as backward adds up in the opposite order
    return slice_(x, dim, 1) - before


def _check_samples(name: str, y: Tensor, dim: int) -> None:
    wrap_dim(dim, y.dim())
    if name == "trapezoid":
        wrap_dim(dim, y.dim(), scalar=False)
    if y._dtype is bool_:
        raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")


def _integral(name: str, kind: str, dx: str = "Scalar") -> Any:
    """Declare an integral by the trapezoidal rule, of samples at points or at a distance."""

    def at_points(y: Tensor, x: Tensor, dim: int) -> Tensor:
        if bool_ in (x._dtype, y._dtype):
            raise RuntimeError(f"{kind}: received a bool input for `x` or `y`, but bool is not supported")
        dim = wrap_dim(dim, y.dim())  # in the points, too, whatever their number of dimensions
        _check_samples(kind, y, dim)
        if kind == "trapezoid" and y.shape[dim] == 0:
            return y.new_zeros([n for d, n in enumerate(y.shape) if d != dim])
        spread = _neighbours(y, dim) * _spacing(kind, y, x, dim)
        return (spread.sum(dim) if kind == "trapezoid" else spread.cumsum(dim)) / 2.0

    def at_distance(y: Tensor, dx: complex, dim: int) -> Tensor:
        _check_samples(kind, y, dim)
        if isinstance(dx, complex):
            raise RuntimeError(f"{kind}: Currently, we only support dx as a real number.")
        n = y.shape[dim] if y.dim() else 1
        if n == 0 and kind == "trapezoid":
            return y.new_zeros([n for d, n in enumerate(y.shape) if d != dim % y.dim()])
        if kind == "trapezoid":
            return (y.sum(dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5) * dx
        return (_neighbours(y, dim) * (dx / 2.0)).cumsum(dim)

    forms: list[tuple[str, Any]] = [
        (f"{name}.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", at_points),
        (f"{name}.dx(Tensor y, *, {dx} dx=1, int dim=-1) -> Tensor", at_distance),
    ]
    found = [op(form, composite=composite, method=False) for form, composite in forms[:: -1 if dx == "float" else 1]]
    return found[-1]


trapezoid = _integral("trapezoid", "trapezoid")
trapz = _integral("trapz", "trapezoid", "float")
cumulative_trapezoid = _integral("cumulative_trapezoid", "cumulative_trapezoid")
