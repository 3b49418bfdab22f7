"""How many floating-point operations a block computes, by module and by operation.

Counted are products of matrices, convolutions and attention, two operations for each product that is summed; all else
counts as nothing.

Source: ``torch.utils.flop_counter``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any, Self

from ..library.operators import ops
from ..tensor import Tensor
from ..warning import warn
from . import pytree
from ._python_dispatch import TorchDispatchMode
from .module_tracker import ModuleTracker

__all__ = ["FlopCounterMode", "register_flop_formula"]

aten: Any = ops.aten
_SUFFIXES = ["", "K", "M", "B", "T"]


def get_shape(i: Any) -> Any:
    """The shape of a tensor; anything else as it is."""
    return i.shape if isinstance(i, Tensor) else i


flop_registry: dict[Any, Any] = {}
"""The formula of each operation, as ``torch.ops`` has it."""


def shape_wrapper(f: Callable[..., int]) -> Callable[..., int]:
    """A formula that gets tensors, of one that gets shapes."""

    def counted(*args: Any, out_val: Any = None, **kwargs: Any) -> int:
        args, kwargs, shape = pytree.tree_map(get_shape, (args, kwargs, out_val))
        return f(*args, out_shape=shape, **kwargs)

    return counted


def register_flop_formula(targets: Any, get_raw: bool = False) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Make a function the formula of operations.

    Args:
        targets: one of ``torch.ops``, or several.
        get_raw: give it tensors, with the results as ``out_val``; without it, their shapes, with ``out_shape``.

    Raises:
        ValueError: for what is no operation of ``torch.ops``.
        RuntimeError: for one that has a formula.
    """

    def register(formula: Callable[..., int]) -> Callable[..., int]:
        counted = formula if get_raw else shape_wrapper(formula)
        for target in targets if isinstance(targets, (list, tuple)) else [targets]:
            if not hasattr(target, "overloads"):
                raise ValueError(
                    f"register_flop_formula(targets): expected each target to be OpOverloadPacket (i.e. "
                    f"torch.ops.mylib.foo), JitFunction, or HigherOrderOperator, got {target} which "
                    f"is of type {type(target)}"
                )
            if target in flop_registry:
                raise RuntimeError(f"duplicate registrations for {target}")
            flop_registry[target] = counted
        return formula

    return register


@register_flop_formula(aten.mm)
def mm_flop(a_shape: Sequence[int], b_shape: Sequence[int], *args: Any, out_shape: Any = None, **kwargs: Any) -> int:
    """Of (m, k) by (k, n)."""
    (m, k), (_, n) = a_shape, b_shape
    return m * n * 2 * k


@register_flop_formula(aten.addmm)
def addmm_flop(
    self_shape: Sequence[int], a_shape: Sequence[int], b_shape: Sequence[int], out_shape: Any = None, **kwargs: Any
) -> int:
    """Of the product alone."""
    return mm_flop(a_shape, b_shape)


@register_flop_formula(aten.bmm)
def bmm_flop(a_shape: Sequence[int], b_shape: Sequence[int], out_shape: Any = None, **kwargs: Any) -> int:
    """Of (b, m, k) by (b, k, n)."""
    return a_shape[0] * mm_flop(a_shape[1:], b_shape[1:])


@register_flop_formula(aten.baddbmm)
def baddbmm_flop(
    self_shape: Sequence[int], a_shape: Sequence[int], b_shape: Sequence[int], out_shape: Any = None, **kwargs: Any
) -> int:
    """Of the product alone."""
    return bmm_flop(a_shape, b_shape)


def conv_flop_count(
    x_shape: Sequence[int], w_shape: Sequence[int], out_shape: Sequence[int], transposed: bool = False
) -> int:
    """Of a convolution, whose result has shape `out_shape`; of a transposed one, the input counts."""
    places = prod((x_shape if transposed else out_shape)[2:])
    return x_shape[0] * prod(w_shape) * places * 2


@register_flop_formula(aten.convolution)
def conv_flop(
    x_shape: Sequence[int], w_shape: Sequence[int], _bias: Any, _stride: Any, _padding: Any, _dilation: Any,
    transposed: bool, *args: Any, out_shape: Any = None, **kwargs: Any,
) -> int:  # fmt: skip
    """Of a convolution."""
    return conv_flop_count(x_shape, w_shape, out_shape, transposed=transposed)


