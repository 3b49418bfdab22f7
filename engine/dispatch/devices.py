"""Where an operation computes: on the CPU, or on ``meta``, where there are shapes and dtypes only (``meta.py``).

Source: the "Meta device" page of torch's documentation; which devices go together was observed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import LinAlgError
from ..layout import storage
from ..meta import InKernel, MetaArray, lazily, plain, stand_in
from ..quiet import safely
from ..random import Generator, default_generator
from ..tensor import NO_DATA, Tensor

if TYPE_CHECKING:
    from ..declare.op import Op


def tensors(values: Sequence[Any]) -> Iterator[Tensor]:
    """The tensors among the values of parameters, lists included."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif value.__class__ is tuple:
            yield from (one for one in value if isinstance(one, Tensor))


def check_devices(op: Op, values: Sequence[Any]) -> bool:
    """Whether the operation is on ``meta``.

    A 0-d tensor of the CPU goes with any other.  An operation that is not elementwise takes indices, masks and weights
    from the CPU, if its first tensor has no elements.

    Raises:
        RuntimeError: for tensors on different devices.
        NotImplementedError: where elements that nobody has would be copied.
    """
    for one in tensors(values):
        if isinstance(one._array, MetaArray):
            break
    else:
        return False
    operands = [*tensors(values)]
    if op.schema.name in ("copy", "fill_") and not operands[0].is_meta:
        raise NotImplementedError(NO_DATA)
    for first, *others in op.together:
        _check_each(operands[first], [operands[place] for place in others])
    expected = next((one for one in operands if one._array.ndim or one.is_meta), operands[0])
    lenient = expected is operands[0] and expected.is_meta and op.promote.value == "none" and not _is_strict(op)
    _check_each(expected, [one for one in operands if not (lenient or (one._array.ndim == 0 and not one.is_meta))])
    return True


def _check_each(expected: Tensor, operands: Sequence[Tensor]) -> None:
    for one in operands:
        if one.is_meta is not expected.is_meta:
            raise RuntimeError(f"Tensor on device {one.device} is not on the expected device {expected.device}!")


def _is_strict(op: Op) -> bool:
    joins = any(param.type.is_tensor and param.type.is_list and not param.type.optional for param in op.schema.params)
    return joins or op.elementwise


def run_kernel(op: Op, given: Sequence[Any]) -> Any:
    """What the kernel makes of arrays without elements: arrays without elements.

    No random numbers are used up.

    Raises:
        NotImplementedError: if the shape of a result depends on elements.
    """
    if op.on_meta:
        raise NotImplementedError(op.on_meta.format(op.schema.name))
    pivoted = any(param.name.endswith("pivots") for param in op.schema.params)  # which LAPACK does not check
    arrays = [*map(_stand_in if pivoted else _in_kernel, given)]
    sources = [default_generator, *(one for one in given if isinstance(one, Generator))]
    states = [one.save() for one in sources]
    try:
        try:
            found = safely(op.kernel, *arrays)  # type: ignore[arg-type]
        except (np.linalg.LinAlgError, LinAlgError):  # of zeros
            found = safely(op.kernel, *map(_stand_in, given))  # type: ignore[arg-type]
    finally:
        for one, state in zip(sources, states, strict=True):
            one.restore(state)
    memory = {id(storage(one)) for one in _flat(given)}
    if isinstance(found, (tuple, list)):
        return tuple(_without_elements(one, memory) for one in found)
    return _without_elements(found, memory)


NO_META_KERNEL = (
    "aten::{}: attempted to run this operator with Meta tensors, but there was no fake impl or Meta kernel registered. "
    "You may have run into this message while using an operator with PT2 compilation APIs "
    "(torch.compile/torch.export); in order to use this operator with those APIs you'll need to add a fake impl. "
    "Please see the following for next steps:  https://pytorch.org/tutorials/advanced/custom_ops_landing_page.html"
)


NONZERO_ON_META = (
    "The register_meta function for torch.nonzero() raises unimplemented by default, as a correct data-independent "
    "implementation does not exist. This implementation returns a fake value, assuming all elements of the tensor are "
    "non-zero. To enable this registration, please set 'torch.fx.experimental._config.meta_nonzero_assume_all_nonzero' "
    "to True."
)


def refuse_elements(text: str, *operands: Tensor) -> None:
    """Say so of what needs elements.

    Raises:
        NotImplementedError: if a tensor has no elements.
    """
    if any(one.is_meta for one in operands):
        raise NotImplementedError(text)


def _flat(given: Sequence[Any]) -> Iterator[np.ndarray]:
    for one in given:
        if isinstance(one, np.ndarray):
            yield one
        elif isinstance(one, tuple):
            yield from (each for each in one if isinstance(each, np.ndarray))


def _in_kernel(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_in_kernel, value))
    return value.view(InKernel) if type(value) is MetaArray else value


def _stand_in(value: Any) -> Any:
    return tuple(map(stand_in, value)) if isinstance(value, tuple) else stand_in(value)


def _without_elements(found: Any, memory: set[int]) -> MetaArray:
    array = np.asanyarray(found)
    if id(storage(plain(array))) in memory or isinstance(array, MetaArray):
        return array.view(MetaArray)  # a view of an operand
    return lazily(array.shape, array.dtype, array.strides)
