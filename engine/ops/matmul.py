"""Products of matrices and vectors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd.levels import LEVELS
from ..checks import broadcast, not_implemented
from ..declare.op import op
from ..dispatch.inplace import put
from ..dispatch.layouts import refused
from ..dispatch.outputs import SAME, Output
from ..dtypes import COMPUTED, FLOAT8, bool_, dtype
from ..formulas.arithmetic import scaled, times
from ..formulas.matmul import mm_backward_mat2, mm_backward_self
from ..kernels import matmul as kernels
from ..layout import wrap_dim
from ..tensor import Tensor
from .shape import _unsafe_view, check_expand

_NUMERIC = frozenset(COMPUTED) - {bool_}
_SAME_VECTOR = Output("result dtype {out.scalar_type} does not match input dtype {result.scalar_type}")


def _same_dtype(name: str, self: Tensor, other: Tensor) -> None:
    if self._dtype is not other._dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {self._dtype.c_name} != {other._dtype.c_name}"
            if name == "mm"
            else f"expected scalar type {self._dtype.scalar_type} but found {other._dtype.scalar_type}"
        )


def check_shapes(self: Tensor, mat2: Tensor) -> None:
    """Refuse matrices that have no product.

    Raises:
        RuntimeError: if one's rows are not as long as the other's columns.
    """
    if self.shape[1] != mat2.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({self.shape[0]}x{self.shape[1]} and "
            f"{mat2.shape[0]}x{mat2.shape[1]})"
        )


def _check_mm(self: Tensor, mat2: Tensor) -> None:
    if self.dim() != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.dim() != 2:
        raise RuntimeError("mat2 must be a matrix")
    if self.shape[1] != mat2.shape[0] and self.is_sparse and not mat2.is_sparse:
        raise RuntimeError(f"addmm: Argument #3 (dense): Expected dim 0 size {self.shape[1]}, got {mat2.shape[0]}")
    check_shapes(self, mat2)
    _same_dtype("mm", self, mat2)


def _of_other_device(name: str, tensors: str, numbers: str = "") -> Any:
    """Declare a product whose result has a dtype of its own, for which torch has no kernel on the CPU."""

    def refuse(*_: Any) -> Any:
        raise refused(f"{name}.dtype", "CPU")

    return op(
        f"{name}.dtype({tensors}, ScalarType out_dtype{numbers}) -> Tensor", refuse, structural=True, method=False,
        out=SAME,
    )  # fmt: skip


mm = op(
    "mm(Tensor self, Tensor mat2) -> Tensor", kernels.mm,
    self=lambda grad, mat2, self_sym_sizes, self_sym_strides: mm_backward_self(
        grad, mat2, self_sym_sizes, self_sym_strides
    ),
    mat2=lambda grad, self, mat2_sym_sizes, mat2_sym_strides: mm_backward_mat2(
        grad, self, mat2_sym_sizes, mat2_sym_strides
    ),
    tangent=lambda self_t, mat2_t, self, mat2: self_t.mm(mat2) + self.mm(mat2_t),
    check=_check_mm, structural=True, dtypes=_NUMERIC | FLOAT8, unsupported=not_implemented("addmm_impl_cpu_"),
    out=SAME,
)  # fmt: skip
mm = _of_other_device("mm", "Tensor self, Tensor mat2")


def _check_sparse_mv(self: Tensor, vec: Tensor) -> None:
    if self.dim() != 2 or vec.dim() != 1:
        raise RuntimeError(
            f"mv: two tensor dim should be 2 and 1, but got SparseTensor Dim: {self.dim()}Tensor Dim: {vec.dim()}"
        )
    if self.shape[1] != vec.shape[0]:
        raise RuntimeError("mv: expected self.size(-1) == vec.size(-1)")


def _check_mv(self: Tensor, vec: Tensor) -> None:
    wrap_dim(0, self.dim(), scalar=False)
    if self.is_sparse:
        _check_sparse_mv(self, vec)
    if self.dim() != 2 or vec.dim() != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {self.dim()}, {vec.dim()}")
    if self.shape[1] != vec.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({self.shape[0]}), mat ({self.shape[0]}x{self.shape[1]}), vec ({vec.shape[0]})"
        )
    if self._dtype is not vec._dtype:
        result, mat = vec._dtype.scalar_type, self._dtype.scalar_type
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {result}, {mat}, and {result}")


mv = op(
    "mv(Tensor self, Tensor vec) -> Tensor", kernels.matmul,
    self=lambda grad, vec: grad.unsqueeze(1) * vec.conj(),
    vec=lambda grad, self: self.conj().t().mv(grad),
    tangent=lambda self_t, vec_t, self, vec: self_t.mv(vec) + self.mv(vec_t),
    check=_check_mv, dtypes=_NUMERIC, unsupported=not_implemented("addmv_impl_cpu"), out=Output(
        "addmv input tensors must have the same dtype, but got {out.scalar_type}, {result.scalar_type}, and "
        "{result.scalar_type}"
    ), together=((0, 1),),
    writes=1,
)  # fmt: skip


def _check_dot(self: Tensor, tensor: Tensor) -> None:
    if self.dim() != 1 or tensor.dim() != 1:
        raise RuntimeError(f"1D tensors expected, but got {self.dim()}D and {tensor.dim()}D tensors")
    if self._dtype is not tensor._dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {self._dtype.scalar_type} and "
            f"{tensor._dtype.scalar_type}"
        )
    if self.numel() != tensor.numel():
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{self.numel()}] and src [{tensor.numel()}] to have the same "
            f"number of elements, but got {self.numel()} and {tensor.numel()} elements respectively"
        )


dot = op(
    "dot(Tensor self, Tensor tensor) -> Tensor", kernels.matmul,
    self=lambda grad, tensor: grad * tensor.conj(),
    tensor=lambda grad, self: grad * self.conj(),
    tangent=lambda self_t, tensor_t, self, tensor: self_t.dot(tensor) + self.dot(tensor_t),
    check=_check_dot, dtypes=_NUMERIC, unsupported=not_implemented("dot"), out=_SAME_VECTOR, together=((0, 1),),
    writes=1,
)  # fmt: skip
vdot = op(
    "vdot(Tensor self, Tensor other) -> Tensor", np.vdot,
    self=lambda grad, other: grad.conj() * other,
    other=lambda grad, self: grad * self,
    tangent=lambda self_t, other_t, self, other: self_t.vdot(other) + self.vdot(other_t),
    check=_check_dot, dtypes=_NUMERIC, unsupported=not_implemented("dot"), out=_SAME_VECTOR, together=((0, 1),),
    writes=1,
)  # fmt: skip


def _check_bmm(self: Tensor, mat2: Tensor) -> None:
    if self.dim() != 3 or mat2.dim() != 3:
        which = "batch1" if self.dim() != 3 else "batch2"
        raise RuntimeError(f"{which} must be a 3D tensor")
    if (self.shape[0], self.shape[2]) != tuple(mat2.shape[:2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{self.shape[0]}, {self.shape[2]}] but "
            f"got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    _same_dtype("bmm", self, mat2)
    if self._dtype not in _NUMERIC and math.prod(self.shape[1:]) * mat2.shape[2] >= _SMALL:
        raise not_implemented("addmm_impl_cpu_")(self._dtype)


_SMALL = 400
"""So many products make matrices large enough for a kernel that multiplies one pair of them after the other."""
bmm = op(
    "bmm(Tensor self, Tensor mat2) -> Tensor", kernels.bmm,
    self=lambda grad, mat2: grad.bmm(mat2.transpose(1, 2).conj()),
    mat2=lambda grad, self: self.transpose(1, 2).conj().bmm(grad),
    tangent=lambda self_t, mat2_t, self, mat2: self_t.bmm(mat2) + self.bmm(mat2_t),
    check=_check_bmm, dtypes=_NUMERIC, unsupported=not_implemented("bmm"), out=SAME,
)  # fmt: skip
bmm = _of_other_device("bmm", "Tensor self, Tensor mat2")


def _addmm_sizes(self: Tensor, mat1: Tensor, mat2: Tensor, beta: Any, alpha: Any) -> tuple[int, int]:
    if mat1.dim() != 2 or mat2.dim() != 2:
        which, one = ("mat1", mat1) if mat1.dim() != 2 else ("mat2", mat2)
        raise RuntimeError(f"{which} must be a matrix, got {one.dim()}-D tensor")
    if mat1.shape[1] != mat2.shape[0]:
        _check_mm(mat1, mat2)
    for name, one in (("self", self), ("mat1", mat1)):
        if one._dtype is not mat2._dtype:
            raise RuntimeError(
                f"{name} and mat2 must have the same dtype, but got {one._dtype.scalar_type} and "
                f"{mat2._dtype.scalar_type}"
            )
    return mat1.shape[0], mat2.shape[1]


def _expanding(sizes: Callable[..., tuple[int, ...]]) -> dict[str, Any]:
    """That the first of three tensors expands to the sizes of the others' product, or in place has them."""
    return {
        "check": lambda *given: check_expand(given[0], sizes(*given)),
        "inplace": True,
        "out": dataclasses.replace(SAME, sizes=sizes),
    }


