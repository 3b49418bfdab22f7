"""Tensor: Python's protocols, and how elements get out to Python and NumPy.

A tensor is a NumPy array with a dtype of torch's and autograd's bookkeeping (``tensor_base.py``).  Operations are
attached to the class where they are declared (``ops/``), autograd's methods in ``autograd/``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Number
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from . import dtypes
from .dtypes import DIFFERENTIABLE, FROM_NUM, dtype
from .layout import keep_size
from .meta import MetaArray
from .opaque_array import HollowArray
from .pending_array import PendingArray
from .printing import tensor_repr
from .sparse_array import SparseArray
from .tensor_base import GRAD, INFERENCE, NO_VERSION, UNFOLLOWED, InferenceCounter, TensorBase
from .tensor_base import refuse_arguments as refuse_arguments
from .warning import warn

_new = object.__new__


class Tensor(TensorBase):
    """A multi-dimensional array of one dtype that autograd can track.

    Source: ``torch.Tensor``.
    """

    __slots__ = ()
    __module__ = "torch"
    __array_priority__ = 1000

    _kept: ClassVar[type[Tensor]]
    """The class of what stays the same tensor without history: a user's subclass; Tensor for Parameter."""
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

    @property
    def data(self) -> Tensor:
        """The same memory, untracked, with a version counter of its own."""
        if self._extra is not None and (found := self._extra.wrapped) is not None:
            if found.dim is not None and found.level.is_transform:
                raise RuntimeError("accessing `data` under vmap transform is not allowed")
            return self._detached()
        if isinstance(self._array, HollowArray):
            return self.detach()
        alias = wrap(self._array, self._dtype, self._kept)
        alias._counter = counter_of_detached(self)
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
        if value.is_inference() is not self.is_inference():
            version = 0 if self._counter is NO_VERSION else self._version
            self._counter = InferenceCounter(version) if value.is_inference() else [version]
            self._view = UNFOLLOWED if value.is_inference() else None

    @data.deleter
    def data(self) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    # Out to Python and NumPy.
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

    def _check_readable(self, what: str) -> None:
        if self._extra is not None and self._extra.wrapped is not None:
            found = self._extra.wrapped
            found.check_readable(found.level.unreadable.get(what) or _UNREADABLE[what])
        if self.is_meta and self._array.size == 1:
            raise RuntimeError("Tensor.item() cannot be called on meta tensors")
        if isinstance(self._array, SparseArray) and what == "storage":
            raise RuntimeError(_UNREADABLE[what])

    def item(self, *given: Any) -> Any:
        """The only element, as a Python number.

        Raises:
            RuntimeError: unless there is exactly one element.
            TypeError: for arguments.
        """
        if given:
            refuse_arguments("item", given)
        if self._extra is not None or self._array.__class__ is not np.ndarray:
            self._check_readable("item")
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        if isinstance(self._array, HollowArray):
            return self._read()
        if isinstance(self._array, SparseArray):
            return self.to_dense().item()
        found = self._array.item()
        return float(found) if self._dtype is dtypes.bfloat16 else found

    def tolist(self, *given: Any) -> Any:
        """The elements as nested lists of Python numbers; a 0-d tensor gives the number."""
        if given:
            refuse_arguments("tolist", given)
        if isinstance(self._array, HollowArray):
            raise RuntimeError(f".tolist() is not supported for tensor subclasses, got {type(self).__name__}")
        if self._is_zerotensor():
            raise RuntimeError("tolist() shouldn't be called on a tensor with unallocated storage")
        if self.is_meta:
            raise NotImplementedError(NO_DATA)
        self._check_readable("storage")
        array = self._array.astype(np.float32) if self._dtype is dtypes.bfloat16 else self._array
        return array.tolist()

    def numpy(self, *given: Any, force: bool = False) -> np.ndarray:
        """The elements as a NumPy array that shares memory.

        Raises:
            RuntimeError: if the tensor requires grad and ``force`` is false.
            TypeError: for bfloat16 and floats of eight bits, which NumPy does not have.
        """
        if given:
            several = "was" if len(given) == 1 else "were"
            raise TypeError(f"numpy() takes 0 positional arguments but {len(given)} {several} given")
        if not isinstance(force, bool):
            raise TypeError(f"numpy(): argument 'force' must be bool, not {type(force).__name__}")
        if isinstance(self._array, HollowArray):
            raise RuntimeError(".numpy() is not supported for tensor subclasses.")
        if self.is_meta and not force:
            raise TypeError(
                "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory "
                "first."
            )
        if GRAD.get() and self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self._dtype is dtypes.bfloat16 or self._dtype in dtypes.FLOAT8:
            raise TypeError(f"Got unsupported ScalarType {self._dtype.scalar_type}")
        if self._is_zerotensor() and not force:
            raise RuntimeError(" Cannot convert a ZeroTensor to numpy. Set force=True if you need the zero array.")
        if isinstance(self._array, SparseArray):
            raise TypeError(
                f"can't convert {_SPARSE_NAMES[self._array.kind]} layout tensor to numpy. Use Tensor.to_dense() first."
            )
        if self.is_meta:
            raise NotImplementedError(NO_DATA)
        self._check_readable("storage")
        if isinstance(self._array, PendingArray):
            if force:
                return self._array.resolved()
            bit, name = ("conjugate", "conj") if self._dtype.is_complex else ("negative", "neg")
            raise RuntimeError(
                f"Can't call numpy() on Tensor that has {bit} bit set. Use tensor.resolve_{name}().numpy() instead."
            )
        keep_size(self._array)
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
        if warns and self.requires_grad and GRAD.get():
            warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first.",
                once=True,
            )
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self.item() if isinstance(self._array, HollowArray) else self.to_dense()._array.item()

    def __float__(self) -> float:
        return float(dtypes.real_number(self._python_number(), dtypes.float64))

    def __complex__(self) -> complex:
        return complex(self._python_number())

    def __int__(self) -> int:
        return int(dtypes.real_number(self._python_number(warns=False), dtypes.int64))

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
        if self.dim() == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __reversed__(self) -> Tensor:
        return self if self._array.ndim == 0 else self.flip(0)

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, Number)):
            found: Any = element == self
            return bool(found.any().item())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self, tensor_contents: str | None = None) -> str:
        if self._extra is not None and self._extra.wrapped is not None:
            return repr(self._extra.wrapped)
        if type(self) is Tensor:
            return tensor_repr(self, contents=tensor_contents)
        text = tensor_repr(self, type(self).__name__, contents=tensor_contents)
        return f"Parameter({text})" if "_is_param" in self.__dict__ else text

    def __format__(self, spec: str) -> str:
        if self._array.ndim == 0 and not self.is_meta:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    def __dir__(self) -> list[str]:
        return sorted({*dir(type(self)), *self.__dict__} - {"__cuda_array_interface__"})


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


