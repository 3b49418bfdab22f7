import math
import warnings
from collections import OrderedDict

import numpy as np
import pytest
import tinytorch

from conformance.compare.values import numbers
from conformance.targets.capture import ITEMS, NODES, array, graph, observe
from conformance.targets.protocol import ArrayState, Mapping_, Node, Opaque, Scalar, Sequence, TensorState, dumps

torch = pytest.importorskip("torch")


def test_a_leaf_and_its_gradient():
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    (x * x).sum().backward()
    state = observe(x)
    assert isinstance(state, TensorState)
    assert (state.type, state.dtype, state.shape, state.device, state.layout) == (
        "Tensor",
        "float32",
        (1, 2),
        "cpu",
        "strided",
    )
    assert (state.requires_grad, state.is_leaf, state.version, state.graph) == (True, True, 0, None)
    assert numbers(state.values).tolist() == [[1.0, 2.0]]
    assert numbers(state.grad.values).tolist() == [[2.0, 4.0]]


def test_a_result_and_its_graph():
    x = torch.tensor([1.0], requires_grad=True)
    state = observe(x * x + 1)
    assert state.grad_fn == "AddBackward0"
    assert [name for name, _ in state.graph.nodes] == ["AddBackward0", "MulBackward0", "AccumulateGrad"]
    assert state.graph.nodes[1][1] == ((2, 0), (2, 0))  # one leaf, reached twice
    assert state.graph.nodes[0][1] == ((1, 0), None)


@pytest.mark.parametrize(
    "dtype",
    [
        torch.bool, torch.uint8, torch.int64, torch.uint16, torch.float16, torch.bfloat16, torch.float32, torch.float64,
        torch.float8_e4m3fn, torch.complex64, torch.complex128,
    ],
)  # fmt: skip
def test_elements_of_every_dtype_are_exact(dtype):
    tensor = (
        torch.tensor([0, 1, 1]).to(dtype) if dtype is torch.bool else torch.tensor([0.0, 1.5, -3.25]).abs().to(dtype)
    )
    state = observe(tensor)
    assert state.dtype == str(dtype).removeprefix("torch.")
    assert numbers(state.values).tolist() == tensor.tolist()


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).t(),
        torch.arange(10.0)[::3],
        torch.tensor([1 + 2j]).conj(),
        torch.tensor([1 + 2j]).conj().imag,
        torch.tensor(3.0).expand(2, 2),
        torch.empty(0, 3),
        torch.eye(2).to_sparse(),
    ],
)
def test_elements_of_any_layout(tensor):
    dense = tensor.to_dense() if tensor.layout != torch.strided else tensor
    state = observe(tensor)
    assert numbers(state.values).tolist() == dense.tolist()
    assert state.shape == tuple(tensor.shape)


def test_special_numbers_keep_every_bit():
    elements = numbers(observe(torch.tensor([float("nan"), float("inf"), -0.0])).values)
    assert np.isnan(elements[0])
    assert np.isposinf(elements[1])
    assert np.signbit(elements[2])


def test_what_cannot_be_read_is_none():
    assert observe(torch.empty(2, device="meta")).values is None
    with torch.inference_mode():
        state = observe(torch.ones(1))
    assert state.version is None


def test_a_tensor_whose_graph_raises_is_seen_nevertheless():
    x = torch.ones(2, requires_grad=True) * 1
    with torch.no_grad():
        view = x[:1]
    x.mul_(2)
    state = observe(view)
    assert state.error.startswith("A view was created in no_grad mode")
    assert (state.graph, state.grad, numbers(state.values).tolist()) == (None, None, [2.0])


def test_looking_changes_nothing_and_does_not_warn():
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert observe(y).grad is None
    assert y._version == x._version == 0
    assert not y.retains_grad
    y.retain_grad()
    y.backward()
    assert numbers(observe(y).grad.values).tolist() == [1.0]


def test_another_engine_is_seen_by_its_attributes():
    x = tinytorch.tensor([2.0], requires_grad=True)
    y = x * x
    state = observe(y)
    assert (state.type, state.dtype, state.grad_fn, state.version) == ("Tensor", "float32", "MulBackward0", 0)
    assert [name for name, _ in state.graph.nodes] == ["MulBackward0", "AccumulateGrad"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Scalar("NoneType", "None")),
        (True, Scalar("bool", "True")),
        (10**30, Scalar("int", str(10**30))),
        (-0.0, Scalar("float", "-0.0")),
        (1 + 2j, Scalar("complex", "(1+2j)")),
        ("a\x1b", Scalar("str", "a\\x1b")),
        ((1, [2]), Sequence("tuple", (Scalar("int", "1"), Sequence("list", (Scalar("int", "2"),))))),
        (OrderedDict(a=1), Mapping_("OrderedDict", (("'a'", Scalar("int", "1")),))),
        (torch.Size([2]), Sequence("Size", (Scalar("int", "2"),))),
        (torch.float32, Opaque("dtype", "torch.float32")),
        (object(), Opaque("object", "")),
        (len, Opaque("function", "len")),
        (math.floor, Opaque("function", "floor")),
        (lambda: 0, Opaque("function", "<lambda>")),
        (OrderedDict, Opaque("type", "OrderedDict")),
        (np, Opaque("module", "")),
    ],
)
def test_other_values(value, expected):
    assert observe(value) == expected


def test_many_bytes_are_kept_in_part_and_told_apart():
    one, other = bytes(1 << 20), bytes((1 << 19) - 1) + b"1" + bytes(1 << 19)
    assert observe(one).text.startswith("b'" + "\\x00" * 99)
    assert len(observe(one).text) < 1 << 17
    assert observe(one) == observe(bytes(1 << 20))
    assert observe(one) != observe(other)
    assert observe(one) != observe(bytes((1 << 20) + 1))


def test_a_function_is_its_name():
    def square(x):
        return x * x

    assert observe(square) == Opaque("function", "square")
    assert observe(torch.sin) == Opaque("function", "sin")  # written in C


def test_numpy_arrays_are_numbers_too():
    assert observe(np.float32(1.5)) == ArrayState("float32", array(np.float32(1.5), "float32"))
    assert isinstance(observe(np.array(["a"])), Opaque)
    big_endian = observe(np.array([1.5], ">f8"))
    assert numbers(big_endian.values).tolist() == [1.5]


def test_a_node_is_its_graph():
    node = (torch.ones(1, requires_grad=True) * 2).grad_fn
    assert observe(node) == Node(graph(node))


def test_what_has_no_repr_does_no_harm():
    class Hostile:
        def __repr__(self):
            raise RuntimeError("no")

    assert observe(Hostile()) == Opaque("Hostile", "repr raised RuntimeError")


def test_everything_has_a_limit():
    cyclic = []
    cyclic.append(cyclic)
    dumps(observe(cyclic))
    long = observe(list(range(ITEMS + 5)))
    assert (len(long.items), long.cut) == (ITEMS, 5)
    large = observe(torch.zeros(1000, 1000))
    assert large.values.step > 1
    assert len(dumps(large)) < 1_000_000
    y = torch.ones(1, requires_grad=True)
    for _ in range(NODES + 10):
        y = y + 1
    deep = observe(y).graph
    assert (len(deep.nodes), deep.cut) == (NODES, True)


def test_gradients_that_go_round_end():
    x, y = torch.ones(1), torch.ones(1)
    x.grad, y.grad = y, x
    dumps(observe(x))