addmm = op(
    "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", kernels.addmm,
    self=lambda grad, beta: times(grad, beta),
    mat1=lambda grad, mat2, mat1_sym_sizes, mat1_sym_strides, alpha: times(
        mm_backward_self(grad, mat2, mat1_sym_sizes, mat1_sym_strides), alpha
    ),
    mat2=lambda grad, mat1, mat2_sym_sizes, mat2_sym_strides, alpha: times(
        mm_backward_mat2(grad, mat1, mat2_sym_sizes, mat2_sym_strides), alpha
    ),
    tangent=lambda self_t, mat1_t, mat2_t, mat1, mat2, beta, alpha: (
        scaled(self_t, beta) + scaled(mat1_t.mm(mat2), alpha) + scaled(mat1.mm(mat2_t), alpha)
    ),
    dtypes=_NUMERIC | FLOAT8, unsupported=not_implemented("addmm_impl_cpu_"), **_expanding(_addmm_sizes),
    deprecated=(
        "addmm(Scalar beta, Tensor self, Scalar alpha, Tensor mat1, Tensor mat2) -> Tensor",
        "addmm(Scalar beta, Tensor self, Tensor mat1, Tensor mat2) -> Tensor",
    ), together=((1, 0),), writes=1,
)  # fmt: skip
addmm = _of_other_device("addmm", "Tensor self, Tensor mat1, Tensor mat2", ", *, Scalar beta=1, Scalar alpha=1")


