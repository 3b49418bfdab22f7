"""Special functions: gamma, zeta, Bessel and error functions, entropies, orthogonal polynomials."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import DEFAULT, DIFFERENTIABLE, FLOATING, INT_TO_FLOAT, not_differentiable, op
from ..dispatch.outputs import Output
from ..dtypes import COMPUTED, FLOAT8, bfloat16, bool_, dtype, float16, get_default_dtype
from ..dtypes import FLOATING as FLOATING_CATEGORY
from ..kernels import bessel, bessel_modified
from ..kernels import special as kernels
from ..kernels.cumulative import log_add_exp
from ..tensor import Tensor
from .masking import where

_REAL = frozenset(d for d in COMPUTED if not d.is_complex)
_NOT_HALF = _REAL - {float16, bfloat16}


def _function(
    name: str,
    kernel: Callable[..., Any],
    formula: Callable[..., Any] | None = None,
    *,
    error: str = "",
    dtypes: frozenset[dtype] = _REAL,
    **rules: Any,
) -> Any:
    """Declare a function of one tensor; integral tensors are converted to the default float."""
    if formula is not None:
        rules["self"] = formula
    return op(
        f"{name}(Tensor self) -> Tensor", kernel, promote=INT_TO_FLOAT, dtypes=dtypes,
        unsupported=not_implemented(error or f"{name.removeprefix('special_')}_cpu"), out=True,
        method=not name.startswith("special_"), inplace=not name.startswith("special_"), **rules,
    )  # fmt: skip


# Gamma functions.

lgamma = _function("lgamma", kernels.lgamma, lambda grad, self: grad * digamma(self), error="lgamma_vml_cpu")
digamma = _function("digamma", kernels.scipy("psi"), lambda grad, self: grad * polygamma(1, self), error="digamma")


def _check_polygamma(n: int, self: Tensor) -> None:
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    if self._dtype.is_complex or self._dtype in FLOAT8:
        raise not_implemented({0: "digamma", 1: "trigamma"}.get(n, "polygamma"))(self._dtype)


polygamma = op(
    "polygamma(int n, Tensor self) -> Tensor", kernels.polygamma,
    self=lambda grad, n, self: grad * polygamma(n + 1, self),
    check=_check_polygamma, promote=INT_TO_FLOAT, structural=True, out=True,
)  # fmt: skip


def _method_polygamma(self: Tensor, n: int) -> Tensor:
    """`polygamma` of the tensor."""
    return polygamma(n, self)


Tensor.polygamma = _method_polygamma
_method_polygamma.__name__ = _method_polygamma.__qualname__ = "polygamma"
op(
    "polygamma_(Tensor(a!) self, int n) -> Tensor(a!)", lambda self, n: kernels.polygamma(n, self),
    self=lambda grad, self, n: grad * polygamma(n + 1, self), node="PolygammaBackward1",
    check=lambda self, n: _check_polygamma(n, self), promote=INT_TO_FLOAT, structural=True,
)  # fmt: skip


def _check_multigamma(self: Tensor, p: int) -> None:
    if self._dtype is bool_:
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")


def _unsupported_multigamma(d: dtype) -> Exception:
    return not_implemented("arange_cpu" if d.is_complex else "mvlgamma")(d)


def _multigamma_out(self: Tensor, p: int) -> Output:
    return Output(
        uncastable=f"mvlgamma: result type {self._dtype.scalar_type} can't be cast to the desired output type "
        "{result.scalar_type}"
    )


mvlgamma = op(
    "mvlgamma(Tensor self, int p) -> Tensor", kernels.multigammaln,
    self=lambda grad, self, p: _multigamma_backward(grad, self, p),
    check=_check_multigamma, promote=INT_TO_FLOAT, dtypes=_REAL, unsupported=_unsupported_multigamma,
    inplace=True, rows=True,
    out=Output(
        inplace="mvlgamma: result type {out.scalar_type} can't be cast to the desired output type {result.scalar_type}",
        choose=_multigamma_out,
    ),
)  # fmt: skip


def _multigamma_backward(grad: Tensor, self: Tensor, p: int) -> Tensor:
    shifts = self.new_tensor([-k / 2 for k in reversed(range(p))])
    return grad * digamma(shifts + self.unsqueeze(-1)).sum(-1)


def _incomplete(name: str, kernel: str, sign: int) -> Any:
    """Declare an incomplete gamma function, of which only the derivative by the second argument is known."""
    return op(
        f"{name}(Tensor self, Tensor other) -> Tensor", kernels.scipy(kernel),
        self=not_differentiable(f"the derivative for '{name}: input' is not implemented."),
        other=lambda grad, self, other: grad * sign * ((self - 1) * other.log() - other - lgamma(self)).exp(),
        promote=DEFAULT, dtypes=FLOATING, unsupported=not_implemented(f"{name}_cpu"), inplace=True, out=True,
        forward=False,
    )  # fmt: skip


igamma = _incomplete("igamma", "gammainc", 1)
igammac = _incomplete("igammac", "gammaincc", -1)


def _zeta(params: str, overload: str = "", **formulas: Any) -> Any:
    return op(
        f"special_zeta{overload}({params}) -> Tensor", kernels.scipy("zeta"), promote=INT_TO_FLOAT, dtypes=_NOT_HALF,
        unsupported=not_implemented("zeta_cpu"), method=False, out=True, forward=False, **formulas,
    )  # fmt: skip


_NO_ZETA = not_differentiable("the derivative for 'zeta' is not implemented.")
special_zeta = _zeta(
    "Tensor self, Tensor other", self=_NO_ZETA,
    other=lambda grad, self, other: grad * -self * special_zeta(self + 1.0, other),
)  # fmt: skip
special_zeta = _zeta(
    "Scalar self, Tensor other", ".self_scalar", node="SpecialZetaBackward1",
    other=lambda grad, self, other: grad * -self * special_zeta(float(self) + 1.0, other),
)  # fmt: skip
special_zeta = _zeta("Tensor self, Scalar other", ".other_scalar", self=_NO_ZETA, node="SpecialZetaBackward2")

# Error functions and the normal distribution.

erfinv = _function(
    "erfinv", kernels.erfinv,
    lambda grad, self: 0.5 * math.sqrt(math.pi) * self.erfinv().pow(2).exp() * grad, error="erfinv_vml_cpu",
)  # fmt: skip
special_erfcx = _function(
    "special_erfcx", kernels.scipy("erfcx"),
    lambda grad, self, result: (2.0 * self * result - 2.0 / math.sqrt(math.pi)) * grad, dtypes=_NOT_HALF,
)  # fmt: skip
special_ndtr = op(
    "special_ndtr(Tensor self) -> Tensor",
    composite=lambda self: ((self.to(_float(self)) * math.sqrt(0.5)).erf() + 1) * 0.5, out=True, method=False,
)  # fmt: skip


def _float(self: Tensor) -> Any:
    return self._dtype if self._dtype.category >= FLOATING_CATEGORY else get_default_dtype()


special_ndtri = _function(
    "special_ndtri", kernels.scipy("ndtri"),
    lambda grad, result: grad * math.sqrt(2 * math.pi) * (result.square() / 2).exp(), dtypes=_NOT_HALF,
)  # fmt: skip
special_log_ndtr = _function(
    "special_log_ndtr", kernels.log_ndtr,
    lambda grad, self, result: grad / math.sqrt(2 * math.pi) * (result + self.pow(2) / 2).neg().exp(),
    dtypes=_NOT_HALF,
)  # fmt: skip

# Entropies.

special_entr = _function("special_entr", kernels.scipy("entr"), lambda grad, self: grad * (-(1 + self.log())))


def _by_logarithm(name: str, kernel: Callable, overloads: tuple[str, str, str], least: float, **rules: Any) -> Any:
    """Declare ``xlogy`` or ``xlog1py``; ``least`` is where its logarithm's argument becomes zero."""
    shift = -least

    def for_self(grad: Tensor, self: Tensor, other: Any) -> Tensor:
        zero = self == 0.0
        edge = other <= least
        return logarithmic(grad, other).masked_fill(
            zero & edge if isinstance(other, Tensor) else zero & bool(edge), 0.0
        )

    def tangent(self_t: Tensor, other_t: Tensor, self: Tensor, other: Tensor) -> Tensor:
        zero = (self == 0.0) & (other <= least)
        own = mixed(self_t, other).masked_fill(zero, 0.0)
        return own + other_t * self / (other + shift if shift else other)

    def for_other(grad: Tensor, self: Any, other: Tensor) -> Tensor:
        return grad * self / (other + shift if shift else other)

    node = {"xlogy": "XlogyBackward", "special_xlog1py": "SpecialXlog1PyBackward"}[name]
    rules = {
        "promote": INT_TO_FLOAT,
        "dtypes": _REAL,
        "unsupported": not_implemented(f"{name.removeprefix('special_')}_cpu"),
        "out": True,
        **rules,
    }
    first, second, third = overloads
    mixed = op(
        f"{name}{first}(Tensor self, Tensor other) -> Tensor",
        kernel,
        self=for_self,
        other=for_other,
        tangent=tangent,
        node=f"{node}0",
        **rules,
    )
    op(
        f"{name}{second}(Scalar self, Tensor other) -> Tensor", kernel, other=for_other, node=f"{node}1",
        scalars="wrap", **rules
    )  # fmt: skip
    logarithmic = op(
        f"{name}{third}(Tensor self, Scalar other) -> Tensor", kernel, self=for_self, node=f"{node}2", scalars="wrap",
        **rules
    )  # fmt: skip
    return logarithmic


