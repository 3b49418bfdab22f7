"""Tensor: what it holds, its attributes, and Python's protocols.

A tensor is a NumPy array with a dtype of torch's and autograd's bookkeeping.  Operations are attached to the
class where they are declared (``ops/``), autograd's methods in ``autograd/``.

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

import copy
import importlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex

import numpy as np

from . import dtypes
from .device import CPU, META, NO_ACCELERATOR, device
from .dtypes import DIFFERENTIABLE, FROM_NUM, dtype
from .meta import MetaArray
from .opaque_array import HollowArray
from .pending_array import PendingArray
from .printing import tensor_repr
from .sparse_array import SparseArray
from .warning import warn

_new = object.__new__

GRAD: ContextVar[bool] = ContextVar("grad_mode", default=True)
INFERENCE: ContextVar[bool] = ContextVar("inference_mode", default=False)
"""Whether this thread is in inference mode: tensors made in it have no version (``autograd/modes.py``)."""


class Size(tuple):
    """The shape of a tensor."""

    __slots__ = ()
    __module__ = "torch"

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        total = 1
        for n in self:
            total *= n
        return total

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    __str__ = __repr__

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other: tuple) -> Size:
        return Size(tuple.__add__(self, other))

    def __mul__(self, times: SupportsIndex) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple:
        return _size, (tuple(self),)


def _size(lengths: tuple[int, ...]) -> Size:
    return Size(lengths)


class layout:
    """The memory layout of a tensor."""

    __slots__ = ("_name",)
    __module__ = "torch"

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"


strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
sparse_csc = layout("sparse_csc")
_LAYOUTS = {"sparse_coo": sparse_coo, "sparse_csr": sparse_csr, "sparse_csc": sparse_csc}


class memory_format(layout):
    """The order of a dense tensor's dimensions in memory: row-major unless it is given."""

    __slots__ = ("_order",)
    __module__ = "torch"

    def __init__(self, name: str, order: tuple[int, ...] | None = None) -> None:
        super().__init__(name)
        self._order = order

    def order(self, ndim: int) -> tuple[int, ...] | None:
        """The dimensions of a tensor of this rank, the last one densest; None to keep the order that there is.

        Raises:
            RuntimeError: for a rank that the format is not for.
        """
        if self is preserve_format:
            return None
        if self._order is None:
            return (*range(ndim),)
        if len(self._order) != ndim:
            raise RuntimeError(f"required rank {len(self._order)} tensor to use {self._name} format")
        return self._order


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last", (0, 2, 3, 1))


class Extra:
    """What few tensors have (see the module's text)."""

    __slots__ = (
        "accumulator", "grad_dtype", "hooks", "is_zero", "post_accumulate_hooks", "retains_grad", "tangent", "wrapped",
    )  # fmt: skip

    def __init__(self) -> None:
        self.accumulator: Any = None
        self.hooks: Any = None
        self.post_accumulate_hooks: Any = None
        self.retains_grad: Any = None
        self.is_zero = False  # whether torch has zeros here for which it allocates nothing
        self.wrapped: Any = None  # of a tensor of a transform's level (autograd/levels.py)
        self.tangent: Any = None  # with the level of forward mode that it belongs to (autograd/forward_ad.py)
        self.grad_dtype: Any = False  # False: as the tensor's own dtype; None: any


class readonly(property):
    """A property that refuses assignment in torch's words."""

    def __set__(self, instance: object, value: object) -> None:
        assert self.fget is not None
        raise AttributeError(f"attribute '{self.fget.__name__}' of 'torch._C.TensorBase' objects is not writable")


class _NoVersion(list):
    """The version counter of inference tensors: there is none to save."""

    def __getitem__(self, _: Any) -> Any:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
            "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use "
            "it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        )


NO_VERSION = _NoVersion()


class _TensorMeta(type):
    """What class ``type(torch.Tensor)`` is."""

    __module__ = "torch._C"


TensorMeta = _TensorMeta