def _addmv_sizes(self: Tensor, mat: Tensor, vec: Tensor, beta: Any, alpha: Any) -> tuple[int]:
    if mat.dim() != 2 or vec.dim() != 1 or self.dim() > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {self.dim()}, {mat.dim()}, {vec.dim()}")
    rows, columns = mat.shape
    size = self.shape[0] if self.dim() else 1
    if columns != vec.shape[0] or size not in (1, rows):
        raise RuntimeError(f"size mismatch, got input ({size}), mat ({rows}x{columns}), vec ({vec.shape[0]})")
    if not self._dtype is mat._dtype is vec._dtype:
        names = ", ".join(one._dtype.scalar_type for one in (self, mat))
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {names}, and {vec._dtype.scalar_type}"
        )
    return (rows,)


addmv = op(
    "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor", kernels.addmm,
    self=lambda grad, beta: times(grad, beta),
    mat=lambda grad, vec, alpha: times(grad.unsqueeze(1) * vec.conj(), alpha),
    vec=lambda grad, mat, alpha: times(mat.t().conj().mv(grad), alpha),
    tangent=lambda self_t, mat_t, vec_t, mat, vec, beta, alpha: (
        scaled(self_t, beta) + scaled(mat_t.mv(vec), alpha) + scaled(mat.mv(vec_t), alpha)
    ),
    dtypes=_NUMERIC, unsupported=not_implemented("addmv_impl_cpu"), **_expanding(_addmv_sizes),
    deprecated=(
        "addmv(Scalar beta, Tensor self, Scalar alpha, Tensor mat, Tensor vec) -> Tensor",
        "addmv(Scalar beta, Tensor self, Tensor mat, Tensor vec) -> Tensor",
    ), together=((1, 0, 2),),
)  # fmt: skip