@register_flop_formula(aten.convolution_backward)
def conv_backward_flop(
    grad_out_shape: Sequence[int], x_shape: Sequence[int], w_shape: Sequence[int], _bias: Any, _stride: Any,
    _padding: Any, _dilation: Any, transposed: bool, _output_padding: Any, _groups: int, output_mask: Sequence[bool],
    out_shape: Any,
) -> int:  # fmt: skip
    """Of the gradients of a convolution that are asked for, each of which is as much as the convolution itself."""
    return (output_mask[0] + output_mask[1]) * conv_flop_count(x_shape, w_shape, grad_out_shape, transposed=transposed)


def sdpa_flop_count(query_shape: Sequence[int], key_shape: Sequence[int], value_shape: Sequence[int]) -> int:
    """Of both products of attention; shapes (b, h, s, d)."""
    b, h, s, d = query_shape
    return bmm_flop((b * h, s, d), (b * h, d, key_shape[2])) + bmm_flop(
        (b * h, s, key_shape[2]), (b * h, key_shape[2], value_shape[3])
    )


def get_suffix_str(number: int) -> str:
    """The suffix with which a number is shown: in thousands from ten thousand on, and so on."""
    return _SUFFIXES[max(0, min(len(_SUFFIXES) - 1, (len(str(number)) - 2) // 3))]


def convert_num_with_suffix(number: int, suffix: str) -> str:
    """A number in units of a suffix."""
    return f"{number / 1000 ** _SUFFIXES.index(suffix):.3f}{suffix}" if suffix else str(number)


def convert_to_percent_str(num: int, denom: int) -> str:
    """A part in hundredths; 0% of nothing."""
    return f"{num / denom:.2%}" if denom else "0%"


class FlopCounterMode(TorchDispatchMode):
    """A block whose operations are counted.

    Args:
        mods: not needed any more.
        depth: how deep the table goes into modules; None for all.
        display: whether the table is printed at the end.
        custom_mapping: formulas of further operations, which get shapes and ``out_shape``; with an attribute
            ``_get_raw``, tensors and ``out_val``.
    """

    __module__ = "torch.utils.flop_counter"

    def __init__(
        self, mods: Any = None, depth: int | None = 2, display: bool = True,
        custom_mapping: dict[Any, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.depth, self.display = depth, display
        self.flop_counts: dict[str, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        if mods is not None:
            warn("mods argument is not needed anymore, you can stop passing it")
        own = {
            key: value if getattr(value, "_get_raw", False) else shape_wrapper(value)
            for key, value in (custom_mapping or {}).items()
        }
        self.flop_registry = {**flop_registry, **own}
        self.mod_tracker = ModuleTracker()

    def get_total_flops(self) -> int:
        """All operations."""
        return sum(self.flop_counts["Global"].values())

    def get_flop_counts(self) -> dict[str, dict[Any, int]]:
        """Operations by the name of the module, and by what they compute."""
        return {name: dict(counts) for name, counts in self.flop_counts.items()}

    def get_table(self, depth: int | None = None) -> str:
        """The counts as a table, which ``tabulate`` makes.

        Raises:
            ModuleNotFoundError: where that is not installed.
        """
        import tabulate

        if depth is None:
            depth = 999999 if self.depth is None else self.depth
        total = self.get_total_flops()
        suffix = get_suffix_str(total)
        names = [name for name in sorted(self.flop_counts) if name != "Global" and name.count(".") + 1 <= depth]
        shown = names if any(sum(self.flop_counts[name].values()) >= total for name in names) else ["Global", *names]
        rows = [row for name in shown for row in self._rows(name, total, suffix)]
        return tabulate.tabulate(rows, headers=["Module", "FLOP", "% Total"], colalign=("left", "right", "right"))

    def _rows(self, name: str, total: int, suffix: str) -> Iterator[list[str]]:
        counts = self.flop_counts[name]
        for label, number in ((name, sum(counts.values())), *((f"- {kind}", one) for kind, one in counts.items())):
            yield [label, convert_num_with_suffix(number, suffix), convert_to_percent_str(number, total)]

    def __enter__(self) -> Self:
        self.flop_counts.clear()
        self.mod_tracker.__enter__()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self.mod_tracker.__exit__()
        if self.display:
            print(self.get_table(self.depth))

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        packet = func.overloadpacket
        if packet in self.flop_registry:
            count = self.flop_registry[packet](*args, **kwargs, out_val=out)
            for parent in {*self.mod_tracker.parents}:
                self.flop_counts[parent][packet] += count
        return out
