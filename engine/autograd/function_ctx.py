"""The node of a custom function, which is the ``ctx`` that its ``forward`` and ``backward`` get.

Source: ``torch.autograd.function.FunctionCtx`` and "Extending torch.autograd" in torch's notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import numpy as np

from .. import dtypes
from ..device import CPU, META
from ..meta import MetaArray, without_elements
from ..tensor import Tensor, wrap
from ..tensor_base import readonly
from ..warning import warn
from .anomaly import ANOMALY, note_forward
from .backward import evaluating
from .modes import GRAD
from .node import SHOWN, Node, edge_of, next_sequence_nr
from .saved import FREED, TWICE, SavedTensor, unpack

TAKEN: Final = type("Taken", (), {"__repr__": lambda self: "<taken>"})()
"""Stands where saved tensors were that a function had cleared on access."""


class FunctionCtx:
    """What ``forward`` and ``backward`` get as ``ctx``.  Source: ``torch.autograd.function.FunctionCtx``."""

    __module__ = "torch.autograd.function"

    needs_input_grad: tuple[bool, ...]
    to_save: tuple[Tensor | None, ...] | None
    saved_for_forward: tuple[Tensor | None, ...] | None
    dirty_tensors: tuple[Tensor, ...] | None
    non_differentiable: tuple[Tensor, ...] | None
    materialize_grads: bool

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``backward``; the last call counts."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for ``jvp``.

        Raises:
            AssertionError: for anything but tensors and None.
        """
        for tensor in tensors:
            assert isinstance(tensor, Tensor) or tensor is None, (
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on "
                "ctx."
            )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs ``forward`` has modified in place."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Deprecated, without effect."""
        warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that "
            "calls to `set_()` are not tracked",
            FutureWarning,
        )

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether ``backward`` gets zeros, rather than None, for outputs that nothing used.

        Raises:
            TypeError: if ``value`` is not a bool.
        """
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got (), but expected (bool)"
            )
        self.materialize_grads = value


_SHOWN = frozenset(
    {
        "_forward_cls", "_raw_saved_tensors", "apply", "dirty_tensors", "mark_dirty", "mark_non_differentiable",
        "mark_shared_storage", "materialize_grads", "needs_input_grad", "non_differentiable", "save_for_backward",
        "save_for_forward", "saved_for_forward", "saved_tensors", "saved_variables", "set_materialize_grads", "to_save",
    }
)  # fmt: skip
"""What ``dir`` lists of a custom function's node besides what all nodes have, and what the user has put there."""