def _batch_sizes(batch1: Tensor, batch2: Tensor) -> tuple[int, int, int]:
    """Those of the product, if each has the dimensions that it is asked for; whether they fit is not asked."""
    return batch1.size(0), batch1.size(1), batch2.size(2)  # type: ignore[return-value]


def _baddbmm_sizes(self: Tensor, batch1: Tensor, batch2: Tensor, beta: Any, alpha: Any) -> tuple[int, ...]:
    check_expand(self, _batch_sizes(batch1, batch2))
    if not self._dtype is batch1._dtype is batch2._dtype:
        if batch1._dtype is self._dtype:
            _same_dtype("baddbmm", batch1, batch2)
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {self._dtype.c_name}, batch1: {batch1._dtype.c_name}, batch2: "
            f"{batch2._dtype.c_name}"
        )
    _check_bmm(batch1, batch2)
    return _batch_sizes(batch1, batch2)


baddbmm = op(
    "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", kernels.baddbmm,
    self=lambda grad, beta: times(grad, beta),
    batch1=lambda grad, batch2, alpha: times(grad.bmm(batch2.transpose(1, 2).conj()), alpha),
    batch2=lambda grad, batch1, alpha: times(batch1.transpose(1, 2).conj().bmm(grad), alpha),
    tangent=lambda self_t, batch1_t, batch2_t, batch1, batch2, beta, alpha: (
        scaled(self_t, beta) + scaled(batch1_t.bmm(batch2), alpha) + scaled(batch1.bmm(batch2_t), alpha)
    ),
    dtypes=_NUMERIC, unsupported=not_implemented("baddbmm"), **_expanding(_baddbmm_sizes),
    deprecated=(
        "baddbmm(Scalar beta, Tensor self, Scalar alpha, Tensor batch1, Tensor batch2) -> Tensor",
        "baddbmm(Scalar beta, Tensor self, Tensor batch1, Tensor batch2) -> Tensor",
    ),
    writes=1,
)  # fmt: skip
baddbmm = _of_other_device("baddbmm", "Tensor self, Tensor batch1, Tensor batch2", ", *, Scalar beta=1, Scalar alpha=1")


def _check_addbmm(self: Tensor, batch1: Tensor, batch2: Tensor, beta: Any, alpha: Any) -> None:
    check_expand(self, _batch_sizes(batch1, batch2)[1:])
    for name, one in (("batch1", batch1), ("batch2", batch2)):
        if one.dim() != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if batch1.shape[0] != batch2.shape[0]:
        raise RuntimeError(
            f"batch1 and batch2 must have same number of batches, got {batch1.shape[0]} and {batch2.shape[0]}"
        )
    if batch1.shape[2] != batch2.shape[1]:
        (_, n, m), (_, k, p) = batch1.shape, batch2.shape
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({n}x{m} and {k}x{p})")
    for one in (batch1, batch2):
        if one._dtype is not self._dtype:
            raise RuntimeError(
                f"self and mat2 must have the same dtype, but got {self._dtype.scalar_type} and "
                f"{one._dtype.scalar_type}"
            )


addbmm = op(
    "addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor", kernels.addbmm,
    self=lambda grad, beta: times(grad, beta),
    batch1=lambda grad, batch2, batch1_sym_argsize_0, batch1_sym_argsize_1, batch2_sym_argsize_2, alpha: times(
        grad.unsqueeze(0).expand((batch1_sym_argsize_0, batch1_sym_argsize_1, batch2_sym_argsize_2)).bmm(
            batch2.transpose(1, 2).conj()
        ), alpha,
    ),
    batch2=lambda grad, batch1, batch1_sym_argsize_0, batch1_sym_argsize_1, batch2_sym_argsize_2, alpha: times(
        batch1.transpose(1, 2).conj().bmm(
            grad.unsqueeze(0).expand((batch1_sym_argsize_0, batch1_sym_argsize_1, batch2_sym_argsize_2))
        ), alpha,
    ),
    tangent=lambda self_t, batch1_t, batch2_t, batch1, batch2, beta, alpha: (
        scaled(self_t, beta) + scaled(batch1_t.bmm(batch2).sum(0), alpha) + scaled(batch1.bmm(batch2_t).sum(0), alpha)
    ),
    check=_check_addbmm, dtypes=_NUMERIC | FLOAT8, unsupported=not_implemented("addmm_impl_cpu_"), inplace=True,
    out=Output(
        "self and mat2 must have the same dtype, but got {out.scalar_type} and {result.scalar_type}", warns=False,
        spoils=lambda out, fits, self, *_: put(out, self._array),
    ),
    deprecated=(
        "addbmm(Scalar beta, Tensor self, Scalar alpha, Tensor batch1, Tensor batch2) -> Tensor",
        "addbmm(Scalar beta, Tensor self, Tensor batch1, Tensor batch2) -> Tensor",
    ),
)  # fmt: skip