class Tensor(metaclass=TensorMeta):
    """A multi-dimensional array of one dtype that autograd can track.

    Source: ``torch.Tensor``.
    """

    __slots__ = (
        "__dict__", "__weakref__", "_array", "_counter", "_dtype", "_extra", "_grad", "_grad_fn", "_output_nr",
        "_requires_grad", "_view",
    )  # fmt: skip
    __module__ = "torch"
    __array_priority__ = 1000

    _kept: ClassVar[type[Tensor]]
    """The class of what stays the same tensor without history: a user's subclass; Tensor for Parameter."""

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
    _tangent: Any  # a property: autograd/forward_ad.py
    __torch_function__: ClassVar[Any]  # overrides.py
    __torch_dispatch__: ClassVar[Any]  # dispatch/overrides.py
    _make_wrapper_subclass: ClassVar[Any]  # dispatch/subclasses.py
    _make_subclass: ClassVar[Any]

    if TYPE_CHECKING:  # methods are attached by ops/ and autograd/

        def __getattr__(self, name: str) -> Any: ...  # fmt: skip
        def __mul__(self, other: Any) -> Any: ...  # fmt: skip
        def __add__(self, other: Any) -> Any: ...  # fmt: skip
        def __sub__(self, other: Any) -> Any: ...  # fmt: skip
        def __truediv__(self, other: Any) -> Any: ...  # fmt: skip
        def __neg__(self) -> Any: ...  # fmt: skip
        def __getitem__(self, index: Any) -> Any: ...  # fmt: skip
        def __radd__(self, other: Any) -> Any: ...  # fmt: skip
        def __rsub__(self, other: Any) -> Any: ...  # fmt: skip
        def __rmul__(self, other: Any) -> Any: ...  # fmt: skip
        def __rdiv__(self, other: Any) -> Any: ...  # fmt: skip
        def __rtruediv__(self, other: Any) -> Any: ...  # fmt: skip
        def __pow__(self, other: Any) -> Any: ...  # fmt: skip
        def __mod__(self, other: Any) -> Any: ...  # fmt: skip
        def __matmul__(self, other: Any) -> Any: ...  # fmt: skip
        def __and__(self, other: Any) -> Any: ...  # fmt: skip
        def __or__(self, other: Any) -> Any: ...  # fmt: skip
        def __lt__(self, other: Any) -> Any: ...  # fmt: skip
        def __le__(self, other: Any) -> Any: ...  # fmt: skip
        def __gt__(self, other: Any) -> Any: ...  # fmt: skip
        def __ge__(self, other: Any) -> Any: ...  # fmt: skip
        def __eq__(self, other: Any) -> Any: ...  # fmt: skip
        def __invert__(self) -> Any: ...  # fmt: skip
        def __setitem__(self, index: Any, value: Any) -> None: ...  # fmt: skip

    # Autograd's view of a tensor.  A view is brought up to date before anything reads these (autograd/views.py).

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self._requires_grad or (self._view is not None and self._view.base.requires_grad)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if not self.is_leaf:
            raise RuntimeError(non_leaf_flag(value))
        if value and self.is_inference() and not INFERENCE.get():
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if value and self._dtype not in DIFFERENTIABLE:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self._requires_grad = value

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
        if self._counter is NO_VERSION:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._counter is None else self._counter[0]

    @readonly
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view.base

    def _is_view(self) -> bool:
        return self._view is not None

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
        if not isinstance(value, Tensor):
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
        expected = self.grad_dtype if self.is_leaf else self._dtype
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

    @property
    def data(self) -> Tensor:
        """The same memory, untracked, with a version counter of its own."""
        if self._extra is not None and (found := self._extra.wrapped) is not None:
            if found.dim is not None:
                raise RuntimeError("accessing `data` under vmap transform is not allowed")
            return self.detach()
        if isinstance(self._array, HollowArray):
            return self.detach()
        alias = wrap(self._array, self._dtype, self._kept)
        if self._counter is NO_VERSION:
            alias._counter = NO_VERSION
        return alias

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if value.device is not self.device or value.layout is not self.layout:
            raise RuntimeError(
                "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor "
                "type."
            )
        if self.requires_grad and value._dtype not in DIFFERENTIABLE:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._array, self._dtype = value._array, value._dtype

    @data.deleter
    def data(self) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    # What the elements are, and how they lie in memory.

    @readonly
    def shape(self) -> Size:
        """The length of each dimension."""
        return Size(self._array.shape)

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
        return _LAYOUTS[self._array.kind] if isinstance(self._array, SparseArray) else strided

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

    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or the length of one dimension.

        Raises:
            IndexError: if ``dim`` is out of range.
        """
        return self.shape if dim is None else self._array.shape[wrap_dim(dim, self._array.ndim)]

    def stride(self, dim: int | None = None) -> tuple[int, ...] | int:
        """The step in elements from one index to the next, of each dimension or of one."""
        strides = element_strides(self._array)
        return strides if dim is None else strides[wrap_dim(dim, len(strides))]

    def storage_offset(self) -> int:
        """The distance in elements from the start of the storage."""
        if not self._array.size:
            return 0
        root = storage(self._array)
        start = self._array.__array_interface__["data"][0]
        return (start - root.__array_interface__["data"][0]) // self._array.itemsize

    def data_ptr(self) -> int:
        """The address of the first element; 0 for an empty tensor.

        Raises:
            RuntimeError: for a tensor that a transform has wrapped.
        """
        if self._extra is not None and self._extra.wrapped is not None:
            raise RuntimeError(_UNREADABLE["storage"])
        if isinstance(self._array, SparseArray):
            raise RuntimeError(_UNREADABLE["storage"])
        if isinstance(self._array, HollowArray):
            return 0
        return self._array.__array_interface__["data"][0] if self._array.size and not self.is_meta else 0

    def dim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self._array.size

    ndimension = dim
    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._dtype.itemsize

    def get_device(self) -> int:
        """The ordinal of the GPU, -1 on the CPU."""
        return -1

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is pinned for an accelerator: never."""
        return False

    def is_shared(self) -> bool:
        """Whether other processes share the memory: never."""
        return False

    def pin_memory(self, device: Any = None) -> Any:
        """Refused: there is no accelerator to pin memory for.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(NO_ACCELERATOR)

    def is_contiguous(self, memory_format: memory_format = contiguous_format) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        if memory_format is channels_last:
            order = self._array.transpose(0, 2, 3, 1) if self._array.ndim == 4 else None
            return order is not None and order.flags.c_contiguous
        return self._array.flags.c_contiguous and not isinstance(self._array, SparseArray)

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating-point one."""
        return self._dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the dtype is a complex one."""
        return self._dtype.is_complex

    def is_signed(self) -> bool:
        """Whether the dtype holds negative numbers."""
        return self._dtype.is_signed

    def is_conj(self) -> bool:
        """Whether the elements are conjugated only when they are read (``pending_array.py``)."""
        return self._dtype.is_complex and isinstance(self._array, PendingArray)

    def is_neg(self) -> bool:
        """Whether the elements are negated only when they are read."""
        return isinstance(self._array, PendingArray) and not self._dtype.is_complex

    def is_inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._counter is NO_VERSION

    # Out to Python and NumPy.

    def _check_readable(self, what: str) -> None:
        if self._extra is not None and self._extra.wrapped is not None:
            self._extra.wrapped.check_readable(_UNREADABLE[what])
        if self.is_meta and self._array.size == 1:
            raise RuntimeError("Tensor.item() cannot be called on meta tensors")
        if isinstance(self._array, SparseArray) and what == "storage":
            raise RuntimeError(_UNREADABLE[what])

    def item(self) -> Any:
        """The only element, as a Python number.

        Raises:
            RuntimeError: unless there is exactly one element.
        """
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        if self._extra is not None or self._array.__class__ is not np.ndarray:
            self._check_readable("item")
            if isinstance(self._array, SparseArray):
                return self.to_dense().item()
        found = self._array.item()
        return float(found) if self._dtype is dtypes.bfloat16 else found

    def _is_zerotensor(self) -> bool:
        """Whether these are zeros for which torch allocates nothing, and which cannot be modified."""
        return self._extra is not None and self._extra.is_zero

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers; a 0-d tensor gives the number."""
        if isinstance(self._array, HollowArray):
            raise RuntimeError(f".tolist() is not supported for tensor subclasses, got {type(self).__name__}")
        if self._is_zerotensor():
            raise RuntimeError("tolist() shouldn't be called on a tensor with unallocated storage")
        if self.is_meta:
            raise NotImplementedError(NO_DATA)
        self._check_readable("storage")
        array = self._array.astype(np.float32) if self._dtype is dtypes.bfloat16 else self._array
        return array.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The elements as a NumPy array that shares memory.

        Raises:
            RuntimeError: if the tensor requires grad and ``force`` is false.
            TypeError: for bfloat16, which NumPy does not have.
        """
        if isinstance(self._array, HollowArray):
            raise RuntimeError(".numpy() is not supported for tensor subclasses.")
        if GRAD.get() and self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self._dtype is dtypes.bfloat16:
            raise TypeError("Got unsupported ScalarType BFloat16")
        if self._is_zerotensor() and not force:
            raise RuntimeError(" Cannot convert a ZeroTensor to numpy. Set force=True if you need the zero array.")
        if isinstance(self._array, SparseArray):
            raise TypeError(
                f"can't convert {_SPARSE_NAMES[self._array.kind]} layout tensor to numpy. Use Tensor.to_dense() first."
            )
        if self.is_meta:
            if force:
                raise NotImplementedError(NO_DATA)
            raise TypeError(
                "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory "
                "first."
            )
        self._check_readable("storage")
        if isinstance(self._array, PendingArray):
            if force:
                return self._array.resolved()
            bit, name = ("conjugate", "conj") if self._dtype.is_complex else ("negative", "neg")
            raise RuntimeError(
                f"Can't call numpy() on Tensor that has {bit} bit set. Use tensor.resolve_{name}().numpy() instead."
            )
        return self._array.view()

    def __array__(self, dtype: Any = None) -> np.ndarray:  # no ``copy``, of which NumPy warns: as torch's
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    @property
    def __cuda_array_interface__(self) -> Any:
        raise AttributeError(
            "Can't get __cuda_array_interface__ on non-CUDA tensor type: "
            f"torch.{self._dtype.scalar_type}Tensor If CUDA data is required use tensor.cuda() to copy tensor to "
            "device memory."
        )

    def __bool__(self) -> bool:
        array = self._array
        if self._extra is not None or array.__class__ is not np.ndarray:
            self._check_readable("control flow")
            if not isinstance(array, HollowArray):
                array = self.to_dense()._array
            elif array.size == 1:
                return bool(self.item())
        if array.size == 1:
            return bool(array.item())
        if array.size == 0:
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")

    def _python_number(self, *, warns: bool = True) -> Any:
        self._check_readable("item")
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if warns and self.requires_grad and GRAD.get():
            warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first.",
                once=True,
            )
        return self.item() if isinstance(self._array, HollowArray) else self.to_dense()._array.item()

    def __float__(self) -> float:
        return float(self._python_number())

    def __complex__(self) -> complex:
        return complex(self._python_number())

    def __int__(self) -> int:
        return int(self._python_number(warns=False))

    def __index__(self) -> int:
        if self._array.size != 1 or self._dtype.category > dtypes.INTEGRAL:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        self._check_readable("item")
        return int(self._array.item())

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __reversed__(self) -> Tensor:
        return self if self._array.ndim == 0 else self.flip(0)

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, bool, int, float, complex)):
            found: Any = self == element
            return bool(found.any().item())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        if self._extra is not None and self._extra.wrapped is not None:
            return repr(self._extra.wrapped)
        if type(self) is Tensor:
            return tensor_repr(self)
        text = tensor_repr(self, type(self).__name__)
        return f"Parameter({text})" if "_is_param" in self.__dict__ else text

    def __format__(self, spec: str) -> str:
        if self._array.ndim == 0 and not self.is_meta:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def __dir__(self) -> list[str]:
        return sorted({*dir(type(self)), *self.__dict__} - {"__cuda_array_interface__"})

    def __deepcopy__(self, memo: dict) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user "
                "(graph leaves) support the deepcopy protocol at the moment.  "
                "If you were attempting to deepcopy a module, this may be because "
                "of a torch.nn.utils.weight_norm usage, "
                "see https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) in memo:
            return memo[id(self)]
        if isinstance(self._array, HollowArray):
            token = GRAD.set(False)
            try:
                new = self.clone()
            finally:
                GRAD.reset(token)
        else:
            new = wrap(self._array.copy(order="K"), self._dtype, type(self))
        new._counter = [1]  # the copy is a write
        memo[id(self)] = new
        new._requires_grad = self._requires_grad
        new._grad = copy.deepcopy(self._grad, memo)
        new.__dict__ = copy.deepcopy(self.__dict__, memo)
        return new

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple:
        if isinstance(self._array, HollowArray):
            made = (self._dtype, self.layout._name, str(self.device), self.requires_grad)
            return _rebuild_wrapper, (torchs_name(type(self)) or type(self), self.shape, *made), self.__dict__
        return _rebuild, (self._array, self._dtype, self._requires_grad, torchs_name(type(self)) or type(self))


_UNREADABLE = {
    "item": "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a "
    "Tensor, please try to rewrite what you're doing with other operations. If error is occurring somewhere inside "
    "PyTorch internals, please file a bug report.",
    "control flow": "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We "
    "don't support that yet, please file an issue at https://github.com/pytorch/pytorch/issues .",
    "equal": "Batching rule not implemented for aten::equal. We could not generate a fallback.",
    "allclose": "vmap over torch.allclose isn't supported yet. Please file an issue at "
    "https://github.com/pytorch/pytorch/issues if you need this feature.",
    "mask": "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over "
    "indexing with a boolean mask.",
    "storage": "Cannot access data pointer of Tensor that doesn't have storage",
}
"""What is said of reading the elements of a batched tensor, by how it is read."""


Tensor._kept = Tensor
Tensor._own = Tensor.__dict__["_array"]


def wrap(array: np.ndarray, d: dtype | None = None, cls: type[Tensor] = Tensor) -> Tensor:
    """A fresh, untracked tensor of these elements; the array is not copied."""
    new: Tensor = _new(cls) if array.__class__ is not HollowArray else shell(array)
    new._array = array
    new._dtype = FROM_NUM[array.dtype.num] if d is None else d
    new._requires_grad = False
    new._grad_fn = new._view = new._grad = new._extra = None
    new._counter = NO_VERSION if INFERENCE.get() else None
    new._output_nr = 0
    return new


def shell(array: HollowArray) -> Tensor:
    """A tensor of the class to which a wrapper's array belongs, with the wrapper's attributes; no slot is filled."""
    new: Tensor = _new(array.cls)
    new.__dict__.update(array.kept)
    return new


_SPARSE_NAMES = {"sparse_coo": "Sparse", "sparse_csr": "SparseCsr", "sparse_csc": "SparseCsc"}
NO_DATA = "Cannot copy out of meta tensor; no data!"


def get_device(input: Tensor) -> int:
    """The ordinal of the GPU, -1 on the CPU."""
    return input.get_device()


def unallocated_zeros(shape: tuple[int, ...], d: dtype) -> Tensor:
    """Zeros for which torch allocates nothing: some formulas give them, and they cannot be modified."""
    new = wrap(np.zeros(shape, d.numpy), d)
    new._make_extra().is_zero = True
    return new


def check_allocated(tensor: Tensor) -> None:
    """Refuse to modify such zeros.

    Raises:
        RuntimeError: if these are ones.
    """
    if tensor._is_zerotensor():
        raise RuntimeError(
            "ZeroTensors are immutable. Please use the materialized zero tensor obtained using .clone() if you want a "
            "mutable tensor."
        )


def _rebuild(array: np.ndarray, d: dtype, requires_grad: bool, cls: type[Tensor] | str) -> Tensor:
    new = wrap(array, d, class_named(cls) if isinstance(cls, str) else cls)
    new._requires_grad = requires_grad
    return new


def _rebuild_wrapper(
    cls: type[Tensor] | str, shape: Size, d: dtype, layout: str, device: str, requires_grad: bool
) -> Tensor:
    found = class_named(cls) if isinstance(cls, str) else cls
    return Tensor._make_wrapper_subclass(
        found, shape, dtype=d, layout=_LAYOUTS.get(layout, strided), device=device, requires_grad=requires_grad
    )


def torchs_name(cls: type) -> str | None:
    """The name by which torch knows a class of this package, which a pickle can keep; None of other classes."""
    is_ours = cls.__module__.partition(".")[0] == "torch"
    return f"{cls.__module__}.{cls.__qualname__}" if is_ours else None


def class_named(name: str) -> Any:
    """The class of this package that bears this name of torch's."""
    module, _, name = name.rpartition(".")
    return getattr(importlib.import_module(f"{__package__}{module.removeprefix('torch')}"), name)


def storage(array: np.ndarray) -> np.ndarray:
    """The array that owns this array's memory, as far as NumPy knows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def element_strides(array: np.ndarray) -> tuple[int, ...]:
    """The strides in elements; of an array without elements, as if it were row-major, for NumPy keeps none."""
    if array.size:
        itemsize = array.itemsize
        return tuple(s // itemsize for s in array.strides)
    strides, step = [], 1
    for n in reversed(array.shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))


def wrap_dim(dim: int, ndim: int) -> int:
    """``dim`` counted from the front.

    Raises:
        IndexError: if it is out of range.  A 0-d tensor accepts 0 and -1.
    """
    limit = ndim or 1
    if not -limit <= dim < limit:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})")
    return dim + limit if dim < 0 else dim


def non_leaf_flag(value: bool) -> str:
    """torch's text for a change of a non-leaf's ``requires_grad``."""
    text = "you can only change requires_grad flags of leaf variables."
    if not value:
        text += (
            " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach()."
        )
    return text
