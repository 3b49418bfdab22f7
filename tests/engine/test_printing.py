"""The engine's texts, against the documented ones and against torch's own."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from engine import dtypes, printing


@dataclass
class Tensor:
    """What `tensor_repr` reads."""

    _array: np.ndarray
    dtype: dtypes.dtype = dtypes.float32
    device: Any = dataclasses.field(default_factory=lambda: SimpleNamespace(type="cpu"))
    requires_grad: bool = False
    grad_fn: Any = None
    _tangent: Any = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape


DEFAULTS = dataclasses.asdict(printing.PrintOptions())


class MulBackward0:
    pass


def text(data: Any, dtype: dtypes.dtype = dtypes.float32, **attributes: Any) -> str:
    return printing.tensor_repr(Tensor(np.array(data, dtype.numpy), dtype, **attributes))


@pytest.fixture(autouse=True)
def default_options():
    yield
    printing.set_printoptions(profile="default")
    dtypes.set_default_dtype(dtypes.float32)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([1.0], "tensor([1.])"),
        (14.0, "tensor(14.)"),
        ([4.5, 4.5], "tensor([4.5000, 4.5000])"),
        ([204.8, 2048.0, 0.2048], "tensor([2.0480e+02, 2.0480e+03, 2.0480e-01])"),
        ([-931.8143, 1383.0795, 31.5079], "tensor([-931.8143, 1383.0795,   31.5079])"),
        ([1e-4], "tensor([1.0000e-04])"),
        ([1.0, float("nan"), float("-inf")], "tensor([1., nan, -inf])"),
        ([0.0, -0.0], "tensor([0., -0.])"),
        ([], "tensor([])"),
        (np.empty((0, 2)), "tensor([], size=(0, 2))"),
    ],
)
def test_floats(data, expected):
    assert text(data) == expected


@pytest.mark.parametrize(
    ("data", "dtype", "expected"),
    [
        ([True, False], dtypes.bool_, "tensor([ True, False])"),
        ([1, -20], dtypes.int64, "tensor([  1, -20])"),
        ([1], dtypes.int32, "tensor([1], dtype=torch.int32)"),
        ([], dtypes.int64, "tensor([], dtype=torch.int64)"),
        ([0.1], dtypes.bfloat16, "tensor([0.1001], dtype=torch.bfloat16)"),
        ([2**64 - 1], dtypes.uint64, "tensor([18446744073709551615], dtype=torch.uint64)"),
        (1j, dtypes.complex64, "tensor(0.+1.j)"),
        ([1 - 2.5j, -10], dtypes.complex64, "tensor([  1.-2.5000j, -10.+0.0000j])"),
    ],
)
def test_other_dtypes(data, dtype, expected):
    assert text(data, dtype) == expected


def test_blocks_are_separated_by_blank_lines():
    assert text(np.arange(8).reshape(2, 2, 2), dtypes.int64) == (
        "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])"
    )


def test_suffixes_follow_in_order_and_break_at_the_line_width():
    node = MulBackward0()
    assert text(np.empty((0, 2)), dtypes.float64, requires_grad=True) == (
        "tensor([], size=(0, 2), dtype=torch.float64, requires_grad=True)"
    )
    assert text([2.0] * 12, requires_grad=True, grad_fn=node) == (
        "tensor([2., 2., 2., 2., 2., 2., 2., 2., 2., 2., 2., 2.],\n       grad_fn=<MulBackward0>)"
    )


def test_a_foreign_device_is_named():
    class Device(SimpleNamespace):
        def __str__(self) -> str:
            return "cuda:0"

    assert text([1.0], device=Device(type="cuda")) == "tensor([1.], device='cuda:0')"


def test_a_tensor_whose_history_is_lost_says_invalid():
    class Lost(Tensor):
        @property
        def grad_fn(self) -> Any:
            raise RuntimeError

        @grad_fn.setter
        def grad_fn(self, value: Any) -> None:
            pass

    assert printing.tensor_repr(Lost(np.ones(1, np.float32))) == "tensor([1.], grad_fn=<Invalid>)"


def test_a_subclass_prints_its_own_name_and_indents_by_it():
    ones = Tensor(np.ones((2, 1), np.float32))
    assert printing.tensor_repr(ones, "Weight") == "Weight([[1.],\n        [1.]])"


def test_the_default_dtype_decides_what_is_named():
    dtypes.set_default_dtype(dtypes.float64)
    assert text([1.0], dtypes.float32) == "tensor([1.], dtype=torch.float32)"
    assert text([1.0], dtypes.float64) == "tensor([1.])"
    assert text([1j], dtypes.complex128) == "tensor([0.+1.j])"


def test_a_summary_reads_the_shown_elements_only():
    endless = np.broadcast_to(np.float32(1), (10**6, 10**6))  # read whole, it would fill any memory
    assert printing.tensor_repr(Tensor(endless)).count("1.") == 36


def test_options_persist_but_sci_mode():
    printing.set_printoptions(precision=2, sci_mode=True)
    assert text([1.5]) == "tensor([1.50e+00])"
    printing.set_printoptions(edgeitems=0)
    assert text([1.5]) == "tensor([1.50], size=(1,))"
    assert printing.get_printoptions() == DEFAULTS | {"precision": 2, "edgeitems": 0}
    printing.set_printoptions(profile="default")
    assert printing.get_printoptions() == DEFAULTS


def test_printoptions_restores_after_an_error():
    with pytest.raises(KeyError), printing.printoptions(profile="full", precision=1):
        assert (printing.PRINT_OPTS.precision, printing.PRINT_OPTS.threshold) == (1, float("inf"))
        raise KeyError
    assert printing.get_printoptions() == DEFAULTS


@pytest.mark.parametrize("seed", range(5))
def test_random_tensors_print_as_in_torch(seed):
    agreement = pytest.importorskip("agreement", exc_type=ImportError)
    assert agreement.text_differences(1000, seed) == []


@given(
    st_numpy.arrays(
        st.sampled_from([np.float16, np.float32, np.float64, np.complex64, np.complex128]),
        st_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    )
)
def test_any_bits_print_as_in_torch(array):
    torch = pytest.importorskip("torch")
    agreement = pytest.importorskip("agreement", exc_type=ImportError)
    tensor = torch.from_numpy(array)
    assert printing.tensor_repr(agreement.Mirror.of(tensor)) == repr(tensor)
