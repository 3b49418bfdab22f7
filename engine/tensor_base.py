"""TensorBase: what a tensor holds, and its attributes.

What the slots hold::

    _array           the elements; a view's array shares memory with its base's
    _own             the same slot, for compiled code: classes that take over calls refuse it
    _dtype           the engine's dtype, which bfloat16 needs a name for
    _requires_grad   True for tracked leaves and for every recorded result
    _grad_fn         the node that produced this tensor, None for leaves
    _output_nr       which of that node's outputs this is
    _counter         the version, in a one-element list shared by all views; None means "0, and never shared"
    _view            how this tensor is a view of another one, None if it is not
    _grad            the accumulated gradient
    _extra           what few tensors have: hooks, the retain_grad flag, the gradient accumulator
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .device import CPU, META, NO_ACCELERATOR, device
from .dtypes import DIFFERENTIABLE, dtype
from .layout import (
    LAYOUTS,
    Size,
    channels_last,
    channels_last_3d,
    contiguous_format,
    element_strides,
    layout,
    memory_format,
    sized,
    sparse_coo,
    sparse_csr,
    storage,
    strided,
    wrap_dim,
)
from .meta import MetaArray
from .opaque_array import HollowArray
from .pending_array import PendingArray
from .sparse_array import SparseArray
from .warning import warn

if TYPE_CHECKING:
    from .tensor import Tensor

GRAD: ContextVar[bool] = ContextVar("grad_mode", default=True)
INFERENCE: ContextVar[bool] = ContextVar("inference_mode", default=False)
"""Whether this thread is in inference mode: tensors made in it have no version (``autograd/modes.py``)."""


def refuse_arguments(name: str, given: tuple[Any, ...]) -> None:
    """Say of a method that takes no arguments, and got some, what Python says of torch's.

    Raises:
        TypeError: always.
    """
    raise TypeError(f"TensorBase.{name}() takes no arguments ({len(given)} given)")


def _given_dim(name: str, dim: Any, ndim: int) -> int:
    """The dimension that a method was asked for.

    Raises:
        TypeError: if it is no integer.
        IndexError: if there is no such dimension.
    """
    if isinstance(dim, bool) or (isinstance(dim, TensorBase) and dim.ndim) or not hasattr(dim, "__index__"):
        raise TypeError(f"{name}(): argument 'dim' (position 1) must be int, not {type(dim).__name__}")
    return wrap_dim(dim, ndim, scalar=False)


class Extra:
    """What few tensors have (see the module's text)."""

    __slots__ = (
        "accumulator", "grad_dtype", "hooks", "is_zero", "number", "post_accumulate_hooks", "retains_grad", "tangent",
        "wrapped",
    )  # fmt: skip

    def __init__(self) -> None:
        self.accumulator: Any = None
        self.hooks: Any = None
        self.post_accumulate_hooks: Any = None
        self.retains_grad: Any = None
        self.is_zero = False  # whether torch has zeros here for which it allocates nothing
        self.number: Any = None  # for which it stands in a formula, where operations are watched
        self.wrapped: Any = None  # of a tensor of a transform's level (autograd/levels.py)
        self.tangent: Any = None  # with the level of forward mode that it belongs to (autograd/forward_ad.py)
        self.grad_dtype: Any = False  # False: as the tensor's own dtype; None: any


class readonly(property):
    """A property that refuses assignment in torch's words."""

    _name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def _refuse(self, instance: object, *_: object) -> None:
        kind = getattr(type(instance), "_native_name", type(instance).__name__)
        raise AttributeError(f"attribute '{self._name}' of '{kind}' objects is not writable")

    __set__ = __delete__ = _refuse


class InferenceCounter(list):
    """The version counter of inference tensors, which are not to be saved: only what was detached outside of inference
    mode has a ``version``."""

    __slots__ = ("version",)

    def __init__(self, version: int | None = None) -> None:
        super().__init__()
        self.version = version

    def __getitem__(self, _: Any) -> Any:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
            "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use "
            "it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        )


NO_VERSION = InferenceCounter()


class _Unfollowed:
    """What tensors on which compiled calls give up have in place of a view: inference tensors, which autograd follows
    as little as their views (``dispatch/slow.py``), and zeros that nobody has allocated (``dispatch/zeros.py``)."""

    __slots__ = ("borrows",)

    requires_grad = False
    _array = _extra = _view = None

    def __init__(self) -> None:
        self.borrows = False

    @property
    def base(self) -> _Unfollowed:
        return self

    def refresh(self, tensor: Tensor) -> None:
        """There is no ``grad_fn`` to make anew."""

    def renew(self, tensor: Tensor) -> None:
        """Make a compiled call give up, unless it is of inference mode and gets an inference tensor.

        Raises:
            TypeError: if it is not.
        """
        if tensor._counter is NO_VERSION and INFERENCE.get():
            return
        raise TypeError("a tensor that compiled calls leave to the slow path")


UNFOLLOWED = _Unfollowed()


class _TensorMeta(type):
    """What class ``type(torch.Tensor)`` is."""

    __module__ = "torch._C"


TensorMeta = _TensorMeta


class TensorBase(metaclass=TensorMeta):
    """What a tensor holds.

    Source: ``torch._C.TensorBase``.
    """

    __slots__ = (
        "__dict__", "__weakref__", "_array", "_counter", "_dtype", "_extra", "_grad", "_grad_fn", "_output_nr",
        "_requires_grad", "_view",
    )  # fmt: skip
    __module__ = "torch._C"

    _native_name: ClassVar[str] = "torch._C.TensorBase"
    """What torch calls the class in errors."""

    _array: np.ndarray
    _own: np.ndarray
    _dtype: dtype
    _requires_grad: bool
    _grad_fn: Any
    _output_nr: int
    _counter: list[int] | None
    _view: Any
    _grad: Tensor | None
    _extra: Extra | None

    # Autograd's view of a tensor.  A view is brought up to date before anything reads these (autograd/views.py).

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self._requires_grad or (self._view is not None and self._view.base.requires_grad)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if self._grad_fn is not None or not self.is_leaf:  # before a view that cannot be followed is refused
            raise RuntimeError(non_leaf_flag(value))
        if value and self.is_inference() and not INFERENCE.get():
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if value and self._dtype not in DIFFERENTIABLE:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self._requires_grad = value
        if self._view is not None:
            self._view.borrows = False

    @requires_grad.deleter
    def requires_grad(self) -> None:
        raise RuntimeError("requires_grad must be a bool")

    @readonly
    def grad_fn(self) -> Any:
        """The node that recorded the operation that made this tensor; None for leaves."""
        if self._view is not None:
            self._view.refresh(self)
        return self._grad_fn

    @readonly
    def is_leaf(self) -> bool:
        """True unless the tensor is a recorded result."""
        return self.grad_fn is None

    @readonly
    def output_nr(self) -> int:
        """Which output of ``grad_fn`` this tensor is."""
        return self._output_nr

    @readonly
    def _version(self) -> int:
        """How often the memory has been modified in place, through any view."""
        if isinstance(self._counter, InferenceCounter):
            if self._counter.version is None:
                raise RuntimeError("Inference tensors do not track version counter.")
            return self._counter.version
        return 0 if self._counter is None else self._counter[0]

    @readonly
    def _base(self) -> Tensor | None:
        return self._view.base if self._is_view() else None

    def _is_view(self) -> bool:
        return self._view is not None and self._view is not UNFOLLOWED

    def _make_extra(self) -> Extra:
        """The rarely used part, made on first use."""
        if self._extra is None:
            self._extra = Extra()
        return self._extra

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient; None before the first backward that reaches the tensor."""
        if self._grad is None and not self.is_leaf and not self.retains_grad:
            warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
                "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
                "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
                "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
                "github.com/pytorch/pytorch/pull/30531 for more information."
            )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None:
            self._grad = None
            return
        if not isinstance(value, TensorBase):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value.device is not self.device:
            raise RuntimeError(
                f"attempting to assign a gradient with device type '{value.device.type}' to a tensor with device type "
                f"'{self.device.type}'. Please ensure that the gradient and the tensor are on the same device"
            )
        expected = self._dtype
        if self._extra is not None and self._extra.grad_dtype is not False:
            expected = self._extra.grad_dtype
        if expected is not None and value._dtype is not expected:
            given = value._dtype.c_name
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{given}' to a tensor with grad_dtype "
                f"'{expected.scalar_type}'. The gradient must match the tensor's grad_dtype (defaults to the "
                "tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None "
                "to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its "
                "gradient may break downstream systems that assume they match."
            )
        if value.shape != self.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
                f"'{list(self.shape)}'. Please ensure that the gradient and the tensor are the same size"
            )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @readonly
    def retains_grad(self) -> bool:
        """Whether this is a non-leaf whose ``.grad`` is filled."""
        return self._extra is not None and self._extra.retains_grad is not None

    @property
    def grad_dtype(self) -> dtype | None:
        """The dtype that ``.grad`` must have; None allows any.  Leaves only."""
        if not self.is_leaf:
            raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
        if self._extra is None or self._extra.grad_dtype is False:
            return self._dtype
        return self._extra.grad_dtype

    @grad_dtype.setter
    def grad_dtype(self, value: dtype | None) -> None:
        if value is not None and not isinstance(value, dtype):
            raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}")
        gradient = self.grad  # warns for non-leaves, as torch does
        if not self.is_leaf:
            raise RuntimeError("grad_dtype can only be set on leaf tensors.")
        if gradient is not None and value is not None and gradient._dtype is not value:
            raise RuntimeError(
                f"Cannot set grad_dtype to '{value.scalar_type}' because there is already a gradient with dtype "
                f"'{gradient._dtype.c_name}'. Please clear the gradient (.grad = None) before changing grad_dtype, or "
                "ensure the new grad_dtype matches the existing gradient's dtype."
            )
        self._make_extra().grad_dtype = value

    # What the elements are, and how they lie in memory.

    @readonly
    def shape(self) -> Size:
        """The length of each dimension."""
        return sized(self._array.shape)

    @readonly
    def dtype(self) -> dtype:
        """The data type of the elements."""
        return self._dtype

    @readonly
    def device(self) -> device:
        """Where the elements are; ``meta`` if there are none."""
        if isinstance(self._array, HollowArray):
            return self._array.where
        return META if isinstance(self._array, MetaArray) else CPU

    @readonly
    def layout(self) -> layout:
        """``torch.strided``, unless only some elements are stored."""
        if isinstance(self._array, HollowArray):
            return self._array.layout
        return LAYOUTS[self._array.kind] if isinstance(self._array, SparseArray) else strided

    @readonly
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    @readonly
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._dtype.itemsize

    @readonly
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._array.nbytes

    is_meta = property(lambda self: self.device is META)
    is_sparse = property(lambda self: self.layout is sparse_coo)
    is_sparse_csr = property(lambda self: self.layout is sparse_csr)
    is_cuda = is_quantized = is_mkldnn = is_mps = is_xpu = property(lambda self: False)
    is_cpu = property(lambda self: not self.is_meta)

    def size(self, dim: int | None = None, *given: Any) -> Size | int:
        """The shape, or the length of one dimension.

        Raises:
            IndexError: if ``dim`` is out of range.
            TypeError: for several.
        """
        if given:
            raise TypeError(f"size() takes from 0 to 1 positional arguments but {1 + len(given)} were given")
        shape = self.shape
        if dim is None:
            return shape
        return shape[_given_dim("size", dim, len(shape))]

    def stride(self, dim: int | None = None) -> tuple[int, ...] | int:
        """The step in elements from one index to the next, of each dimension or of one."""
        strides = element_strides(self._array)
        return strides if dim is None else strides[_given_dim("stride", dim, len(strides))]

    def storage_offset(self) -> int:
        """The distance in elements from the start of the storage."""
        if not self._array.size:
            return 0
        root = storage(self._array)
        start = self._array.__array_interface__["data"][0]
        return (start - root.__array_interface__["data"][0]) // self._array.itemsize

    def dim(self, *given: Any) -> int:
        """The number of dimensions."""
        if given:
            refuse_arguments("dim", given)
        return self._array.ndim

    def numel(self, *given: Any) -> int:
        """The number of elements."""
        if given:
            refuse_arguments("numel", given)
        return self._array.size

    ndimension = dim

    def nelement(self, *given: Any) -> int:
        """The number of elements."""
        if given:
            refuse_arguments("nelement", given)
        return self._array.size

    def element_size(self, *given: Any) -> int:
        """Bytes of one element."""
        if given:
            refuse_arguments("element_size", given)
        return self._dtype.itemsize

    def get_device(self, *given: Any) -> int:
        """The ordinal of the GPU, -1 on the CPU."""
        if given:
            refuse_arguments("get_device", given)
        return -1

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is pinned for an accelerator: never."""
        return False

    def record_stream(self, stream: Any) -> None:
        """Refused: there is no accelerator with streams.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("unknown parameter type" if stream is None else NO_ACCELERATOR)

    def pin_memory(self, device: Any = None) -> Any:
        """Refused: there is no accelerator to pin memory for.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(NO_ACCELERATOR)

    def is_contiguous(self, memory_format: memory_format = contiguous_format) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        if memory_format is channels_last or memory_format is channels_last_3d:
            ndim = self._array.ndim
            moved = self._array.transpose(memory_format.order(ndim)) if ndim == memory_format.rank else None
            return moved is not None and moved.flags.c_contiguous
        return self._array.flags.c_contiguous and not isinstance(self._array, SparseArray)

    def is_floating_point(self, *given: Any) -> bool:
        """Whether the dtype is a floating-point one."""
        if given:
            refuse_arguments("is_floating_point", given)
        return self._dtype.is_floating_point

    def is_complex(self, *given: Any) -> bool:
        """Whether the dtype is a complex one."""
        if given:
            refuse_arguments("is_complex", given)
        return self._dtype.is_complex

    def is_signed(self, *given: Any) -> bool:
        """Whether the dtype holds negative numbers."""
        if given:
            refuse_arguments("is_signed", given)
        return self._dtype.is_signed

    def is_conj(self, *given: Any) -> bool:
        """Whether the elements are conjugated only when they are read (``pending_array.py``)."""
        if given:
            refuse_arguments("is_conj", given)
        return self._dtype.is_complex and isinstance(self._array, PendingArray)

    def is_neg(self, *given: Any) -> bool:
        """Whether the elements are negated only when they are read."""
        if given:
            refuse_arguments("is_neg", given)
        return isinstance(self._array, PendingArray) and not self._dtype.is_complex

    def is_inference(self, *given: Any) -> bool:
        """Whether the tensor was made in inference mode."""
        if given:
            refuse_arguments("is_inference", given)
        return isinstance(self._counter, InferenceCounter)

    def _is_zerotensor(self) -> bool:
        """Whether these are zeros for which torch allocates nothing, and which cannot be modified."""
        return self._extra is not None and self._extra.is_zero


TensorBase._own = TensorBase.__dict__["_array"]


def non_leaf_flag(value: bool) -> str:
    """torch's text for a change of a non-leaf's ``requires_grad``."""
    text = "you can only change requires_grad flags of leaf variables."
    if not value:
        text += (
            " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach()."
        )
    return text
