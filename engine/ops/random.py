"""Random tensors: factories, and methods that fill a tensor in place.

All draw from torch's stream (``random.py``, ``kernels/random.py``): a seed gives torch's numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..checks import check_broadcast, not_implemented
from ..declare.op import op
from ..dtypes import dtype, int64
from ..kernels import random as kernels
from ..meta import MetaArray
from ..random import Generator, default_generator
from ..tensor import Tensor, written_zeros
from ..warning import warn
from .creation import Sizes, check_sizes, factory, like, zeros_like

_GENERATOR = "Generator? generator"


def _source(generator: Generator | None) -> Generator:
    return default_generator if generator is None else generator


def _number(value: float) -> str:
    """As C++ prints it."""
    return f"{value:g}"


def check_floating(kernel: str, d: dtype, count: int = 1) -> None:
    """Refuse integral dtypes, and floats of eight bits, in the name of a kernel of torch's; of no elements there is
    none to call."""
    if count and (d.category < dtypes.FLOATING or d in dtypes.FLOAT8):
        raise not_implemented(kernel)(d)


# Factories.  Those with a generator of the caller's come first, as in torch.


def _uniform(size: Sizes, generator: Generator | None, d: dtype) -> np.ndarray:
    check_sizes(size)
    check_floating("check_uniform_bounds", d)
    return kernels.uniform(_source(generator), size, 0.0, 1.0, d)


def _normal(size: Sizes, generator: Generator | None, d: dtype) -> np.ndarray:
    check_sizes(size)
    check_floating("normal_kernel_cpu", d, math.prod(size))
    return kernels.normal(_source(generator), size, 0.0, 1.0, d)


def _integers(low: int, high: int, size: Sizes, generator: Generator | None, d: dtype) -> np.ndarray:
    check_sizes(size)
    if d in dtypes.FLOAT8:
        raise not_implemented("random_update_from_to")(d)
    check_range(low, high, d)
    return kernels.integers(_source(generator), size, low, high, d)


def check_range(low: int, high: int, d: dtype) -> None:
    """Refuse integers that do not fit the dtype.

    Raises:
        RuntimeError: if there are none between the bounds, or a bound is beyond the dtype's.
    """
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if d.is_complex:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    least, most = dtypes.bounds(d)
    for name, bound in (("from", low), ("to - 1", high - 1)):
        if not least <= bound <= most:
            raise RuntimeError(f"{name} is out of bounds for {d.c_name}")
        if d.is_floating_point and abs(bound) > 2 ** dtypes.digits(d):
            warn(
                f"{name} is out of bounds [-(2^{dtypes.digits(d)}), 2^{dtypes.digits(d)}]. Due to precision "
                f"limitations {d.c_name} can support discrete uniform distribution only within this range. This "
                "warning will become an error in version 1.7 release, please fix the code in advance"
            )


def _permutation(n: int, generator: Generator | None, d: dtype) -> np.ndarray:
    check_sizes((n,))
    if d is dtypes.bool_:
        raise not_implemented("randperm")(d)
    dtypes.number(max(n - 1, 0), d)
    return kernels.permutation(_source(generator), n, d)


def _int64(*_: Any) -> dtype:
    return int64


rand = factory(f"rand.generator(SymInt[] size, *, {_GENERATOR}", _uniform)
rand = factory("rand(SymInt[] size, *", lambda size, d: _uniform(size, None, d))
randn = factory(f"randn.generator(SymInt[] size, *, {_GENERATOR}", _normal)
randn = factory("randn(SymInt[] size, *", lambda size, d: _normal(size, None, d))
randint = factory(
    f"randint.generator(SymInt high, SymInt[] size, *, {_GENERATOR}",
    lambda high, size, generator, d: _integers(0, high, size, generator, d),
    infer=_int64, default="long",
)  # fmt: skip
randint = factory(
    "randint(SymInt high, SymInt[] size, *", lambda high, size, d: _integers(0, high, size, None, d),
    infer=_int64, default="long",
)  # fmt: skip
randint = factory(
    f"randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, {_GENERATOR}", _integers,
    infer=_int64, default="long",
)  # fmt: skip
randint = factory(
    "randint.low(SymInt low, SymInt high, SymInt[] size, *",
    lambda low, high, size, d: _integers(low, high, size, None, d),
    infer=_int64, default="long",
)  # fmt: skip
randperm = factory(f"randperm.generator(SymInt n, *, {_GENERATOR}", _permutation, infer=_int64, default="long")
randperm = factory("randperm(SymInt n, *", lambda n, d: _permutation(n, None, d), infer=_int64, default="long")

# Like other tensors: drawn in the order of memory.


def _filled(array: np.ndarray, draws: np.ndarray) -> np.ndarray:
    if array.flags.c_contiguous:
        return draws
    kernels.fill(array, draws)
    return array


def _normal_like(array: np.ndarray, generator: Generator | None, d: dtype) -> np.ndarray:
    check_floating("normal_kernel_cpu", d, array.size)
    contiguous = array.flags.c_contiguous
    return _filled(array, kernels.normal(_source(generator), array.shape, 0.0, 1.0, d, contiguous=contiguous))


rand_like = like(
    f"rand_like.generator(Tensor self, *, {_GENERATOR}",
    lambda array, generator, d: _filled(array, _uniform(array.shape, generator, d)),
)
rand_like = like("rand_like(Tensor self, *", lambda array, d: _filled(array, _uniform(array.shape, None, d)))
randn_like = like(f"randn_like.generator(Tensor self, *, {_GENERATOR}", _normal_like)
randn_like = like("randn_like(Tensor self, *", lambda array, d: _normal_like(array, None, d))
randint_like = like(
    f"randint_like.low_generator_dtype(Tensor self, SymInt low, SymInt high, *, {_GENERATOR}",
    lambda array, low, high, generator, d: _filled(array, _integers(low, high, array.shape, generator, d)),
)
randint_like = like(
    "randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *",
    lambda array, low, high, d: _filled(array, _integers(low, high, array.shape, None, d)),
)
randint_like = like(
    f"randint_like.Tensor_generator(Tensor self, Tensor high, *, {_GENERATOR}",
    lambda array, high, generator, d: _filled(array, _integers(0, int(high), array.shape, generator, d)),
)
randint_like = like(
    "randint_like.Tensor(Tensor self, Tensor high, *",
    lambda array, high, d: _filled(array, _integers(0, int(high), array.shape, None, d)),
)
randint_like = like(
    f"randint_like.generator(Tensor self, SymInt high, *, {_GENERATOR}",
    lambda array, high, generator, d: _filled(array, _integers(0, high, array.shape, generator, d)),
)
randint_like = like(
    "randint_like(Tensor self, SymInt high, *",
    lambda array, high, d: _filled(array, _integers(0, high, array.shape, None, d)),
)

# Normal numbers of given means and deviations: both fixed numbers to autograd.


def _check_std(name: str, std: float) -> None:
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {_number(std)}")


def _check_stds(mean: Any, std: Tensor, generator: Any) -> None:
    if std.is_complex():
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if np.any(std._array < 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    check_broadcast(mean, std)
    check_floating("normal_kernel_cpu", (mean if isinstance(mean, Tensor) else std)._dtype, std.numel())


def _normals(mean: Any, std: Any, generator: Generator | None) -> np.ndarray:
    arrays = [one for one in (mean, std) if isinstance(one, np.ndarray)]
    shape = np.broadcast_shapes(*(one.shape for one in arrays))
    unit = kernels.normal(_source(generator), shape, 0.0, 1.0, dtypes.FROM_NUM[arrays[0].dtype.num])
    return (unit * std + mean).astype(unit.dtype)


def _zeros(grad: Tensor) -> Tensor:
    return zeros_like(grad)


normal = op(
    "normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor", _normals,
    mean=lambda grad, mean_sym_sizes: written_zeros(grad, mean_sym_sizes),
    std=lambda grad, std_sym_sizes: written_zeros(grad, std_sym_sizes),
    check=_check_stds, structural=True, node="NormalBackward3", out=True,
    writes=1,
)  # fmt: skip


def _check_normal_of_mean(mean: Tensor, std: float, generator: Any) -> None:
    _check_std("normal", std)
    check_floating("normal_kernel_cpu", mean._dtype, mean.numel())


normal = op(
    "normal.Tensor_float(Tensor mean, float std=1, *, Generator? generator=None) -> Tensor", _normals,
    mean=lambda grad, mean_sym_sizes: written_zeros(grad, mean_sym_sizes),
    check=_check_normal_of_mean,
    structural=True, node="NormalBackward1", out=True,
    writes=1,
)  # fmt: skip
normal = op(
    "normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor", _normals,
    std=lambda grad, std_sym_sizes: written_zeros(grad, std_sym_sizes),
    check=_check_stds, structural=True, node="NormalBackward2", out=True,
    writes=1,
)  # fmt: skip


def _normal_of_size(mean: float, std: float, size: Sizes, generator: Generator | None, d: dtype) -> np.ndarray:
    check_sizes(size)
    _check_std("normal", std)
    check_floating("normal_kernel_cpu", d, math.prod(size))
    return kernels.normal(_source(generator), size, mean, std, d)


normal = factory(
    "normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None", _normal_of_size
)

# Filling a tensor in place: the old elements do not matter, so their gradient is zero.


def _filler(draw: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A kernel that draws the elements of a tensor like ``self``; the generator is the last parameter."""

    def kernel(self: np.ndarray, *args: Any) -> np.ndarray:
        if isinstance(self, MetaArray):
            return self
        if not self.size:
            return self.copy()
        *parameters, generator = args
        draws = draw(_source(generator), self, dtypes.FROM_NUM[self.dtype.num], *parameters)
        return draws if self.flags.c_contiguous else _filled(np.empty_like(self), draws)

    return kernel


