"""The same elements in another dtype, or read as parts of complex numbers; other memory for a tensor.

Source: ``torch.Tensor.to``, and "Tensor class reference" of torch's documentation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..autograd.forward_ad import is_differentiated
from ..autograd.views import bump
from ..declare.op import EACH, missing, op
from ..device import CPU, META, device, to_device
from ..dispatch.arguments import size_argument, type_name
from ..dispatch.layouts import refused
from ..dispatch.outputs import Output
from ..dispatch.overrides import of_one_tensor
from ..dispatch.slow import cast
from ..dtypes import dtype, float16, float32, float64, int8, int16, int32, int64, uint8
from ..kernels.pointwise import of_parts
from ..kernels.shape import clone
from ..layout import (
    Size,
    channels_last,
    channels_last_3d,
    check_resizable,
    contiguous_format,
    memory_format,
    preserve_format,
    strided,
)
from ..meta import MetaArray, as_dense
from ..strides import empty_in_order, has_channels_last, laid_out_as
from ..tensor import NO_DATA, Tensor
from .creation import check_sizes
from .pointwise import _conjugated, _neg_view

# In another dtype.


def _to_copy_kernel(
    self: np.ndarray, dtype: dtype | None, device: device | None, memory_format: memory_format | None
) -> np.ndarray:
    order = None if memory_format is None else memory_format.order(self.ndim)
    if device is META and not isinstance(self, MetaArray):
        like = self if order is None else empty_in_order(self.shape, self.dtype, order)
        return as_dense(like, self.dtype if dtype is None else dtype.numpy)
    if dtype is None or self.dtype == dtype.numpy:
        return clone(self, order)
    found = cast(self, dtype.numpy)
    return laid_out_as(found, self) if order is None else clone(found, order)


def _to_copy_backward(grad: Tensor, dtype: dtype, device: device) -> Tensor:
    """Without the warning that a cast of complex values gives."""
    return (grad.real if grad.is_complex() and not dtype.is_complex else grad).to(device, dtype)


def _check_to_copy(self: Tensor, dtype: dtype | None, device: device | None, memory_format: Any) -> None:
    if device is CPU and self.is_meta:
        raise NotImplementedError(NO_DATA)


_to_copy = op(
    "_to_copy(Tensor self, *, ScalarType? dtype=None, Device? device=None, MemoryFormat? memory_format=None) -> Tensor",
    _to_copy_kernel, check=_check_to_copy,
    self=lambda grad, self_options: _to_copy_backward(grad, *self_options),
    structural=True, node="ToCopyBackward0", method=False, batch=EACH,
    writes=1,
)  # fmt: skip


def suggested_format(self: Tensor) -> memory_format:
    """The format that the tensor already has, as far as torch looks."""
    if not has_channels_last(self._array):
        return contiguous_format
    return channels_last if self.dim() == 4 else channels_last_3d


def convert(
    self: Tensor, d: dtype | None, copy: bool = False, memory_format: Any = None, to: device | None = None
) -> Tensor:
    """The tensor in another dtype, or on another device; itself if nothing changes, unless a copy is asked for."""
    if (
        not copy
        and (d is None or d is self._dtype)
        and (to is None or to is self.device)
        and memory_format in (None, preserve_format, suggested_format(self))
    ):
        return self
    return _to_copy(self, dtype=d, device=to, memory_format=memory_format)


def _to_device(
    self: Tensor, device: Any, dtype: dtype | None, non_blocking: bool, copy: bool, memory_format: Any
) -> Tensor:
    return convert(self, dtype, copy, memory_format, to_device(device, self.device))


op(
    "to.device(Tensor self, Device? device=None, ScalarType? dtype=None, bool non_blocking=False, bool copy=False, *, "
    "MemoryFormat? memory_format=None) -> Tensor",
    composite=_to_device, native=False,
)  # fmt: skip
op(
    "to.dtype(Tensor self, ScalarType dtype, bool non_blocking=False, bool copy=False, *, "
    "MemoryFormat? memory_format=None) -> Tensor",
    composite=lambda self, dtype, non_blocking, copy, memory_format: convert(self, dtype, copy, memory_format),
    native=False,
)  # fmt: skip


def _to_other(self: Tensor, tensor: Any, non_blocking: bool, copy: bool, memory_format: Any) -> Tensor:
    if not isinstance(tensor, Tensor):  # a number, which stands for a tensor of its own dtype
        return convert(self, dtypes.FROM_PYTHON[type(tensor)], copy, memory_format, CPU)
    return convert(self, tensor._dtype, copy, memory_format, tensor.device)


op(
    "to.other(Tensor self, Tensor tensor, bool non_blocking=False, bool copy=False, *, "
    "MemoryFormat? memory_format=None) -> Tensor",
    composite=_to_other, native=False, numbers=True,
)  # fmt: skip
op(
    "type_as(Tensor self, Tensor other) -> Tensor",
    composite=lambda self, other: convert(self, other._dtype, to=other.device),
)


def _shorthand(name: str, d: dtype) -> None:
    def method(self: Tensor, *args: Any, memory_format: Any = None) -> Tensor:
        if args:
            given = f"{len(args)} {'was' if len(args) == 1 else 'were'} given"
            raise TypeError(f"{name}() takes 0 positional arguments but {given}")
        if memory_format is not None and not isinstance(memory_format, preserve_format.__class__):
            raise TypeError(
                f"{name}(): argument 'memory_format' must be torch.memory_format, not {type_name(memory_format)}"
            )
        return convert(self, d, memory_format=memory_format)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The tensor as {d!r}."
    setattr(Tensor, name, method)


for _name, _dtype in {
    "bool": dtypes.bool_, "byte": dtypes.uint8, "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32,
    "long": dtypes.int64, "half": dtypes.float16, "bfloat16": dtypes.bfloat16, "float": dtypes.float32,
    "double": dtypes.float64, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}.items():  # fmt: skip
    _shorthand(_name, _dtype)


def _cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself, if it is on the CPU.

    Raises:
        NotImplementedError: if it is on ``meta``.
    """
    return convert(self, None, memory_format=memory_format, to=CPU)


