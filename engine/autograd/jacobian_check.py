"""A function at a point, and its derivatives there, numerical and analytical.

The *numerical* Jacobian comes from calling the function on inputs that are moved by ``eps``, the *analytical* one from
its backward (or forward) pass.  A complex output counts as two real ones, its real and its imaginary part.  The fast
mode compares one number for each pair of input and output instead: the product of the Jacobian with a random vector on
either side.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..dtypes import complex128, float64
from ..random import Generator
from ..tensor import Tensor
from ..warning import warn
from .api import grad
from .forward_ad import dual_level, make_dual, unpack_dual
from .function import Function

Matrix = list[list[Tensor]]
"""By input, then by output."""


class GradcheckError(RuntimeError):
    """A derivative that is not what finite differences say."""

    __module__ = "torch.autograd.gradcheck"


class _Passes(NamedTuple):
    """What two backward passes gave."""

    jacobians: list[Tensor]
    is_reentrant: bool
    sizes: bool
    kinds: bool


@dataclass(frozen=True)
class Check:
    """A function at a point, and how strictly it is checked."""

    func: Callable[..., Any]
    inputs: tuple[Any, ...]
    eps: float = 1e-6
    atol: float = 1e-5
    rtol: float = 1e-3
    nondet_tol: float = 0.0
    dtypes: bool = False
    fast: bool = False
    part: str = ""
    """Which part of complex outputs, or inputs, is looked at: for the message."""
    complex_places: tuple[int, ...] = ()
    """Which outputs, or inputs, are complex."""

    @property
    def leaves(self) -> list[Tensor]:
        """The inputs that are differentiated."""
        return [one for one in self.inputs if isinstance(one, Tensor) and one.requires_grad]

    def inputs_are_fit(self) -> None:
        """Refuse inputs that cannot be moved one element at a time; warn of those that are not precise."""
        for place, one in enumerate(self.inputs):
            if not isinstance(one, Tensor) or not one.requires_grad:
                continue
            if one.dtype not in (float64, complex128):
                warn(
                    f"Input #{place} requires gradient and is not a double precision floating point or complex. This "
                    "check will likely fail if all the inputs are not of double precision floating point or complex. "
                )
            if any(one.stride(dim) == 0 and n > 1 for dim, n in enumerate(one.shape)):
                raise RuntimeError(
                    f"The {place}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                    "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                    ".contiguous on the input before passing it to gradcheck."
                )
        if not self.leaves:
            raise ValueError(
                "gradcheck expects at least one input tensor to require gradient, but none of them have "
                "requires_grad=True."
            )

    def call(self, *inputs: Any) -> tuple[Any, ...]:
        return as_tuple(self.func(*(inputs or self.inputs)))

    def real_parts(self, results: Sequence[Any]) -> Iterator[Check]:
        """The check of a function with real outputs; of one with complex ones, that of each part."""
        if not any(one.is_complex() for one in results):
            yield self
            return
        places = tuple(place for place, one in enumerate(tracked_of(results)) if one.is_complex())

        def taking(pick: str) -> Callable[..., tuple[Any, ...]]:
            return lambda *inputs: tuple(getattr(one, pick) if one.is_complex() else one for one in self.call(*inputs))

        for part, pick in (("imaginary", "imag"), ("real", "real")):
            yield replace(self, func=taking(pick), part=part, complex_places=places)

    # --- backward ---

    def compare_backward(self, results: Sequence[Any] | None = None) -> None:
        """Compare the Jacobian of backward with the numerical one; ``results`` are the function's if they are known."""
        results = self.call() if results is None else results
        outputs = tracked_of(results)
        if not outputs:
            self.is_constant(results)
            return
        if self.fast:
            self.compare_fast(results, outputs)
            return
        numerical = self.numerical(results)
        for number, output in enumerate(outputs):
            place = [place for place, one in enumerate(_floating(results)) if one.requires_grad][number]
            for index, analytical in enumerate(self.analytical(output)):
                self.must_agree(analytical, numerical[index][place], number, index)

    def is_constant(self, results: Sequence[Any]) -> None:
        """Without a differentiable output, nothing may change when inputs are moved."""
        for columns in self.numerical(results):
            for one in columns:
                if one.ne(0).sum() > 0:
                    raise GradcheckError("Numerical gradient for function expected to be zero")

    def numerical(self, results: Sequence[Any], *, forward: bool = False) -> Matrix:
        """The numerical Jacobians, one row for each element of an input, one column for each of an output."""
        found: Matrix = []
        for leaf in self.leaves:
            data, outputs = leaf.data, _floating(results)
            rows = [
                one.new_zeros((leaf.numel(), one.numel()), dtype=leaf.dtype if leaf.is_complex() else one.dtype)
                for one in outputs
            ]
            for number, index in enumerate(itertools.product(*map(range, leaf.shape))):
                for row, one in zip(rows, self.moved(data[index], self.eps, self.eps, index), strict=True):
                    row[number] = one
            found.append(rows)
        return found

    def moved(self, entry: Tensor, by: Any, norm: float, index: Any = None) -> list[Tensor]:
        """The change of the outputs when ``entry`` is moved, for a complex one along both axes."""
        if not entry.is_complex():
            return self._moved(entry, by, norm, index)
        along, across = by if isinstance(by, tuple) else (by, by)
        real, imaginary = self._moved(entry, along, norm, index), self._moved(entry, across * 1j, norm, index)
        return [a + b * 1j for a, b in zip(real, imaginary, strict=True)]

    def _moved(self, entry: Tensor, by: Any, norm: float, index: Any) -> list[Tensor]:
        start = entry.clone()
        entry.copy_(start - by)
        before = [one.clone() for one in self.call()]
        entry.copy_(start + by)
        after = [one.clone() for one in self.call()]
        entry.copy_(start)
        for a, b in zip(before, after, strict=True):
            where = f"on index {index} " if index is not None else ""
            for what, one, other in (("shape", a.shape, b.shape), ("dtype", a.dtype, b.dtype)):
                if one != other:
                    raise AssertionError(
                        f"Expected `func` to return outputs with the same {what} when inputs are perturbed {where}by "
                        f"{self.eps}, but got: {what}s {one} and {other}."
                    )
        pairs = [(a, b) for a, b in zip(before, after, strict=True) if a.is_floating_point() or a.is_complex()]
        return [((b - a) / (2 * norm)).detach().reshape(-1) for a, b in pairs]

    def analytical(self, output: Tensor, vector: Tensor | None = None) -> list[Tensor]:
        """The Jacobians of backward, of one output by each input; with a vector, its product with them, a column."""
        found = self.passes(output, vector)
        if not found.kinds and self.dtypes:
            raise GradcheckError("Gradient has dtype mismatch")
        if not found.sizes:
            raise GradcheckError("Analytical gradient has incorrect size")
        if not found.is_reentrant:
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values, although analytical gradient matches numerical gradient.The tolerance for "
                f"nondeterminism was {self.nondet_tol}.{_NOT_DETERMINISTIC}"
            )
        return found.jacobians

    def passes(self, output: Tensor, vector: Tensor | None = None) -> _Passes:
        """The same by two passes, and what was odd about them."""
        sizes, kinds = True, True
        matrices: list[list[Tensor]] = []
        for rows in (self._rows(output, vector) for _ in range(2)):
            columns = [leaf.new_zeros((leaf.numel(), len(rows))) for leaf in self.leaves]
            for number, row in enumerate(rows):
                for column, leaf, one in zip(columns, self.leaves, row, strict=True):
                    if one is not None:
                        sizes &= one.shape == leaf.shape
                        kinds &= one.dtype == leaf.dtype
                        column[:, number] = one.reshape(-1)
            matrices.append(columns)
        is_reentrant = not any(
            one.numel() and (one - other).abs().max() > self.nondet_tol for one, other in zip(*matrices, strict=True)
        )
        return _Passes(matrices[0], is_reentrant, sizes, kinds)

    def _rows(self, output: Tensor, vector: Tensor | None) -> list[Sequence[Tensor | None]]:
        def row(cotangent: Tensor) -> Sequence[Tensor | None]:
            found = grad(output, self.leaves, cotangent, retain_graph=True, allow_unused=True)
            return [one if one is None else one.clone() for one in found]

        if vector is not None:
            return [row(vector.reshape(output.shape))]
        units = output.detach().new_zeros(output.numel(), *output.shape)
        units.reshape(output.numel(), output.numel()).diagonal().fill_(1)
        return [row(unit) for unit in units]

    def must_agree(
        self, analytical: Tensor, numerical: Tensor, output: int, leaf: int, *, forward: bool = False,
        atol: float | None = None, more: Callable[[], str] = str,
    ) -> None:  # fmt: skip
        """Compare two Jacobians, or what stands for them."""
        wide = complex128 if analytical.is_complex() or numerical.is_complex() else float64
        if analytical.dtype == numerical.dtype:
            wide = analytical.dtype
        if analytical.to(wide).allclose(numerical.to(wide), self.rtol, self.atol if atol is None else atol):
            return
        place, element = (leaf, "inputs") if forward else (output, "outputs")
        part = f"While considering the {self.part} part of complex {element} only, " * (place in self.complex_places)
        mode = "computed with forward mode " if forward else ""
        raise GradcheckError(
            f"{part}Jacobian {mode}mismatch for output {output} with respect to input {leaf},\nnumerical:{numerical}\n"
            f"analytical:{analytical}\n{more()}"
        )

    # --- fast mode ---

    def compare_fast(self, results: Sequence[Any], outputs: Sequence[Tensor], *, forward: bool = False) -> None:
        """Compare products with random vectors, of the outputs from the left and of the inputs from the right."""
        generator = Generator()
        rights = [
            (_unit(leaf, generator), _unit(leaf, generator)) if leaf.is_complex() else _unit(leaf, generator)
            for leaf in self.leaves
        ]
        lefts = None if forward else [_unit(one, generator, real=False) for one in outputs]
        products = None if lefts is None else [
            self.analytical(one, v) for one, v in zip(outputs, lefts, strict=True)
        ]  # fmt: skip
        tangents = self.tangents(rights) if forward else None
        for index, (leaf, right) in enumerate(zip(self.leaves, rights, strict=True)):
            moved = self.moved(leaf.data, _scaled(right, leaf, self.eps), self.eps)
            for number, _ in enumerate(outputs):
                numerical = moved[number]
                size = _total(right)
                if lefts is None or products is None:
                    assert tangents is not None
                    analytical = tangents[index][number][0]
                else:
                    numerical = (lefts[number] * numerical).sum()
                    analytical = _dot(products[number][index].reshape(-1), right)
                    size *= float(lefts[number].sum())
                more = lambda number=number, index=index: self.slowly(number, index, forward)
                self.must_agree(analytical, numerical, number, index, forward=forward, atol=self.atol * size, more=more)

    def slowly(self, output: int, leaf: int, forward: bool) -> str:
        """What the slow mode says of a pair that the fast mode finds wrong."""
        results = self.call()
        numerical = self.numerical(results)[leaf][output]
        analytical = self.tangents()[leaf][output] if forward else self.analytical(tracked_of(results)[output])[leaf]
        text = (
            "\nThe above quantities relating the numerical and analytical jacobians are computed \nin fast mode. See: "
            "https://github.com/pytorch/pytorch/issues/53876 for more background \nabout fast mode. Below, we "
            f"recompute numerical and analytical jacobians in slow mode:\n\nNumerical:\n {numerical}\nAnalytical:\n"
            f"{analytical}\n\nThe max per-element difference (slow mode) is: {(numerical - analytical).abs().max()}.\n"
        )
        return text + _FAST_ONLY * analytical.allclose(numerical, self.rtol, self.atol)

    # --- forward ---

    def compare_forward(self, results: Sequence[Any], *, undefined: bool) -> None:
        """Compare the Jacobian of forward mode with the numerical one; complex inputs count as two real ones.

        Args:
            results: of the function.
            undefined: whether no tangent must be as good as one of zeros.
        """
        places = tuple(place for place, one in enumerate(self.inputs) if isinstance(one, Tensor) and one.is_complex())
        if not places:
            self._compare_forward(results)
            if undefined:
                self._undefined_tangent_is_zero()
            return
        parts = []
        for part, pick, join in (
            ("imaginary", "imag", lambda moved, fixed: fixed.real + moved * 1j),
            ("real", "real", lambda moved, fixed: moved + fixed.imag * 1j),
        ):

            def func(*inputs: Any, join: Any = join) -> Any:
                given = [join(one, self.inputs[place]) if place in places else one for place, one in enumerate(inputs)]
                return self.func(*given)

            inputs = tuple(getattr(one, pick) if place in places else one for place, one in enumerate(self.inputs))
            parts.append(replace(self, func=func, inputs=inputs, part=part, complex_places=places))
            parts[-1]._compare_forward(parts[-1].call())
        for one in parts if undefined else ():
            one._undefined_tangent_is_zero()

    def _undefined_tangent_is_zero(self) -> None:
        """An input without a tangent must give the tangents that one with zeros gives, whatever those of others are."""
        generator = Generator()
        directions = {id(leaf): _unit(leaf, generator).reshape(leaf.shape) for leaf in self.leaves}
        with dual_level():
            duals = [
                make_dual(one.detach(), directions[id(one)]) if id(one) in directions else one for one in self.inputs
            ]
            for place, leaf in enumerate(self.inputs):
                if id(leaf) not in directions:
                    continue
                zero = make_dual(leaf.detach(), leaf.detach().new_zeros(leaf.shape))
                first, second = (
                    [unpack_dual(out).tangent for out in _floating(self.call(*duals[:place], one, *duals[place + 1 :]))]
                    for one in (zero, leaf.detach())
                )
                for number, (found, expected) in enumerate(zip(first, second, strict=True)):
                    if found is not None and expected is not None and not found.allclose(expected):
                        raise GradcheckError(
                            "Mismatch in tangent values for output with index: ", number, " when input: ", leaf,
                            " has an undefined tangent value. ", " Got: ", found, " but expected: ", expected,
                        )  # fmt: skip

    def _compare_forward(self, results: Sequence[Any]) -> None:
        outputs = _floating(results)
        if self.fast:
            self.compare_fast(results, outputs, forward=True)
            return
        numerical, analytical = self.numerical(results, forward=True), self.tangents()
        for number, _ in enumerate(outputs):
            for index in range(len(self.leaves)):
                self.must_agree(analytical[index][number], numerical[index][number], number, index, forward=True)

    def tangents(self, directions: Sequence[Any] | None = None) -> Matrix:
        """The Jacobians of forward mode, one row for each element of an input, or one for its direction."""
        found: Matrix = []
        for number, leaf in enumerate(self.leaves):
            if directions is None:
                vectors = leaf.detach().new_zeros(leaf.numel(), *leaf.shape)
                vectors.reshape(leaf.numel(), leaf.numel()).diagonal().fill_(1)
            else:
                vectors = directions[number].reshape(1, *leaf.shape)
            rows = [self._tangent(leaf, vector) for vector in vectors]
            from ..ops.joining import stack  # against the direction: all operations are there when this runs

            found.append([stack(column) for column in zip(*rows, strict=True)] if rows else [])
        return found

    def _tangent(self, leaf: Tensor, vector: Tensor) -> list[Tensor]:
        """The tangents of the outputs, flat, for the tangent of one input."""
        with dual_level():
            given = [
                make_dual(one.detach(), vector if one is leaf else one.detach().new_zeros(one.shape))
                if isinstance(one, Tensor) and one.requires_grad
                else one
                for one in self.inputs
            ]
            pairs = [unpack_dual(one) for one in _floating(self.call(*given))]
            for primal, tangent in pairs:
                if self.dtypes and tangent is not None and primal.is_complex() != tangent.is_complex():
                    raise GradcheckError("Forward AD gradient has dtype mismatch.")
            return [
                (primal.new_zeros(primal.shape) if tangent is None else tangent).detach().reshape(-1)
                for primal, tangent in pairs
            ]

    # --- what else must hold ---

    def backward_is_batched(self, outputs: Sequence[Tensor]) -> None:
        """Two backward passes at once must give what they give one after the other."""
        for number, output in enumerate(outputs):
            from ..ops.joining import stack

            vectors = stack([random_like(output, False).detach() for _ in range(2)])
            expected = [grad(output, self.leaves, vector, retain_graph=True, allow_unused=True) for vector in vectors]
            try:
                found = grad(output, self.leaves, vectors, retain_graph=True, allow_unused=True, is_grads_batched=True)
            except RuntimeError as error:
                raise GradcheckError(f"While computing batched gradients, got: {error}\n\n{_BATCHED}") from error
            for place, one in enumerate(found):
                if one is None:
                    continue
                other = stack([row[place] for row in expected])
                if not one.allclose(other):
                    raise GradcheckError(
                        f"For output {number} and input {place}:\n\n{_BATCHED}\n\nGot:\n{one}\n\nExpected:\n{other}"
                    )

    def forward_is_batched(self) -> None:
        """The same for two forward passes."""
        from ..func import jvp, vmap
        from ..ops.joining import stack

        for leaf in self.leaves:

            def tangents(vector: Tensor, leaf: Tensor = leaf) -> Any:
                def func(moved: Tensor) -> tuple[Tensor, ...]:
                    given = [moved if one is leaf else _detached(one) for one in self.inputs]
                    return tuple(_floating(self.call(*given)))

                return jvp(func, (leaf.detach(),), (vector,))[1]

            vectors = stack([random_like(leaf, False).detach() for _ in range(2)])
            expected = [stack(column) for column in zip(*map(tangents, vectors), strict=True)]
            try:
                found = vmap(tangents)(vectors)
            except RuntimeError as error:
                raise GradcheckError(f"While computing batched gradients, got: {error}\n\n{_BATCHED}") from error
            for place, (one, other) in enumerate(zip(found, expected, strict=True)):
                if not one.allclose(other):
                    raise GradcheckError(
                        f"For output {place} and input {place}:\n\n{_BATCHED}\n\nGot:\n{one}\n\nExpected:\n{other}"
                    )

    def is_linear_in_gradients(self, outputs: Sequence[Tensor]) -> None:
        """Zero gradients of the outputs must give zero gradients of the inputs, of their dtypes and sizes."""
        if not outputs:
            return
        zeros = [one.detach().new_zeros(one.shape) for one in outputs]
        for found, leaf in zip(grad(outputs, self.leaves, zeros, allow_unused=True), self.leaves, strict=True):
            if found is None:
                continue
            if not found.eq(0).all():
                raise GradcheckError("backward not multiplied by grad_output")
            if found.dtype != leaf.dtype:
                raise GradcheckError("grad is incorrect type")
            if found.shape != leaf.shape:
                raise GradcheckError("grad is incorrect size")

    def undefined_is_zero(self) -> None:
        """Undefined gradients of the outputs, of all and of each, must count as zeros."""
        chosen = [[_Undefined.apply(one) for one in tracked_of(self.call())]]
        count = len(chosen[0])
        for number in range(count if count > 1 else 0):
            several = enumerate(tracked_of(self.call()))
            chosen.append([_Undefined.apply(one) if place == number else one for place, one in several])
        for outputs in chosen:
            if not outputs:
                continue
            zeros = [one.detach().new_zeros(one.shape) for one in outputs]
            try:
                found = grad(outputs, self.leaves, zeros, allow_unused=True)
            except RuntimeError as error:
                _warn_of_undefined()
                raise GradcheckError(
                    "Expected backward function to handle undefined output grads. Please look at "
                    '"Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
                ) from error
            if any(one is not None and not one.eq(0).all() for one in found):
                _warn_of_undefined()
                raise GradcheckError(
                    "Expected all input grads to be undefined or zero when all output grads are undefined or zero. "
                    'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
                )