xlogy = _by_logarithm(
    "xlogy", kernels.xlogy, (".Tensor", ".Scalar_Self", ".Scalar_Other"), 0.0, inplace=True, stepwise=True
)
special_xlog1py = _by_logarithm(
    "special_xlog1py", kernels.xlog1py, ("", ".self_scalar", ".other_scalar"), -1.0, method=False, stepwise=True
)

# Bessel functions.

i0 = _function("i0", bessel_modified.i0, lambda grad, self: grad * special_i1(self), error="i0_vml_cpu")
special_i0e = _function(
    "special_i0e",
    bessel_modified.i0e,
    lambda grad, self, result: _i0e_backward(grad, self, result),
    error="i0e_cpu",
    node="SpecialI0EBackward0",
)
special_i1 = _function(
    "special_i1", bessel_modified.i1, lambda grad, self, result: _i1_backward(grad, self, result), error="i1_cpu"
)
special_i1e = _function(
    "special_i1e",
    bessel_modified.i1e,
    lambda grad, self, result: _i1e_backward(grad, self, result),
    error="i1e_cpu",
    node="SpecialI1EBackward0",
)


def _apart_from_zero(kernel: str, self: Tensor) -> tuple[Tensor, Tensor]:
    """Where the argument is large enough to divide by, and the argument with ones elsewhere."""
    if self.dtype in (float16, bfloat16):
        raise not_implemented(kernel)(self.dtype)
    large = self.abs() > float(np.finfo(self.dtype.numpy).eps)
    return large, where(large, self, self.new_ones(()))