def _cuda(self: Tensor, device: device | int | str | None = None, **_: Any) -> Tensor:
    """Refused: the engine computes on the CPU."""
    if to_device("cuda" if device is None else device).type != "cuda":
        raise RuntimeError("Invalid device, must be cuda device")
    return self


def _refused(kind: str) -> Any:
    def refused(self: Tensor, device: Any = None, **_: Any) -> Tensor:
        """Refused: the engine computes on the CPU."""
        to_device(kind)
        return self

    return refused


Tensor.cpu = _cpu
Tensor.cuda = _cuda
Tensor.xpu, Tensor.ipu = _refused("xpu"), _refused("ipu")


def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the tensor's type, or the tensor in another one.  Source: ``torch.Tensor.type``."""
    if dtype is None:
        return f"torch.{'meta.' * self.is_meta}{'sparse.' * self.is_sparse}{self._dtype.scalar_type}Tensor"
    if isinstance(dtype, str):
        from ..legacy import dtype_of_name

        return convert(self, dtype_of_name(dtype))
    found = getattr(dtype, "dtype", None) if isinstance(dtype, type) else dtype
    if isinstance(found, dtypes.dtype):
        return convert(self, found)
    if isinstance(dtype, type):
        module = "numpy." if dtype.__module__ == "numpy" else ""
        raise ValueError(f"invalid type: '{module}{dtype.__name__}'")
    raise TypeError("dtype must be a type, str, or dtype object")


Tensor.type = _type

# Parts of complex numbers.


def _check_view_as_real(self: Tensor) -> None:
    if self.is_conj():
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can "
            "view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias "
            "the original."
        )
    if not self.is_complex():
        raise RuntimeError("view_as_real is only supported for complex tensors")


