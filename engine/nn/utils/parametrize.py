"""Parameters that are functions of others.

A module with a parametrized ``weight`` has a class of its own, whose property ``weight`` computes it from what
``module.parametrizations.weight`` holds: the tensors that are trained, and the modules that are applied to them.

Source: ``torch.nn.utils.parametrize``.
"""

from __future__ import annotations

import contextlib
import copy
import copyreg
from collections.abc import Iterator, Sequence
from typing import Any

from ...autograd.modes import no_grad
from ...tensor import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

_cached: dict[tuple[int, str], Tensor] = {}
_depth = 0
"""How many `cached` blocks are open."""


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """In the block, compute each parametrized tensor once."""
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if not _depth:
            _cached.clear()


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _kind(value: Any) -> str:
    return type(value).__name__


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and what they start from: ``original``, or ``original0``, ``original1``, ...

    Args:
        modules: applied in turn; the first may take several tensors.
        original: the tensor to be parametrized.
        unsafe: leave shape and dtype unchecked.

    Raises:
        ValueError: for no module, and for one that gives something else than the tensor's shape and dtype.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        new: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    with contextlib.suppress(NotImplementedError):
                        new = module.right_inverse(new)
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError(
                f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {_kind(new)}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            if original.dtype != new.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\nright_inverse(original).dtype: {new.dtype}"
                )
            with no_grad():
                original.set_(new)
            _register(self, "original", original)
        else:
            self._register_all(new, original)
        if not unsafe:
            self._check(self(), shape, dtype)

    def _register_all(self, found: Sequence[Any], original: Tensor) -> None:
        for place, one in enumerate(found):
            if not isinstance(one, Tensor):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element "
                    f"{place} of the sequence with type {_kind(one)}."
                )
            tensor = Parameter(one, original.requires_grad) if isinstance(original, Parameter) else one
            _register(self, f"original{place}", tensor.requires_grad_(original.requires_grad))

    @staticmethod
    def _check(found: Any, shape: Any, dtype: Any) -> None:
        if not isinstance(found, Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {_kind(found)}.")
        for what, before, now in (("dtype", dtype, found.dtype), ("shape", shape, found.shape)):
            if before != now:
                raise ValueError(
                    f"Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag is "
                    f"enabled.\nunparametrized {what}: {before}\nparametrized {what}: {now}"
                )

    def right_inverse(self, value: Any) -> None:
        """Store what makes the parametrized tensor this value.

        Raises:
            RuntimeError: if a parametrization has no ``right_inverse``.
            ValueError: if one gives something that does not fit.
        """
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {_kind(module)} does not implement right_inverse.")
                value = module.right_inverse(value)
            if self.is_tensor:
                if not isinstance(value, Tensor):
                    raise ValueError(f"`right_inverse` should return a tensor. Got {_kind(value)}")
                if value.dtype != self.original.dtype:
                    raise ValueError(
                        f"The tensor returned by `right_inverse` has dtype {value.dtype} while `original` has dtype "
                        f"{self.original.dtype}"
                    )
                self.original.set_(value)
            else:
                self._store_all(value)

    def _store_all(self, value: Any) -> None:
        if not isinstance(value, Sequence):
            raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {_kind(value)}.")
        if len(value) != self.ntensors:
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of "
                f"length {len(value)}."
            )
        for place, tensor in enumerate(value):
            own = getattr(self, f"original{place}")
            if not isinstance(tensor, Tensor):
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors or reference-type opaques. Got element "
                    f"{place} of type {_kind(tensor)}."
                )
            if own.dtype != tensor.dtype:
                raise ValueError(
                    f"Tensor {place} returned by `right_inverse` has dtype {tensor.dtype} while `original{place}` has "
                    f"dtype {own.dtype}"
                )
            own.set_(tensor)

    def forward(self) -> Tensor:
        """The parametrized tensor."""
        names = ["original"] if self.is_tensor else [f"original{place}" for place in range(self.ntensors)]
        first, *rest = self
        found = first(*(getattr(self, name) for name in names))
        for module in rest:
            found = module(found)
        return found


