"""``MaskedTensor``: elements, and a mask that says which of them are there.

It is a wrapper (``dispatch/subclasses.py``): autograd records operations on it as on any tensor, and what they do with
elements and mask is in ``operations.py``.

Source: ``torch.masked``, and its tutorials on masked tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...autograd.function import Function
from ...dispatch.overrides import takes_over
from ...dtypes import bool_, dtype, float16, float32, float64, int8, int16, int32, int64
from ...layout import sparse_coo, sparse_csr, strided
from ...ops.comparison import allclose, eq
from ...ops.sparse_construction import sparse_coo_tensor
from ...tensor import Tensor
from ...warning import warn

FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""What is done above autograd: by the name of the public function, what stands for it (``operations.py``)."""
OPERATIONS: dict[str, Callable[..., Any]] = {}
"""What is done below it: by the operation's name, from the operation and its arguments to its results."""

_DTYPES: frozenset[dtype] = frozenset({float16, float32, float64, bool_, int8, int16, int32, int64})
UNSUPPORTED = (
    "If you would like this operator to be supported, please file an issue for a feature request at "
    "https://github.com/pytorch/maskedtensor/issues with a minimal reproducible code snippet.\n"
    "In the case that the semantics for the operator are not trivial, it would be appreciated to also include a "
    "proposal for the semantics."
)