class BackwardCFunction(FunctionCtx, Node):
    """The node of a custom function."""

    __module__ = "torch.autograd.function"

    # Slots, so that `vars` has what the user has put there.
    __slots__ = (
        "_is_tensor", "_materializes", "_on_meta", "_outputs", "_saved_values", "dirty_tensors", "needs_input_grad",
        "non_differentiable", "saved_for_forward", "to_save",
    )  # fmt: skip

    _native_name: ClassVar[str] = "torch._C._FunctionBase"
    _takes_all = True
    _is_users = True
    _makes_real = False
    _forward_cls: ClassVar[Any]
    _saved_values: Any
    _is_tensor: tuple[bool, ...]
    _materializes: bool
    _on_meta: tuple[bool, ...]
    _outputs: Sequence[tuple[tuple[int, ...], Any] | None]

    def __dir__(self) -> list[str]:
        shown = (*_SHOWN, *self.__dict__)
        return [name for name in object.__dir__(self) if name.startswith("__") or name in SHOWN or name in shown]

    def __call__(self, *_: Any) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    def apply(self, *args: Any) -> Any:
        """What the user's ``backward``, or ``vjp``, gives for these gradients."""
        return self._formula()(self, *args)

    @property
    def materialize_grads(self) -> bool:
        """Whether ``backward`` gets zeros for outputs that nothing used; can be set, but not read."""
        raise AttributeError("attribute 'materialize_grads' of 'torch._C._FunctionBase' objects is not readable")

    @materialize_grads.setter
    def materialize_grads(self, value: bool) -> None:
        self._materializes = value

    def _prepare(self, args: tuple) -> None:
        self._materializes = True
        self.to_save = self.dirty_tensors = self.non_differentiable = None
        self.saved_for_forward = None
        self._saved_values = ()
        self._is_tensor = tuple(isinstance(one, Tensor) for one in args)
        self.needs_input_grad = tuple(isinstance(one, Tensor) and one.requires_grad for one in args)
        tracked = GRAD.get()
        self._on_meta = tuple(isinstance(one, Tensor) and one._array.__class__ is MetaArray for one in args)
        self._edges = tuple(edge_of(one) if tracked else None for one in args if isinstance(one, Tensor))
        self._seq = next_sequence_nr()
        self._shape, self._more, self._extra = (), [], None
        self._dtype = dtypes.default_dtype()  # the outputs have their own, in `_more`
        if ANOMALY.enabled:
            note_forward(self, evaluating())

    @readonly
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``save_for_backward`` kept.

        Raises:
            RuntimeError: once it has been freed, or if it was modified in place.
        """
        if self._saved_values is FREED:
            raise RuntimeError(TWICE)
        if self.saved_for_forward:
            return self.saved_for_forward
        if self._saved_values is TAKEN:
            raise RuntimeError(
                "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
                "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
            )
        found = tuple(unpack(self, value, version) for value, version in self._saved_values)
        if found and self._forward_cls.clear_saved_tensors_on_access:
            self._saved_values = TAKEN
        return found

    @readonly
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        """The old name of ``saved_tensors``."""
        warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning)
        return self.saved_tensors

    @readonly
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        if self._saved_values is FREED:
            raise RuntimeError(TWICE)
        self._saved_values = tuple(
            (value if isinstance(value, SavedTensor) else SavedTensor.of(self, value, version), 0)
            for value, version in self._saved_values
        )
        return tuple(value for value, _ in self._saved_values)

    def _release(self) -> None:
        if self._saved_values:
            self._saved_values = FREED

    def _apply(self, grads: list[Tensor | None]) -> list[Tensor | None]:
        formula = self._formula()
        if self._materializes:
            grads = [self._zeros(nr) if grad is None else grad for nr, grad in enumerate(grads)]
        found = formula(self, grads) if self._forward_cls.boxed_grads_call else formula(self, *grads)
        results = found if isinstance(found, tuple) else (found,)
        return self._checked(results)

    def _formula(self) -> Callable[..., Any]:
        """The user's formula.

        Raises:
            RuntimeError: if there are two.
        """
        from .function import Function

        function = self._forward_cls
        custom = function.backward is not Function.backward
        if custom and function.vjp is not Function.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        return function.backward if custom else function.vjp

    def _zeros(self, nr: int) -> Tensor | None:
        output = self._outputs[nr]
        if output is None:
            return None
        shape, dtype = output
        zeros = np.zeros(shape, dtype.numpy)
        return wrap(without_elements(zeros) if any(self._on_meta) else zeros, dtype)

    def _checked(self, results: tuple) -> list[Tensor | None]:
        """One gradient per tensor input.

        Raises:
            RuntimeError: for a wrong number of results, or of a wrong kind.
        """
        expected = len(self._is_tensor)
        while len(results) > expected and results[-1] is None:
            results = results[:-1]
        if len(results) != expected:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got "
                f"{len(results)})"
            )
        found: list[Tensor | None] = []
        for position, (is_tensor, result) in enumerate(zip(self._is_tensor, results, strict=True)):
            if is_tensor:
                if result is not None and not isinstance(result, Tensor):
                    raise RuntimeError(f"expected Variable or None (got {type(result).__name__})")
                if (
                    result is not None
                    and self._edges[len(found)] is not None
                    and (result._array.__class__ is MetaArray) is not self._on_meta[position]
                ):
                    expected_device = META if self._on_meta[position] else CPU
                    raise RuntimeError(
                        f"Function {self.name()} returned an invalid gradient at index {len(found)} - expected device "
                        f"{expected_device} but got {result.device}"
                    )
                found.append(result)
            elif result is not None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {position + 1}, but "
                    "the corresponding forward input was not a Variable"
                )
        return found
