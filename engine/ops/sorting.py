"""Order: sorting, selection by rank, unique elements, positions in sorted sequences."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..checks import not_implemented
from ..declare.op import ALONG, COMPLEX, REAL, WHOLE, not_differentiable, op
from ..dispatch.devices import NO_META_KERNEL
from ..dispatch.outputs import SAME, Output
from ..dispatch.overrides import overridable_function
from ..dtypes import COMPUTED, FROM_NUM, FROM_PYTHON, bool_, int64
from ..formulas.reduction import evenly_distribute_backward, evenly_read_tangent, select_backward, select_tangent
from ..kernels import sorting as kernels
from ..layout import wrap_dim
from ..return_types import named
from ..tensor import Tensor
from ..warning import warn

_ORDERED = frozenset(COMPUTED) - COMPLEX


def _check_dim(self: Tensor, dim: int, *_: Any) -> None:
    wrap_dim(dim, self.dim())


def _check_nonempty_dim(name: str) -> Callable[..., None]:
    def check(self: Tensor, dim: int, *_: Any) -> None:
        dim = wrap_dim(dim, self.dim())
        if self.dim() and self.shape[dim] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")

    return check


# Sorting.

_SORTABLE: dict[str, Any] = {
    "returns": named("sort", "values", "indices"), "dtypes": _ORDERED, "out": SAME,
    "unsupported": lambda d: RuntimeError(" Sort does not support complex dtypes on CPU"),
}  # fmt: skip
sort = op(
    "sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    lambda self, stable, dim, descending: kernels.sort(self, dim, descending, stable),
    self=lambda grad, dim, indices, self_sym_sizes: select_backward(grad, dim, indices, self_sym_sizes, True),
    tangent=lambda self_t, dim, indices: select_tangent(self_t, dim, indices, True),
    check=lambda self, stable, dim, descending: wrap_dim(dim, self.dim()), node="SortBackward1",
    **_SORTABLE, batch=ALONG,
    writes=1,
)  # fmt: skip
sort = op(
    "sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)", kernels.sort,
    self=lambda grad, dim, indices, self_sym_sizes: select_backward(grad, dim, indices, self_sym_sizes, True),
    tangent=lambda self_t, dim, indices: select_tangent(self_t, dim, indices, True),
    check=_check_dim, **_SORTABLE, batch=ALONG,
    writes=1,
)  # fmt: skip
argsort = op(
    "argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor",
    composite=lambda self, stable, dim, descending: sort(self, stable=stable, dim=dim, descending=descending)[1],
    out=True,
)
argsort = op(
    "argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
    composite=lambda self, dim, descending: sort(self, dim, descending)[1],
)
msort = op("msort(Tensor self) -> Tensor", composite=lambda self: sort(self, 0, False)[0], out=SAME)


def _check_topk(self: Tensor, k: int, dim: int, *_: Any) -> None:
    dim = wrap_dim(dim, self.dim())
    if not 0 <= k <= (self.shape[dim] if self.dim() else 1):
        raise RuntimeError("selected index k out of range")


topk = op(
    "topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)",
    lambda self, k, dim, largest, sorted: kernels.topk(self, k, dim, largest, sorted),
    self=lambda grad, dim, indices, self_sym_sizes: select_backward(grad, dim, indices, self_sym_sizes, True),
    tangent=lambda self_t, dim, indices: self_t.gather(dim, indices),
    check=_check_topk, dtypes=REAL, unsupported=lambda d: RuntimeError(
        "topk does not support bool dtypes on CPU" if d is bool_ else " topk does not support complex dtypes on CPU"
    ), returns=named("topk", "values", "indices"), out=SAME, apart=0, batch=ALONG,
)  # fmt: skip

# Selection by rank.


def _kept(output: Output, unsqueezed: bool) -> Output:
    """What ``out`` is asked where torch resizes it to the sizes with the reduced dimension, which it then squeezes.

    Args:
        output: what it is asked besides.
        unsqueezed: whether that dimension is put into ``out`` before, though it may have too many.
    """

    def choose(self: Tensor, *options: Any) -> Output:
        *_, dim, keepdim = options
        if unsqueezed and not self.dim():
            return dataclasses.replace(output, resized=lambda before, after: (after, after))
        if keepdim:
            return output
        place = wrap_dim(dim, self.dim())

        def resized(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
            lacks = unsqueezed or len(before) == len(after)
            given = (*before[:place], 1, *before[place:]) if lacks else before
            return given, (*after[:place], 1, *after[place:]) if self.dim() else after

        return dataclasses.replace(output, resized=resized)

    return dataclasses.replace(output, choose=choose)


def _check_kthvalue(self: Tensor, k: int, dim: int, keepdim: bool) -> None:
    _check_nonempty_dim("kthvalue")(self, dim)
    dim = wrap_dim(dim, self.dim())
    if not 0 < k <= (self.shape[dim] if self.dim() else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")


kthvalue = op(
    "kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    kernels.kthvalue,
    self=lambda grad, dim, indices, self_sym_sizes, keepdim: select_backward(
        grad, dim, indices, self_sym_sizes, keepdim
    ),
    tangent=lambda self_t, dim, indices, keepdim: select_tangent(self_t, dim, indices, keepdim),
    check=_check_kthvalue, dtypes=REAL, unsupported=not_implemented("kthvalue_cpu"),
    returns=named("kthvalue", "values", "indices"),
    out=_kept(Output("output values must be of same type as input", early=True), False), apart=0, batch=ALONG,
    writes=1,
)  # fmt: skip


def _median(name: str, of_all: Callable, along_dim: Callable) -> Any:
    """Declare ``median`` or ``nanmedian``: of all elements, and along a dimension."""
    op(
        f"{name}(Tensor self) -> Tensor", of_all,
        self=lambda grad, self, result: evenly_distribute_backward(grad, self, result),
        tangent=lambda self_t, self, result: evenly_read_tangent(self_t, self, result),
        dtypes=REAL, unsupported=not_implemented("median_cpu"), batch=WHOLE,
    )  # fmt: skip
    return op(
        f"{name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", along_dim,
        self=lambda grad, dim, indices, self_sym_sizes, keepdim: select_backward(
            grad, dim, indices, self_sym_sizes, keepdim
        ),
        tangent=lambda self_t, dim, indices, keepdim: select_tangent(self_t, dim, indices, keepdim),
        check=_check_nonempty_dim("median"), dtypes=REAL, unsupported=not_implemented("median_out"),
        node=f"{name.capitalize()}Backward1", returns=named(name, "values", "indices"), out=SAME, batch=ALONG,
        writes=1,
    )  # fmt: skip


median = _median("median", kernels.median, kernels.median_dim)
nanmedian = _median("nanmedian", kernels.nanmedian, kernels.nanmedian_dim)
mode = op(
    "mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)", kernels.mode,
    self=lambda grad, dim, indices, self_sym_sizes, keepdim: select_backward(
        grad, dim, indices, self_sym_sizes, keepdim
    ),
    tangent=lambda self_t, dim, indices, keepdim: select_tangent(self_t, dim, indices, keepdim),
    check=_check_nonempty_dim("mode"), dtypes=_ORDERED, unsupported=not_implemented("mode_cpu"),
    returns=named("mode", "values", "indices"), out=_kept(Output(
        "expected scalar type '{result.scalar_type}' but got '{out.scalar_type}' for values output"
    ), True), batch=ALONG,
    writes=2,
)  # fmt: skip


# Unique elements.

_unique2 = op(
    "_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False)"
    " -> (Tensor, Tensor, Tensor)",
    kernels.unique, self=not_differentiable("the derivative for '_unique2' is not implemented."),
    dtypes=_ORDERED, unsupported=not_implemented("unique"), structural=True, method=False, forward=False,
    on_meta=NO_META_KERNEL,
)  # fmt: skip


def _check_unique_dim(self: Tensor, dim: int, *_: Any) -> None:
    dim = wrap_dim(dim, self.dim(), scalar=False)
    empty = [d for d, n in enumerate(self.shape) if n == 0]
    if empty and (self.shape[dim] or len(empty) > 1):
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
            if self.shape[dim] else "Number of zero sized dimensions is more than one, so unique cannot be applied "
        )  # fmt: skip


unique_dim = op(
    "unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False)"
    " -> (Tensor, Tensor, Tensor)",
    kernels.unique_dim, self=not_differentiable("the derivative for 'unique_dim' is not implemented."),
    check=_check_unique_dim, dtypes=_ORDERED, unsupported=not_implemented("unique_dim"), structural=True, method=False,
    forward=False, on_meta=NO_META_KERNEL,
)  # fmt: skip
_unique_consecutive = op(
    "unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None)"
    " -> (Tensor, Tensor, Tensor)",
    kernels.unique_consecutive,
    self=not_differentiable("the derivative for 'unique_consecutive' is not implemented."),
    check=lambda self, inverse, counts, dim: None if dim is None else _check_unique_dim(self, dim),
    dtypes=_ORDERED, unsupported=not_implemented("unique"), structural=True, method=False, name="_unique_consecutive",
    forward=False, on_meta=NO_META_KERNEL,
)  # fmt: skip


@overridable_function(1)
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements of a tensor, or its different slices along a dimension.

    Args:
        input: any shape, not complex.
        sorted: has no effect: they come in order.
        return_inverse: also return where each element is among the different ones; int64.
        return_counts: also return how often each occurs; int64.
        dim: of the slices; None for elements.

    Raises:
        RuntimeError: for slices of no elements.

    Source: ``torch.unique``.
    """
    if dim is None:
        found = _unique2(input, sorted=sorted, return_inverse=return_inverse, return_counts=return_counts)
    else:
        found = unique_dim(input, dim, sorted, return_inverse, return_counts)
    return _selected(found, return_inverse, return_counts)