def _check_normal(self: Tensor, mean: float, std: float, generator: Any) -> None:
    _check_std("normal_", std)
    check_floating("normal_kernel_cpu", self._dtype, self.numel())


def _check_uniform(self: Tensor, low: float, high: float, generator: Any) -> None:
    check_floating("check_uniform_bounds", self._dtype)
    _, most = dtypes.bounds(self._dtype.to_real())
    for name, bound in (("from", low), ("to", high)):
        if not -most <= bound <= most:
            raise RuntimeError(f"{name} is out of bounds for {self._dtype.to_real().c_name}")
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={_number(low)} > to={_number(high)}"
        )
    if high - low > most:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{self._dtype.scalar_type}>::max(), but found "
            f"to={_number(high)} and from={_number(low)} which result in to-from to exceed the limit"
        )


def _check_exponential(self: Tensor, lambd: float, generator: Any) -> None:
    if not self._dtype.is_floating_point and self.numel():
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {self._dtype.scalar_type}"
        )
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={_number(lambd)}")
    check_floating("exponential_cpu", self._dtype, self.numel())


def _check_geometric(self: Tensor, p: float, generator: Any) -> None:
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={_number(p)}")
    if self.numel() and (self._dtype is dtypes.bool_ or self._dtype.is_complex):
        raise not_implemented("geometric_cpu")(self._dtype)