class MaskedTensor(Tensor):
    """A tensor some of whose elements are masked out.

    Args:
        data: the elements, of which this keeps a copy; strided, sparse COO or sparse CSR.
        mask: bools of the same shape and layout; True for what is there.
        requires_grad: whether operations on it are recorded.  It is a leaf in any case.

    Raises:
        TypeError: for a dtype or a layout that is not supported, and what is no tensor or masked already.
        ValueError: for shapes, or places of sparse elements, that differ.
    """

    __module__ = "torch.masked.maskedtensor.core"

    _masked_data: Tensor
    _masked_mask: Tensor

    def __new__(cls, data: Any, mask: Any, requires_grad: bool = False) -> MaskedTensor:
        for one, name in ((data, "data"), (mask, "mask")):
            if not isinstance(one, Tensor) or is_masked_tensor(one):
                raise TypeError(f"{name} must be a Tensor")
        takes_over(MaskedTensor)
        warn(
            "The PyTorch API of MaskedTensors is in prototype stage and will change in the near future. Please open a "
            "Github issue for features requests and see our documentation on the torch.masked module for further "
            "information about the project."
        )
        if data.requires_grad:
            warn(
                "It is not recommended to create a MaskedTensor with a tensor that requires_grad. To avoid this, you "
                "can use data.detach().clone()"
            )
        return Tensor._make_wrapper_subclass(
            cls, data.size(), dtype=data.dtype, layout=data.layout, device=data.device, requires_grad=requires_grad
        )

    def __init__(self, data: Tensor, mask: Tensor, requires_grad: bool = False) -> None:
        if data.layout is not mask.layout:
            raise TypeError("data and mask must have the same layout.")
        if data.layout is sparse_coo:
            data, mask = data.coalesce(), mask.coalesce()
        if data.layout is not strided and data._nnz() != mask._nnz():
            data = _at_places_of(mask, data)
        self._set_data_mask(data.clone(), mask.clone())

    def _set_data_mask(self, data: Tensor, mask: Tensor) -> None:
        self._masked_data, self._masked_mask = data, mask
        if data.layout not in (strided, sparse_coo, sparse_csr):
            raise TypeError(f"data layout of {data.layout} is not supported.")
        if data.layout is not strided and not same_places(data, mask):
            if data.layout is sparse_coo:
                raise ValueError("data and mask are both sparse COO tensors but do not have the same indices.")
            raise ValueError("data and mask are both sparse CSR tensors but do not share either crow or col indices.")
        if mask.dtype is not bool_:
            raise TypeError("mask must have dtype bool.")
        if data.dtype not in _DTYPES:
            raise TypeError(f"{data.dtype} is not supported in MaskedTensor.")
        if data.dim() != mask.dim():
            raise ValueError("data.dim() must equal mask.dim()")
        if data.size() != mask.size():
            raise ValueError("data.size() must equal mask.size()")

    @staticmethod
    def _from_values(data: Tensor, mask: Tensor) -> MaskedTensor:
        return Constructor.apply(data, mask)

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found = FUNCTIONS.get(func.__name__)
        if found is not None:
            return found(*args, **(kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs)

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        if name in OPERATIONS:
            return OPERATIONS[name](func, *args, **(kwargs or {}))
        warn(f"{name} is not implemented in __torch_dispatch__ for MaskedTensor.\n{UNSUPPORTED}")
        return NotImplemented

    def get_data(self) -> Tensor:
        """All elements, also those that are masked out; a gradient of these is masked."""
        return GetData.apply(self)

    def get_mask(self) -> Tensor:
        """The mask itself."""
        return self._masked_mask

    def to_tensor(self, value: Any) -> Tensor:
        """The elements, with a value in place of those that are masked out."""
        return self.get_data().masked_fill(~self.get_mask(), value)

    def is_sparse_coo(self) -> bool:
        """Whether elements and mask are sparse COO tensors."""
        return self.layout is sparse_coo

    def is_sparse_csr(self) -> bool:  # a method, unlike Tensor's
        """Whether elements and mask are sparse CSR tensors."""
        return self.layout is sparse_csr

    def item(self) -> Any:
        """The only element.

        Raises:
            ValueError: if it is masked out.
        """
        if self.numel() == 1 and not self.get_mask().item():
            raise ValueError("__torch_dispatch__, aten._local_scalar_dense: expected a mask tensor")
        return self._masked_data.item()

    def norm(self, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        """Refused: torch's own method gives more than a masked norm takes.

        Raises:
            TypeError: always.
        """
        return FUNCTIONS["norm"](self, p=p, dim=dim, keepdim=keepdim, dtype=dtype)

    is_sparse = property(lambda self: self.layout is not strided)

    def __lt__(self, other: Any) -> MaskedTensor:
        given = other._masked_data if is_masked_tensor(other) else other
        return MaskedTensor(self.get_data() < given, self.get_mask())

    def __repr__(self, tensor_contents: str | None = None) -> str:
        data, mask = self._masked_data.detach().to_dense(), self.get_mask().to_dense()
        if self.dim() == 0:
            return f"MaskedTensor({_text(data.item()) if mask.item() else '--'}, {mask.item()})"
        text = _rows(data.tolist(), mask.tolist(), data.dim())
        return f"MaskedTensor(\n{_indented(text)}\n)"


def is_masked_tensor(obj: Any, /) -> bool:
    """Whether this is a masked tensor."""
    return isinstance(obj, MaskedTensor)


def masked_tensor(data: Any, mask: Any, requires_grad: bool = False) -> MaskedTensor:
    """A masked tensor, as a leaf.  See `MaskedTensor`."""
    return MaskedTensor(data, mask, requires_grad)


def as_masked_tensor(data: Any, mask: Any) -> MaskedTensor:
    """A masked tensor of these elements with their history."""
    return MaskedTensor._from_values(data, mask)


class Constructor(Function):
    """From elements to a masked tensor."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, mask: Tensor) -> MaskedTensor:
        return MaskedTensor(data, mask)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        return grad_output, None


class GetData(Function):
    """From a masked tensor to its elements."""

    @staticmethod
    def forward(ctx: Any, masked: MaskedTensor) -> Tensor:
        ctx.mask = masked.get_mask()
        return masked._masked_data.detach()

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> MaskedTensor:
        if isinstance(grad_output, MaskedTensor):
            return grad_output
        return MaskedTensor(grad_output, ctx.mask)


# Comparing and printing.


def same_places(one: Tensor, other: Tensor) -> bool:
    """Whether two sparse tensors of one layout store the same elements."""
    if one.layout is sparse_coo:
        return tensors_match(one.indices(), other.indices())
    rows = tensors_match(one.crow_indices(), other.crow_indices())
    return rows and tensors_match(one.col_indices(), other.col_indices())


def tensors_match(one: Tensor, other: Tensor, exact: bool = True) -> bool:
    """Whether two tensors have the same elements, or close ones.

    Raises:
        ValueError: if their layouts differ.
        RuntimeError: if their shapes cannot be broadcast.
    """
    if one.layout is not other.layout:
        raise ValueError(f"`a` and `b` must have the same layout. Got {one.layout} and {other.layout}")
    if one.layout is not strided:
        return tensors_match(one.values(), other.values(), exact) and same_places(one, other)
    other = other.to(one.dtype)
    if one.dim() != other.dim():
        return False
    return bool(eq(one, other).all().item()) if exact else allclose(one, other)


def _at_places_of(mask: Tensor, data: Tensor) -> Tensor:
    """The elements where a sparse mask is True, zeros where they are not stored."""
    coordinates = mask.to_sparse_coo().coalesce()
    kept = coordinates.indices()[:, coordinates.values()]
    places = sparse_coo_tensor(kept, kept[0].bool(), mask.size()).coalesce()
    found = data.to_sparse_coo().coalesce().sparse_mask(places)
    return found.to_sparse_csr() if mask.layout is sparse_csr else found.coalesce()


def _text(number: Any) -> str:
    return f"{number:8.4f}" if isinstance(number, float) else str(number)


def _rows(data: Any, mask: Any, ndim: int) -> str:
    if ndim > 1:
        return "[\n" + ",\n".join(_indented(_rows(*pair, ndim - 1)) for pair in zip(data, mask, strict=True)) + "\n]"
    texts = [_text(number) for number in data]
    width = max(len(text) if there else 8 for text, there in zip(texts, mask, strict=True))
    return f"[{', '.join(text if there else '--'.rjust(width) for text, there in zip(texts, mask, strict=True))}]"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