def _copied(self: Any, memo: dict[int, Any]) -> Any:
    """``__deepcopy__`` of a class that no import finds."""
    if id(self) in memo:
        return memo[id(self)]
    replica = memo[id(self)] = self.__new__(type(self))
    replica.__dict__ = copy.deepcopy(self.__dict__, memo)
    for slot in copyreg._slotnames(type(self)):  # type: ignore[attr-defined]
        if hasattr(self, slot):
            setattr(replica, slot, copy.deepcopy(getattr(self, slot), memo))
    return replica


def _refuse_pickle(self: Any) -> None:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). See:\n"
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
        "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
    )


def _give_class(module: Module) -> None:
    """Let the module have a class of its own, which properties can be added to."""
    cls = type(module)
    body: dict[str, Any] = {"__getstate__": _refuse_pickle}
    if not hasattr(cls, "__deepcopy__"):
        body["__deepcopy__"] = _copied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), body)


def _give_property(module: Module, name: str) -> None:
    assert not hasattr(module, name), f"Module already has an attribute named '{name}'"

    def compute(self: Module) -> Tensor:
        parametrization = self.parametrizations[name]
        if not _depth:
            return parametrization()
        key = (id(module), name)
        if key not in _cached:
            _cached[key] = parametrization()
        return _cached[key]

    def assign(self: Module, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(compute, assign))


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Let a parameter or buffer of a module be computed by another module, which gets the tensor that it was.

    Args:
        module: whose tensor it is.
        tensor_name: the tensor's; one that is parametrized already goes through this one last.
        parametrization: gives a tensor of the same shape and dtype.  Its ``right_inverse``, if it has one, says what
            the original is to be, for a value that is assigned; the first one's may give several tensors.
        unsafe: leave shape and dtype unchecked.

    Returns:
        The module.

    Raises:
        ValueError: if there is no such tensor, or shape or dtype would change.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_addition(module, tensor_name, parametrization)
        module.parametrizations[tensor_name].append(parametrization)
        module.parametrizations[tensor_name].unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        found = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_class(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = found
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def _check_addition(module: Module, name: str, parametrization: Module) -> None:
    """Raise unless a further parametrization keeps shape and dtype, both ways."""
    now = getattr(module, name)
    found: Any = parametrization(now)
    if not isinstance(found, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {_kind(found)}.")
    for what in ("dtype", "shape"):
        if getattr(found, what) != getattr(now, what):
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless the `unsafe` flag is "
                f"enabled.\nmodule.{name}.{what}: {getattr(now, what)}\n"
                f"parametrization(module.{name}).{what}: {getattr(found, what)}"
            )
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back: Any = parametrization.right_inverse(found)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {_kind(back)}")
    for what in ("dtype", "shape"):
        if getattr(back, what) != getattr(now, what):
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {what} as module.{name}, "
                f"unless the `unsafe` flag is enabled.\nmodule.{name}.{what}: {getattr(now, what)}\n"
                f"returned {what}: {getattr(back, what)}"
            )


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module is parametrized; without a name, whether any is."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Let a tensor be a parameter or buffer again.

    Args:
        module: whose tensor it is.
        tensor_name: the tensor's.
        leave_parametrized: with the value that it has, not with what it was computed from.

    Returns:
        The module.

    Raises:
        ValueError: if it is not parametrized; if it was computed from several tensors and is not to be left.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    found = module.parametrizations[tensor_name]
    if found.is_tensor:
        original = found.original
        if leave_parametrized:
            with no_grad():
                original.set_(getattr(module, tensor_name))
    elif leave_parametrized:
        original = getattr(module, tensor_name)
        original = Parameter(original) if original.requires_grad else original
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before anything of it was parametrized."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Parametrize another module's tensors, or one of them, as this one's are, from the same originals.

    Returns:
        The other module.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        source = from_module.parametrizations[name]
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        target = to_module.parametrizations[name]
        for original in ["original"] if source.is_tensor else [f"original{place}" for place in range(source.ntensors)]:
            setattr(target, original, getattr(source, original))
    return to_module