class _Undefined(Function):
    """The identity, with no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> None:
        return None


def _warn_of_undefined() -> None:
    warn(
        "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may "
        "break existing callers of this function. If this is true for you, you can call this function with "
        '"check_undefined_grad=False" to disable the feature'
    )


def _detached(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value


def as_tuple(value: Any) -> tuple[Any, ...]:
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, tuple) else (value,)


def tracked_of(results: Sequence[Any]) -> tuple[Tensor, ...]:
    return tuple(one for one in results if one.requires_grad)


def _floating(results: Sequence[Any]) -> list[Tensor]:
    return [one for one in results if isinstance(one, Tensor) and (one.is_floating_point() or one.is_complex())]


def random_like(like: Tensor, strided: bool) -> Tensor:
    """A tracked random vector between -1 and 1."""
    dtype = like.dtype if like.is_floating_point() or like.is_complex() else float64
    shape = (*like.shape, 2) if strided else tuple(like.shape)
    made = like.detach().new_zeros(shape, dtype=dtype)
    parts = [made.real, made.imag] if made.is_complex() else [made]
    drawn = [part.clone().uniform_(-1, 1) for part in parts]
    found = drawn[0] if len(drawn) == 1 else drawn[0] + drawn[1] * 1j
    return (found[..., 0] if strided else found).detach().requires_grad_()


def _unit(like: Tensor, generator: Generator, *, real: bool = True) -> Tensor:
    """A random vector of length one, with as many elements."""
    dtype = like.dtype
    if real and like.is_complex():
        dtype = like.real.dtype
    found = like.detach().new_zeros(like.numel(), dtype=_default()).uniform_(generator=generator).to(dtype)
    return found / found.norm()


def _default() -> Any:
    from ..dtypes import default_dtype

    return default_dtype()


def _scaled(right: Any, leaf: Tensor, eps: float) -> Any:
    if isinstance(right, tuple):
        return tuple(one.reshape(leaf.shape) * eps for one in right)
    return right.reshape(leaf.shape) * eps


def _total(right: Any) -> float:
    return sum(float(one.sum()) for one in right) if isinstance(right, tuple) else float(right.sum())


def _dot(product: Tensor, right: Any) -> Tensor:
    if isinstance(right, tuple):
        return (product.real * right[0]).sum() + 1j * (product.imag * right[1]).sum()
    return (product * right).sum()


_WORKAROUND = (
    "If you are adding a new operator, please file an issue and then use one of the\nworkarounds. The workaround "
    "depends on how your test invokes gradcheck/gradgradcheck"
)
_MODULE = "- is a Module test (e.g., in common_nn.py), then modify the corresponding\n  module_test entry to have "
_NOT_DETERMINISTIC = (
    "\n\nNOTE: If your op relies on non-deterministic operations i.e., it is listed here:\n"
    "https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html\nthis failure might be "
    f"expected.\n\n{_WORKAROUND}.\nIf the test\n- manually invokes gradcheck/gradgradcheck, then call "
    "gradcheck/gradgradcheck\n  with `nondet_tol=<tol>` as a keyword argument.\n- is OpInfo-based (e.g., in "
    "test_ops_gradients.py), then modify the OpInfo for the test\n  to have `gradcheck_nondet_tol=<tol>`.\n"
    f"{_MODULE}`gradcheck_nondet_tol=<tol>`\n"
)
_FAST_ONLY = (
    "\nFast gradcheck failed but element-wise differences are small. This means that the\ntest might've passed in "
    f"slow_mode!\n\n{_WORKAROUND}:\n\nIf the test\n- manually invokes gradcheck/gradgradcheck, then call "
    "gradcheck/gradgradcheck\n  with `fast_mode=False` as a keyword argument.\n- is OpInfo-based (e.g., in "
    "test_ops_gradients.py), then modify the OpInfo for the test\n  to have `gradcheck_fast_mode=False`\n"
    f"{_MODULE}`gradcheck_fast_mode=False`\n"
)
_BATCHED = "gradcheck or gradgradcheck failed while testing batched gradient computation."