@overridable_function(1)
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements of a tensor, or its slices along a dimension, without repetitions of the one before.

    Arguments and results are those of `unique`.

    Source: ``torch.unique_consecutive``.
    """
    found = _unique_consecutive(input, return_inverse, return_counts, dim)
    return _selected(found, return_inverse, return_counts)


def _selected(found: Sequence[Tensor], return_inverse: bool, return_counts: bool) -> Any:
    values, inverse, counts = found
    chosen = (values, *([inverse] if return_inverse else ()), *([counts] if return_counts else ()))
    return chosen if len(chosen) > 1 else values


Tensor.unique, Tensor.unique_consecutive = unique, unique_consecutive

# Positions.


def _check_searchsorted(
    sequence: Tensor, values: Any, out_int32: bool, right: bool, side: str | None, sorter: Tensor | None
) -> None:
    shape = values.shape if isinstance(values, Tensor) else ()
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if not shape and sequence.dim() != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({sequence.dim()}) and input value's dim(0) numel(1)"
        )
    for what, one in (("input value", values), ("boundary", sequence), ("sorter", sorter)):
        if isinstance(one, Tensor) and not one.is_contiguous():
            warn(_COPIED.format(what, what), once=True)
    if sequence.dim() == 0:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension"
        )
    if sequence.dim() != 1 and sequence.shape[:-1] != shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(sequence.shape)} and input "
            f"value tensor {list(shape)}"
        )
    if sorter is not None:
        _check_sorter(sequence, sorter)


_COPIED = (
    "torch.searchsorted(): {} tensor is non-contiguous, this will lower the performance due to extra data copy when "
    "converting non-contiguous tensor to contiguous, please use contiguous {} tensor if possible. This message will "
    "only appear once per program."
)


def _check_sorter(sequence: Tensor, sorter: Tensor) -> None:
    if sorter.shape != sequence.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(sequence.shape)}and got sorter tensor {list(sorter.shape)}"
        )
    if sorter._dtype is not int64:
        raise RuntimeError(
            f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter._dtype.scalar_type}"
        )
    if sorter.numel() and (sorter._array.min() < 0 or sorter._array.max() >= sorter.shape[-1]):
        raise RuntimeError("torch.searchsorted(): sorter index out of range")


_SEARCH_OUT = Output(
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on "
    "whether out_int32 flag is True, but we got output tensor's dtype {out.scalar_type} and out_int32 flag is False"
)


def _searchsorted(
    sequence: np.ndarray, values: Any, out_int32: bool, right: bool, side: str | None, sorter: np.ndarray | None
) -> np.ndarray:
    values = np.asarray(values)
    if values.size and FROM_NUM[sequence.dtype.num] not in REAL:
        raise not_implemented("searchsorted_out_cpu")(FROM_NUM[sequence.dtype.num])
    return kernels.searchsorted(sequence, values, out_int32, right or side == "right", sorter)


_SEARCHED: dict[str, Any] = {
    "check": _check_searchsorted, "method": False, "out": _SEARCH_OUT,
}  # fmt: skip
searchsorted = op(
    "searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, "
    "str? side=None, Tensor? sorter=None) -> Tensor", _searchsorted, **_SEARCHED,
)  # fmt: skip
searchsorted = op(
    "searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, "
    "str? side=None, Tensor? sorter=None) -> Tensor", _searchsorted, **_SEARCHED,
)  # fmt: skip


def _bucketize(self: Any, boundaries: Tensor, out_int32: bool, right: bool) -> Tensor:
    if boundaries.dim() != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.dim()})")
    return searchsorted(boundaries, self, out_int32=out_int32, right=right)


bucketize = op(
    "bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    composite=_bucketize, method=False, out=_SEARCH_OUT,
)  # fmt: skip
bucketize = op(
    "bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    composite=_bucketize, method=False,
)  # fmt: skip


def _check_isin(element: Any, test_element: Any, *_: Any) -> None:
    for one in (element, test_element):
        d = one._dtype if isinstance(one, Tensor) else FROM_PYTHON[type(one)]
        if d not in REAL:
            raise _ISIN["unsupported"](d)


_ISIN: dict[str, Any] = {
    "dtypes": REAL,
    "unsupported": lambda d: RuntimeError(f"Unsupported input type encountered for isin(): {d.scalar_type}"),
    "check": _check_isin, "method": False, "out": SAME,
}  # fmt: skip
isin = op(
    "isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False)"
    " -> Tensor", kernels.isin, **_ISIN,
    writes=1,
)  # fmt: skip
isin = op(
    "isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, bool invert=False)"
    " -> Tensor", kernels.isin, **_ISIN,
)  # fmt: skip
isin = op(
    "isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool invert=False)"
    " -> Tensor", kernels.isin, **_ISIN,
)  # fmt: skip