def _check_view_as_complex(self: Tensor) -> None:
    if self._dtype not in (dtypes.float16, dtypes.float32, dtypes.float64):
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{self._dtype.scalar_type}"
        )
    if self.dim() == 0:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if self.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if self.stride(-1) != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(step % 2 for step in self.stride()[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if self.storage_offset() % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")


view_as_real, view_as_real_copy = op(
    "view_as_real(Tensor(a) self) -> Tensor(a)",
    lambda self: self[..., None].view(self.real.dtype),
    self=lambda grad: view_as_complex(grad.contiguous()),
    check=lambda self: _check_view_as_real(self), view="view", copy=True, method=False,
)  # fmt: skip
view_as_complex, view_as_complex_copy = op(
    "view_as_complex(Tensor(a) self) -> Tensor(a)",
    lambda self: self.view(np.complex64 if self.dtype == np.float32 else np.complex128)[..., 0],
    self=lambda grad: view_as_real(grad),
    check=lambda self: _check_view_as_complex(self), view="view", copy=True, method=False,
)  # fmt: skip


def _check_parts(real: Tensor, imag: Tensor) -> None:
    parts = (dtypes.float16, dtypes.float32, dtypes.float64)
    if real._dtype not in parts or imag._dtype not in parts:
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{real._dtype.scalar_type} and {imag._dtype.scalar_type}"
        )
    if real._dtype is not imag._dtype:
        raise RuntimeError(
            f"Expected object of scalar type {real._dtype.scalar_type} but got scalar type {imag._dtype.scalar_type} "
            "for second argument"
        )


complex_ = op(
    "complex(Tensor real, Tensor imag) -> Tensor",
    of_parts,
    real=lambda grad, real: grad.real,
    imag=lambda grad, imag: grad.imag,
    check=_check_parts, method=False,
    out=Output("Expected object of scalar type {result.scalar_type} but got scalar type {out.scalar_type} for argument "
               "'out'"),
    writes=1,
)  # fmt: skip


def real(input: Tensor) -> Tensor:
    """The real part, a view; the tensor itself if it is real.  Source: ``torch.real``."""
    if not input._dtype.is_complex:
        return input
    return view_as_real(_conjugated(input) if input.is_conj() else input).select(-1, 0)


def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view.

    Raises:
        RuntimeError: for real tensors.

    Source: ``torch.imag``.
    """
    if not input._dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    if input.is_conj():
        return _neg_view(view_as_real(_conjugated(input))).select(-1, 1)
    return view_as_real(input).select(-1, 1)


def _set(part: Tensor, value: Any) -> None:
    if isinstance(value, Tensor):
        part.copy_(value)
    else:
        part[...] = value


Tensor.real = property(real, lambda self, value: _set(real(self), value))
Tensor.imag = property(imag, lambda self, value: _set(imag(self), value))
real, imag = of_one_tensor(real), of_one_tensor(imag)


def _check_set(self: Tensor, source: Tensor) -> None:
    if self.layout is not strided or source.layout is not strided:
        raise refused("set_.source_Tensor")
    if self._dtype is not source._dtype:
        raise RuntimeError(
            f"Could not set tensor of type {source._dtype.c_name} to a tensor of type {self._dtype.c_name}"
        )


op(
    "set_.source_Tensor(Tensor(a!) self, Tensor source) -> Tensor(a!)", lambda self, source: source,
    self=missing("set_"), source=missing("set_"), node="NotImplemented", check=_check_set, structural=True, view="view",
)  # fmt: skip


def _resize(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Give the tensor another size, in place; new elements are undefined.

    Raises:
        RuntimeError: if the tensor requires grad.
    """
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if is_differentiated(self):
        raise RuntimeError("cannot resize variables that has a forward grad")
    if self.layout is not strided:
        raise refused("resize_")
    shape = size_argument("resize_", sizes)
    check_sizes(shape)
    if shape == self._array.shape:
        return self
    flat = self._array.reshape(-1)
    count = Size(shape).numel()
    if count > flat.size:
        check_resizable(self._array, count)
        flat = np.concatenate([flat, np.zeros(count - flat.size, flat.dtype)])
    self._array = flat[:count].reshape(shape)
    bump(self)
    return self


def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`Tensor.resize_` to the size of another tensor.  Source: ``torch.resize_as_``."""
    for place, (name, one) in enumerate((("input", input), ("the_template", the_template)), 1):
        if not isinstance(one, Tensor):
            raise TypeError(f"resize_as_(): argument '{name}' (position {place}) must be Tensor, not {type_name(one)}")
    if input.is_sparse and the_template.is_sparse:
        return input.sparse_resize_(the_template.shape, the_template.sparse_dim(), the_template.dense_dim())
    return input.resize_(the_template.shape, memory_format=memory_format)


def _method_resize_as(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`resize_as_` of the tensor."""
    if not isinstance(the_template, Tensor):
        kind = type_name(the_template)
        raise TypeError(f"resize_as_(): argument 'the_template' (position 1) must be Tensor, not {kind}")
    return resize_as_(self, the_template, memory_format=memory_format)


_method_resize_as.__name__ = _method_resize_as.__qualname__ = "resize_as_"
Tensor.resize_as_ = _method_resize_as
Tensor.resize_ = _resize


def _declare_cast(d: dtype) -> Any:
    """The function that converts to one dtype."""
    return op(
        f"_cast_{d.scalar_type}(Tensor self, bool non_blocking=False) -> Tensor",
        composite=lambda self, non_blocking: convert(self, d), method=False,
    )  # fmt: skip


_cast_Byte, _cast_Char, _cast_Short, _cast_Int, _cast_Long = map(_declare_cast, (uint8, int8, int16, int32, int64))
_cast_Half, _cast_Float, _cast_Double = map(_declare_cast, (float16, float32, float64))