def _i1_backward(grad: Tensor, self: Tensor, result: Tensor) -> Tensor:
    """``i0(x) - i1(x) / x``, a half at zero."""
    large, safe = _apart_from_zero("i1_backward", self)
    return grad * where(large, i0(safe) - result * safe.reciprocal(), self.new_full((), 0.5))


def _i0e_backward(grad: Tensor, self: Tensor, result: Tensor) -> Tensor:
    # In torch's order, which the sums of second derivatives keep: of signed zeros the first decides.
    own = self.sgn() * result
    return grad * (special_i1e(self) - own)


def _i1e_backward(grad: Tensor, self: Tensor, result: Tensor) -> Tensor:
    large, safe = _apart_from_zero("i1e_backward", self)
    change = special_i0e(safe) - result * (safe.sgn() + safe.reciprocal())
    return grad * where(large, change, self.new_full((), 0.5))


special_bessel_j0 = _function("special_bessel_j0", bessel.first_kind(0), dtypes=_NOT_HALF)
special_bessel_j1 = _function("special_bessel_j1", bessel.first_kind(1), dtypes=_NOT_HALF)
special_bessel_y0 = _function("special_bessel_y0", bessel.second_kind(0), dtypes=_NOT_HALF)
special_bessel_y1 = _function("special_bessel_y1", bessel.second_kind(1), dtypes=_NOT_HALF)
special_modified_bessel_i0 = _function("special_modified_bessel_i0", bessel_modified.i0, dtypes=_NOT_HALF)
special_modified_bessel_i1 = _function(
    "special_modified_bessel_i1", bessel_modified.modified_bessel_i1, dtypes=_NOT_HALF
)
special_modified_bessel_k0 = _function("special_modified_bessel_k0", kernels.scipy("k0"), dtypes=_NOT_HALF)
special_modified_bessel_k1 = _function("special_modified_bessel_k1", kernels.scipy("k1"), dtypes=_NOT_HALF)


def _of_x(name: str, kernel: Callable[..., Any]) -> Any:
    """Declare a function whose argument torch calls ``x``."""
    return op(
        f"{name}(Tensor x) -> Tensor", kernel, promote=INT_TO_FLOAT, dtypes=_NOT_HALF,
        unsupported=not_implemented(f"{name.removeprefix('special_')}_cpu"), method=False, out=True,
    )  # fmt: skip