outer, ger = op(
    "outer(Tensor self, Tensor vec2) -> Tensor",
    composite=lambda self, vec2: _outer(self, vec2),
    also=("ger",),
    out=True,
)


def _outer(self: Tensor, vec2: Tensor) -> Tensor:
    for name, one in (("self", self), ("vec2", vec2)):
        if one.dim() != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {one.dim()}-D")
    return self.reshape((self.numel(), 1)) * vec2


def _matmul(self: Tensor, other: Tensor) -> Tensor:
    """As torch composes it: dot, mv and mm where they fit, else bmm on folded or expanded batches."""
    rank, rank_other = self.dim(), other.dim()
    if rank == 0 or rank_other == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {rank}D and {rank_other}D")
    if rank == 1 and rank_other == 1:
        return dot(self, other)
    if rank == 2 and rank_other == 1:
        return mv(self, other)
    if rank == 1 and rank_other == 2:
        return mm(self.unsqueeze(0), other).squeeze_(0)
    if rank == 2 and rank_other == 2:
        return mm(self, other)
    if rank == rank_other == 3 and self.shape[0] != other.shape[0]:  # a batch of one matrix that has a gradient
        if other.shape[0] == 1 and other.requires_grad:
            return _folded(self, other.squeeze(0))
        if self.shape[0] == 1 and self.requires_grad:
            return _folded(other.mT, self.squeeze(0).t()).mT.contiguous()
    if rank >= 3 and rank_other <= 2 and _is_foldable(self, other):
        return _folded(self, other)
    if rank <= 2 and rank_other >= 3 and self.requires_grad:
        found = _folded(other.mT, self.t() if rank == 2 else self)
        return found.mT.contiguous() if rank == 2 else found
    return _batched(self, other)


def _is_foldable(self: Tensor, other: Tensor) -> bool:
    """Whether torch folds the batch into rows: always where that saves memory in backward, else if it is a view."""
    if other.requires_grad or self.numel() == 0:
        return True
    return all(
        step == below * n
        for step, below, n in zip(self.stride()[:-2], self.stride()[1:-1], self.shape[1:-1], strict=True)
    )


def _folded(self: Tensor, other: Tensor) -> Tensor:
    """A batch of matrices times one matrix or vector: the batch becomes rows."""
    *lead, columns = self.shape
    rows = self.reshape((math.prod(lead), columns))
    if other.dim() == 1:
        return _unsafe_view(mv(rows, other), lead)
    return _unsafe_view(mm(rows, other), (*lead, other.shape[1]))


def _batched(self: Tensor, other: Tensor) -> Tensor:
    """Batches of matrices, expanded to each other; vectors are matrices for the time."""
    left, right = self.unsqueeze(0) if self.dim() == 1 else self, other.unsqueeze(1) if other.dim() == 1 else other
    batch = broadcast(tuple(left.shape[:-2]), tuple(right.shape[:-2]))
    n, m, p = left.shape[-2], left.shape[-1], right.shape[-1]
    count = math.prod(batch)
    left = left.expand((*batch, n, m)).reshape((count, n, m))
    right = right.expand((*batch, right.shape[-2], p)).reshape((count, right.shape[-2], p))
    rows, columns = (n,) * (self.dim() > 1), (p,) * (other.dim() > 1)
    return _unsafe_view(bmm(left, right), (*batch, *rows, *columns))