def _check_cauchy(self: Tensor, median: float, sigma: float, generator: Any) -> None:
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={_number(sigma)}")
    if not self._dtype.is_floating_point:
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {self._dtype.c_name}"
        )
    check_floating("cauchy_cpu", self._dtype)


def _check_log_normal(self: Tensor, mean: float, std: float, generator: Any) -> None:
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={_number(std)}")
    if self.numel() and (not self._dtype.is_floating_point or self._dtype in dtypes.FLOAT8):
        raise not_implemented("log_normal_cpu")(self._dtype)


op(
    "normal_(Tensor(a!) self, float mean=0, float std=1, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, mean, std: kernels.normal(
        g, self.shape, mean, std, d, contiguous=self.flags.c_contiguous)),
    self=_zeros, check=_check_normal, structural=True,
)  # fmt: skip
op(
    "uniform_(Tensor(a!) self, float from=0, float to=1, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, low, high: kernels.uniform(g, self.shape, low, high, d)),
    self=_zeros, check=_check_uniform, structural=True,
)  # fmt: skip
op(
    "exponential_(Tensor(a!) self, float lambd=1, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, lambd: kernels.exponential(g, self.shape, lambd, d)),
    self=_zeros, check=_check_exponential, structural=True,
)  # fmt: skip
op(
    "geometric_(Tensor(a!) self, float p, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, p: kernels.geometric(g, self.shape, p, d)),
    self=_zeros, check=_check_geometric, structural=True,
)  # fmt: skip
op(
    "cauchy_(Tensor(a!) self, float median=0, float sigma=1, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, median, sigma: kernels.cauchy(g, self.shape, median, sigma, d)),
    self=_zeros, check=_check_cauchy, structural=True,
)  # fmt: skip
op(
    "log_normal_(Tensor(a!) self, float mean=1, float std=2, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, mean, std: kernels.log_normal(g, self.shape, mean, std, d)),
    self=_zeros, check=_check_log_normal, structural=True,
)  # fmt: skip