special_spherical_bessel_j0 = _of_x("special_spherical_bessel_j0", kernels.spherical_bessel_j0)
special_scaled_modified_bessel_k0 = _of_x("special_scaled_modified_bessel_k0", kernels.scipy("k0e"))
special_scaled_modified_bessel_k1 = _of_x("special_scaled_modified_bessel_k1", kernels.scipy("k1e"))
special_airy_ai = _of_x("special_airy_ai", kernels.airy_ai)

# Orthogonal polynomials.


def _polynomial(name: str, kernel: Callable[..., Any]) -> Any:
    """Declare a family of polynomials: the argument and the degree are tensors, or one of them a number."""
    rules: dict[str, Any] = {
        "promote": INT_TO_FLOAT, "dtypes": _NOT_HALF, "unsupported": not_implemented(f"{name}_cpu"), "method": False,
        "out": True,
    }  # fmt: skip
    op(f"special_{name}(Tensor x, Tensor n) -> Tensor", kernel, **rules)
    op(f"special_{name}.x_scalar(Scalar x, Tensor n) -> Tensor", kernel, **rules)
    return op(f"special_{name}.n_scalar(Tensor x, Scalar n) -> Tensor", kernel, **rules)


def _chebyshev(kind: str, first: Callable[..., Any], *, shifted: bool = False) -> Any:
    prefix = "shifted_" if shifted else ""
    return _polynomial(f"{prefix}chebyshev_polynomial_{kind}", kernels.chebyshev(first, shifted))


special_chebyshev_polynomial_t = _chebyshev("t", lambda x: x)
special_chebyshev_polynomial_u = _chebyshev("u", lambda x: 2 * x)
special_chebyshev_polynomial_v = _chebyshev("v", lambda x: 2 * x - 1)
special_chebyshev_polynomial_w = _chebyshev("w", lambda x: 2 * x + 1)
special_shifted_chebyshev_polynomial_t = _chebyshev("t", lambda x: x, shifted=True)
special_shifted_chebyshev_polynomial_u = _chebyshev("u", lambda x: 2 * x, shifted=True)
special_shifted_chebyshev_polynomial_v = _chebyshev("v", lambda x: 2 * x - 1, shifted=True)
special_shifted_chebyshev_polynomial_w = _chebyshev("w", lambda x: 2 * x + 1, shifted=True)
special_hermite_polynomial_h = _polynomial("hermite_polynomial_h", kernels.hermite_h)
special_hermite_polynomial_he = _polynomial("hermite_polynomial_he", kernels.hermite_he)
special_laguerre_polynomial_l = _polynomial("laguerre_polynomial_l", kernels.laguerre)
special_legendre_polynomial_p = _polynomial("legendre_polynomial_p", kernels.legendre)

# Others.

sinc = op(
    "sinc(Tensor self) -> Tensor", kernels.sinc,
    self=lambda grad, self: _sinc_backward(grad, self),
    promote=INT_TO_FLOAT, inplace=True, out=True,
)  # fmt: skip


def _sinc_backward(grad: Tensor, self: Tensor) -> Tensor:
    """``(pi x cos(pi x) - sin(pi x)) / (pi x^2)``, nothing at zero."""
    scaled = self * math.pi
    square = self * self * math.pi
    sine = scaled.sin()  # first, as C++ does, which the order in which gradients add up shows
    found = grad * ((scaled * scaled.cos() - sine) / square).conj()
    return grad.new_zeros(()).where(square == 0.0, found)


logaddexp = op(
    "logaddexp(Tensor self, Tensor other) -> Tensor", log_add_exp,
    self=lambda grad, self, other: grad / (1 + (other - self).exp()).conj(),
    other=lambda grad, self, other: grad / (1 + (self - other).exp()).conj(),
    tangent=lambda self_t, other_t, self, other: (
        self_t / (1 + (other - self).exp()) + other_t / (1 + (self - other).exp())
    ),
    promote=DEFAULT, dtypes=DIFFERENTIABLE, unsupported=not_implemented("logaddexp_cpu"), out=True, makes_real=False,
)  # fmt: skip
logaddexp2 = op(
    "logaddexp2(Tensor self, Tensor other) -> Tensor", np.logaddexp2,
    self=lambda grad, self, other: grad / (1 + (2 ** (other - self))),
    other=lambda grad, self, other: grad / (1 + (2 ** (self - other))),
    tangent=lambda self_t, other_t, self, other: (
        self_t / (1 + 2 ** (other - self)) + other_t / (1 + 2 ** (self - other))
    ),
    promote=DEFAULT, dtypes=FLOATING, unsupported=not_implemented("logaddexp2_cpu"), out=True,
)  # fmt: skip