def wrap(array: np.ndarray, d: dtype | None = None, cls: type[Tensor] = Tensor) -> Tensor:
    """A fresh, untracked tensor of these elements; the array is not copied."""
    new: Tensor = _new(cls) if array.__class__ is not HollowArray else shell(array)
    new._array = array
    new._dtype = FROM_NUM[array.dtype.num] if d is None else d
    new._requires_grad = False
    new._grad_fn = new._grad = new._extra = None
    new._counter, new._view = (NO_VERSION, UNFOLLOWED) if INFERENCE.get() else (None, None)
    new._output_nr = 0
    return new


def counter_of_alias(tensor: Tensor) -> list[int] | None:
    """The version counter of what has this tensor's memory and its versions, asked for without any mode seeing it."""
    return counter_of_detached(tensor) if isinstance(tensor._counter, InferenceCounter) else tensor._counter


def counter_of_detached(tensor: Tensor) -> list[int] | None:
    """The version counter of what has this tensor's memory, but neither its history nor its versions."""
    if not tensor.is_inference():
        return None
    return NO_VERSION if INFERENCE.get() else InferenceCounter(0)


def shell(array: HollowArray) -> Tensor:
    """A tensor of the class to which a wrapper's array belongs, with the wrapper's attributes; no slot is filled."""
    new: Tensor = _new(array.cls)
    new.__dict__.update(array.kept)
    return new


_SPARSE_NAMES = {
    "sparse_coo": "Sparse", "sparse_csr": "SparseCsr", "sparse_csc": "SparseCsc", "sparse_bsr": "SparseBsr",
    "sparse_bsc": "SparseBsc",
}  # fmt: skip
NO_DATA = "Cannot copy out of meta tensor; no data!"


def written_zeros(like: Tensor, shape: Sequence[int]) -> Tensor:
    """Zeros that count the write which made them, as those of some of torch's formulas do."""
    return like.new_empty(shape).zero_()


def unallocated_zeros(shape: tuple[int, ...], d: dtype) -> Tensor:
    """Zeros for which torch allocates nothing: some formulas give them, and they cannot be modified."""
    return unallocate(wrap(np.zeros(shape, d.numpy), d))


def unallocate(zeros: Tensor) -> Tensor:
    """Let these zeros be some for which torch allocates nothing."""
    zeros._make_extra().is_zero, zeros._view = True, UNFOLLOWED
    return zeros


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


_LEGACY = frozenset({"Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short"})
"""Of the names of dtypes, those that torch has had classes of tensors for, such as ``torch.FloatTensor``."""


def type_text(array: np.ndarray, d: dtype) -> str:
    """What torch calls the type of a tensor in errors: by the class that it once had, if it had one."""
    if isinstance(array, MetaArray):
        return f"Meta{d.scalar_type}Type"
    layout = array.kind if isinstance(array, SparseArray) else "strided"
    if d.scalar_type in _LEGACY and layout in ("strided", "sparse_coo"):
        return f"torch.{'sparse.' * (layout == 'sparse_coo')}{d.scalar_type}Tensor"
    backend = _SPARSE_NAMES.get(layout, "")
    return f"{backend}CPU{d.scalar_type}Type"