def _end(d: dtype, high: int | None) -> int:
    return high if high is not None else min(int(dtypes.bounds(d)[1]) + 1, 2**63)


def _check_random(self: Tensor, *given: Any) -> None:
    *bounds, _ = given
    low, high = (0, *bounds)[-2:] if bounds else (0, 1)
    check_range(low, _end(self._dtype, high), self._dtype)


op(
    "random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d: kernels.random(g, self.shape, d)),
    self=_zeros, check=_check_random, structural=True, node="RandomBackward2",
)  # fmt: skip
op(
    "random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, low, high: kernels.integers(g, self.shape, low, _end(d, high), d)),
    self=_zeros, check=_check_random, structural=True,
)  # fmt: skip
op(
    "random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, high: kernels.integers(g, self.shape, 0, high, d)),
    self=_zeros, check=_check_random, structural=True, node="RandomBackward1",
)  # fmt: skip

# Drawn with the probabilities that a tensor holds.


def _bernoulli(self: np.ndarray, p: Any, generator: Generator | None) -> np.ndarray:
    if isinstance(self, MetaArray):
        return self
    if not self.size:
        return self.copy()
    return kernels.bernoulli(_source(generator), self.shape, p, dtypes.FROM_NUM[self.dtype.num])


def _check_probabilities(p: Tensor) -> None:
    if p.numel() and not p._dtype.is_floating_point:
        raise not_implemented(f"bernoulli_tensor_cpu_{'self' if p.is_complex() else 'p'}_")(p._dtype)
    if not np.all((p._array >= 0) & (p._array <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If "
            "so, please report an enhancement request to PyTorch.)"
        )


def _check_probability(self: Tensor, p: float, generator: Any) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={_number(p)}")


def _check_bernoulli(self: Tensor, p: Tensor, generator: Any) -> None:
    _check_probabilities(p)
    p.expand(self.shape)


_DRAWN = frozenset(dtypes.DTYPES) - dtypes.COMPLEX_DTYPES
bernoulli = op(
    "bernoulli(Tensor self, *, Generator? generator=None) -> Tensor",
    lambda self, generator: _bernoulli(self, self, generator),
    self=_zeros, check=lambda self, generator: _check_probabilities(self), structural=True, out=True,
    writes=1,
)  # fmt: skip
bernoulli = op(
    "bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor", _bernoulli,
    self=_zeros, check=_check_probability, node="BernoulliBackward3", structural=True,
)  # fmt: skip
op(
    "bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)",
    lambda self, p, generator: _bernoulli(self, np.broadcast_to(p, self.shape), generator),
    self=_zeros, p=lambda grad: _zeros(grad), check=_check_bernoulli, structural=True, node="BernoulliBackward1",
    dtypes=_DRAWN, unsupported=not_implemented("bernoulli_tensor_cpu_self_"),
)  # fmt: skip
op(
    "bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)",
    _filler(lambda g, self, d, p: kernels.bernoulli(g, self.shape, p, d)),
    self=_zeros, check=_check_probability, structural=True, node="BernoulliBackward2",
    dtypes=_DRAWN, unsupported=not_implemented("bernoulli_scalar_cpu_"),
)  # fmt: skip


def _check_multinomial(self: Tensor, num_samples: int, replacement: bool, generator: Any) -> None:
    if self._dtype.category != dtypes.FLOATING:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {self._dtype.scalar_type}")
    if self.dim() not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > self.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    weights = self._array
    if replacement and num_samples > 1:  # where torch looks at each by itself
        if not np.all(weights >= 0):
            raise RuntimeError("invalid multinomial distribution (encountering probability entry < 0)")
        if not np.all(np.isfinite(weights)):
            raise RuntimeError("invalid multinomial distribution (encountering probability entry = infinity or NaN)")
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not np.all(weights.sum(-1) > 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def _multinomial(self: np.ndarray, num_samples: int, replacement: bool, generator: Generator | None) -> np.ndarray:
    return kernels.multinomial(_source(generator), self, num_samples, replacement, dtypes.FROM_NUM[self.dtype.num])


multinomial = op(
    "multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
    _multinomial, check=_check_multinomial, structural=True, out=True,
)  # fmt: skip