class _Matmul(Output):
    """That of the product of vectors has words of its own."""

    def prepare(self, out: Tensor, array: np.ndarray, result: dtype, values: Sequence[Any]) -> None:
        if array.ndim:
            super().prepare(out, array, result, values)
        else:
            _SAME_VECTOR.prepare(out, array, result, values)


matmul = op(
    "matmul(Tensor self, Tensor other) -> Tensor",
    composite=_matmul,
    out=_Matmul(SAME.mismatch),
    operators=("__matmul__",),
)
Tensor.__rmatmul__ = lambda self, other: matmul(other, self) if isinstance(other, Tensor) else NotImplemented


def _linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """As torch composes it: one product with the rows of the input, or a product and a sum."""
    if not input.dim() or not weight.dim():
        name = "matmul" if LEVELS.get() else "linear"  # what torch's transforms make of it
        raise RuntimeError(
            f"both arguments to {name} need to be at least 1D, but they are {input.dim()}D and {weight.dim()}D"
        )
    if bias is not None and input.dim() == 2:
        return addmm(bias, input, weight.t())
    levels = LEVELS.get()
    is_dense = input.is_contiguous() and bias is not None and bias.is_contiguous()
    if bias is not None and bias.dim() and is_dense and (input.dim() == 3 or not levels):
        rows = input.reshape((math.prod(input.shape[:-1]), input.shape[-1]))
        return addmm(bias, rows, weight.t()).view((*input.shape[:-1], weight.shape[0]))
    found = matmul(input, weight.t())
    if bias is None:
        return found
    return found.add(bias) if levels else found.add_(bias)


linear = op(
    "linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    composite=_linear,
    method=False,
    out=dataclasses.replace(SAME, resized=lambda before, after: (before, (1, *after) if len(after) == 1 else after)),
)

# Products of three tensors, each of which lacks the dimensions of its ``expand``, summed over ``sumdim``.

_trilinear = op(
    "_trilinear(Tensor i1, Tensor i2, Tensor i3, int[] expand1, int[] expand2, int[] expand3, int[] sumdim, "
    "int unroll_dim=1) -> Tensor", kernels.trilinear,
    i1=lambda grad, i2, i3, expand1, expand2, expand3, sumdim: _trilinear(
        grad, i2, i3, sumdim, expand2, expand3, expand1),
    i2=lambda grad, i1, i3, expand1, expand2, expand3, sumdim: _trilinear(
        i1, grad, i3, expand1, sumdim, expand3, expand2),
    i3=lambda grad, i1, i2, expand1, expand2, expand3, sumdim: _trilinear(
        i1, i2, grad, expand1, expand2, sumdim, expand3),
    dtypes=_NUMERIC, unsupported=not_implemented("bmm"), method=False,
)  # fmt: skip


def _bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if input1.dim() != input2.dim():
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.dim()} and {input2.dim()}")
    for dim, (a, b) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        if a != b:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {dim}: got {a} and {b}")
    for nr, one in enumerate((input1, input2), 1):
        wrap_dim(-1, one.dim(), scalar=False)
        wrap_dim(nr, weight.dim(), scalar=False)
        if one.shape[-1] != weight.shape[nr]:
            raise RuntimeError(
                f"bilinear(): input{nr} size does not match weight size: got {one.shape[-1]} but expected "
                f"{weight.shape[nr]}"
            )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    named = {"input1": input1, "input2": input2, "weight": weight} | ({} if bias is None else {"bias": bias})
    if len({one._dtype for one in named.values()}) > 1:
        shown = ", ".join(f"{name}: {one._dtype.c_name}" for name, one in named.items())
        raise RuntimeError(f"All tensors must have the same dtype, got {shown}")
    rows = [one.reshape((math.prod(one.shape[:-1]), one.shape[-1])) for one in (input1, input2)]
    found = _trilinear(rows[0], weight, rows[1], (1, 3), (0,), (1, 2), (2, 3))
    found = found.reshape((*input1.shape[:-1], weight.shape[0]))
    return found if bias is None else found + bias


bilinear = op(
    "bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor", composite=_bilinear,
    method=False,
)  # fmt: skip
