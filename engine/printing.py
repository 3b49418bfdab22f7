"""The text of a tensor: torch's ``repr``, and the options that shape it.

Printing has three steps, each a function: `_shown` picks the elements that the text will hold, `_column`
turns them into texts of one notation (complex numbers: one for each part), and `_brackets` lays those out by
shape.  Nothing outside the shown elements is converted, so a summary costs the same for any size.

Source: ``torch.set_printoptions`` and the texts that torch 2.13 prints.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import compress, islice
from typing import Any, NamedTuple, Protocol

import numpy as np

from . import dtypes
from .pending_array import resolved
from .sparse_array import SparseArray


@dataclass
class PrintOptions:
    """The options of `set_printoptions`, and their defaults."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PRINT_OPTS = PrintOptions()

_PROFILES: dict[str, dict[str, float]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors print.

    Args:
        precision: digits after the point.
        threshold: tensors of more elements than this print as a summary.
        edgeitems: elements that a summary shows at each end of a dimension; 0 shows none, but the size.
        linewidth: columns before a line of elements or suffixes breaks.
        profile: ``default``, ``short`` or ``full``; the other arguments override it; any other is ignored.
        sci_mode: force (True) or forbid (False) scientific notation.  Unlike the others it does not persist:
            a call that leaves it out lets each tensor decide again.
    """
    changes = dict(_PROFILES.get(profile, {})) if profile is not None else {}
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    changes |= {name: value for name, value in given.items() if value is not None}
    for name, value in changes.items():
        setattr(PRINT_OPTS, name, value)
    PRINT_OPTS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The current options, as keyword arguments for `set_printoptions`."""
    return asdict(PRINT_OPTS)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Apply `set_printoptions` inside a ``with`` block only."""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


class Printable(Protocol):
    """What `tensor_repr` reads of a tensor."""

    _array: np.ndarray
    _tangent: Any

    @property
    def dtype(self) -> Any: ...

    @property
    def device(self) -> Any: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def requires_grad(self) -> bool: ...

    @property
    def grad_fn(self) -> Any: ...


def tensor_repr(tensor: Printable, name: str = "tensor", contents: str | None = None) -> str:
    """The text of a tensor, as torch prints it.

    Args:
        tensor: of any dtype and shape; its array may be 0-d, empty or non-contiguous.
        name: what stands before the bracket: the class name for subclasses of Tensor.
        contents: what stands for the elements; by default these.
    """
    if isinstance(tensor._array, SparseArray):
        return _sparse_repr(tensor, tensor._array, name)
    if contents is None:
        is_meta = tensor.device.type == "meta"
        contents = "..." if is_meta else format_array(resolved(tensor._array), indent=len(name) + 1)
    return _with_suffixes(f"{name}({contents}", _suffixes(tensor), indent=len(name) + 1)


def _sparse_repr(tensor: Printable, array: SparseArray, name: str) -> str:
    """The parts of a sparse tensor, each on a line of its own."""
    indent = len(name) + 1
    parts = dict(zip(_PLACES[array.kind], array.places, strict=True)) | {"values": array.values}
    texts = []
    for part, elements in parts.items():
        text = format_array(elements, indent + len(f"{part}=tensor("))
        size = f", size={elements.shape}" if not elements.size else ""
        texts.append(f"{part}=tensor({text}{size})")
    lines = f",\n{' ' * indent}".join(texts)
    breaks = array.kind == "sparse_coo"
    return _with_suffixes(f"{name}({lines}", _suffixes(tensor, array), indent=indent, breaks=breaks)


_PLACES = {
    "sparse_coo": ("indices",), "sparse_csr": ("crow_indices", "col_indices"),
    "sparse_csc": ("ccol_indices", "row_indices"), "sparse_bsr": ("crow_indices", "col_indices"),
    "sparse_bsc": ("ccol_indices", "row_indices"),
}  # fmt: skip


def format_array(array: np.ndarray, indent: int = 0) -> str:
    """The elements of an array in brackets, as torch prints them.

    Args:
        array: of any shape; boolean, integer, floating (bfloat16 too) or complex.
        indent: columns that are taken on the first line; later lines are indented by as much.
    """
    if array.size == 0:
        return "[]"
    edge = PRINT_OPTS.edgeitems if array.size > PRINT_OPTS.threshold else None
    if edge == 0 and array.ndim:
        return "[...]"
    shown = _shown(array, edge)
    column = _complex_column(shown) if shown.dtype.kind == "c" else _column(shown)
    if array.ndim == 0:
        return column.texts[0]
    gaps = [edge if kept < length else None for kept, length in zip(shown.shape, array.shape, strict=True)]
    room = PRINT_OPTS.linewidth - indent - (array.ndim - 1)
    per_line = max(1, math.floor(room / (column.width + len(", "))))
    return _brackets(iter(column.texts), shown.shape, gaps, indent, per_line)


def _shown(array: np.ndarray, edge: int | None) -> np.ndarray:
    """The printed part of an array: `edge` elements at both ends of each longer dimension, or all of it."""
    if edge is None:
        return array
    ends = [
        [*range(edge), *range(length - edge, length)] if length > 2 * edge else range(length) for length in array.shape
    ]
    return array[np.ix_(*ends)]


class _Column(NamedTuple):
    """The texts of all shown elements in order, and the width for which lines are broken.

    A text may be wider than `width`: zeros and non-finite values have no say in it.
    """

    texts: list[str]
    width: int


def _column(values: np.ndarray) -> _Column:
    """One notation for all values: the plain text of integers and booleans, one of three for floats."""
    if values.dtype.kind in "biu":
        texts = [str(value) for value in values.ravel().tolist()]
        width = max(map(len, texts))
    else:
        floats: list[float] = values.astype(np.float64).ravel().tolist()
        # One dtype has no zero, and takes its least number for it.
        zero = 2.0**-127 if values.dtype == dtypes.float8_e8m0fnu.numpy else 0.0
        telling = [value != zero and math.isfinite(value) for value in floats]
        texts = list(map(_float_notation(list(compress(floats, telling))), floats))
        width = max(map(len, compress(texts, telling)), default=1)
    return _Column([text.rjust(width) for text in texts], width)


def _float_notation(telling: list[float]) -> Callable[[float], str]:
    """How floats are written whose nonzero finite values are these: ``1.0000e+00``, ``1.`` or ``1.0000``."""
    if not telling:
        return _whole_text
    low, high = min(map(abs, telling)), max(map(abs, telling))
    scientific = PRINT_OPTS.sci_mode
    if scientific is None:
        scientific = high / low > 1000 or high > 1e8 or low < 1e-4
    if scientific:
        return f"{{:.{PRINT_OPTS.precision}e}}".format
    if all(map(float.is_integer, telling)):
        return _whole_text
    return f"{{:.{PRINT_OPTS.precision}f}}".format


def _whole_text(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"


def _complex_column(values: np.ndarray) -> _Column:
    """Real and imaginary parts each have their own notation; only the real parts are aligned."""
    real, imag = _column(values.real), _column(values.imag)
    tails = (text.lstrip() for text in imag.texts)
    signed = (tail if tail.startswith("-") else f"+{tail}" for tail in tails)
    texts = [f"{head}{tail}j" for head, tail in zip(real.texts, signed, strict=True)]
    return _Column(texts, real.width + imag.width + len("j"))


def _brackets(texts: Iterator[str], shape: tuple[int, ...], gaps: list[int | None], indent: int, per_line: int) -> str:
    """Nest the next texts by shape: rows break after `per_line` elements, ``...`` stands where `gaps` says.

    Blocks of n dimensions are separated by n line breaks, one of which ends the line.
    """
    gap = gaps[0]
    joint = "," + "\n" * max(1, len(shape) - 1) + " " * (indent + 1)
    if len(shape) == 1:
        row = list(islice(texts, shape[0]))
        if gap is not None:
            row.insert(gap, " ...")
        lines = [", ".join(row[start : start + per_line]) for start in range(0, len(row), per_line)]
        return f"[{joint.join(lines)}]"
    blocks = [_brackets(texts, shape[1:], gaps[1:], indent + 1, per_line) for _ in range(shape[0])]
    if gap is not None:
        blocks.insert(gap, "...")
    return f"[{joint.join(blocks)}]"


def _suffixes(tensor: Printable, sparse: SparseArray | None = None) -> Iterator[str]:
    """What follows the elements, in order: device, size, dtype, the tensor's part in autograd, its tangent."""
    dtype, default = tensor.dtype, dtypes.default_dtype()
    is_meta = tensor.device.type == "meta"
    empty = 0 in tensor.shape and not is_meta and sparse is None
    if tensor.device.type != "cpu":
        yield f"device='{tensor.device}'"
    if sparse is not None:
        yield f"size={tuple(tensor.shape)}"
        yield f"nnz={len(sparse.values)}"
    elif is_meta or (empty and len(tensor.shape) != 1) or (not empty and not PRINT_OPTS.edgeitems):
        yield f"size={tuple(tensor.shape)}"
    # Elements tell integers and booleans from floats; an empty tensor has none.
    default_complex = dtypes.complex128 if default is dtypes.float64 else dtypes.complex64
    told = (default,) if empty or is_meta else (default, default_complex, dtypes.int64, dtypes.bool_)
    if dtype not in told:
        yield f"dtype={dtype}"
    if sparse is not None:
        yield f"layout=torch.{sparse.kind}"
    try:
        grad_fn = tensor.grad_fn
    except RuntimeError:  # a view made and changed in no_grad mode cannot rebase its history
        yield "grad_fn=<Invalid>"
    else:
        if grad_fn is not None:
            name = type(grad_fn).__name__
            yield f"grad_fn=<{grad_fn.name().rpartition('::')[2] if name == 'CppFunction' else name}>"
        elif tensor.requires_grad:
            yield "requires_grad=True"
    if tensor._tangent is not None:
        yield f"tangent={tensor._tangent}"


def _with_suffixes(text: str, suffixes: Iterator[str], indent: int, *, breaks: bool = False) -> str:
    """Append suffixes and the closing bracket; one that would not fit on its line starts a new one.

    With ``breaks``, so does the first.
    """
    column = len(text) - text.rfind("\n") - 1 + len(", ")  # torch counts the last line's comma twice
    for suffix in suffixes:
        if breaks or column + len(suffix) + len(", ") > PRINT_OPTS.linewidth:
            breaks = False
            text += f",\n{' ' * indent}{suffix}"
            column = indent + len(suffix)
        else:
            text += f", {suffix}"
            column += len(suffix) + len(", ")
    return f"{text})"
