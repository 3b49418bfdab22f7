"""Gradients as one operation: one node, which can be differentiated as often as the formula."""

import pytest

import engine
from engine.declare.gradients import differentiated
from tests.bothways import agree, torch

TWICE = """
torch.manual_seed(0)
inputs = [torch.randint(-3, 4, shape).double().requires_grad_() for shape in {shapes}]
first = torch.autograd.grad(({call})(*inputs).pow(2).sum(), inputs, create_graph=True)
for one in first:
    node = one.grad_fn
    print(node.name(), [step and step.name() for step, _ in node.next_functions])
    print(sorted(name for name in dir(node) if name.startswith("_saved")))
second = torch.autograd.grad(sum(one.pow(2).sum() for one in first), inputs)
print([[f"{{float(x):.5g}}" for x in one.flatten()] for one in second])
"""


@pytest.mark.parametrize(
    ("call", "shapes"),
    [
        ("lambda x, w, b: F.conv1d(x, w, b, padding=1, stride=2)", "(2, 2, 5), (4, 2, 3), (4,)"),
        ("lambda x, w: F.conv2d(x, w, groups=2, dilation=2)", "(1, 2, 4, 4), (2, 1, 2, 2)"),
        ("lambda x, w, b: F.conv_transpose1d(x, w, b, stride=2)", "(2, 2, 3), (2, 3, 2), (3,)"),
        ("lambda x, w, b: F.layer_norm(x, (3,), w, b)", "(4, 3), (3,), (3,)"),
        ("lambda x, w, b: F.batch_norm(x, None, None, w, b, True)", "(5, 3), (3,), (3,)"),
        ("lambda x, w: F.batch_norm(x, torch.zeros(3).double(), torch.ones(3).double(), w)", "(5, 3), (3,)"),
        ("F.elu", "(6,),"),
        ("lambda x: F.gelu(x, approximate='tanh')", "(6,),"),
        ("F.gelu", "(6,),"),
        ("F.hardswish", "(6,),"),
        ("F.softplus", "(6,),"),
        ("F.logsigmoid", "(6,),"),
        ("F.prelu", "(4, 2), (2,)"),
        ("lambda x: F.softmax(x, 1)", "(2, 3),"),
        ("lambda x: F.log_softmax(x, 0)", "(2, 3),"),
    ],
)
def test_one_node_of_torchs_name(call, shapes):
    agree(TWICE.format(call=call, shapes=f"[{shapes}]"))


def test_third_derivatives_of_a_convolution():
    x = engine.tensor([[[1.0, 2.0, 3.0]]], dtype=engine.float64, requires_grad=True)
    w = engine.tensor([[[0.5, -1.0]]], dtype=engine.float64, requires_grad=True)

    def second(x, w):
        (first,) = engine.autograd.grad(engine.nn.functional.conv1d(x, w).pow(3).sum(), x, create_graph=True)
        return engine.autograd.grad(first.pow(2).sum(), x, create_graph=True)[0]

    assert engine.autograd.gradcheck(second, (x, w))


def test_the_same_tensor_given_twice_has_two_gradients():
    x = engine.tensor([2.0, 3.0], requires_grad=True)
    found = differentiated(lambda a, b: [a * a * b], {"a": x, "b": x}, ("a", "b"), [engine.ones(2)])
    assert [one.tolist() for one in found.values()] == [[8.0, 18.0], [4.0, 9.0]]


@pytest.mark.parametrize(
    "call",
    [
        "lambda x: F.conv1d(x.reshape(1, 1, 3), torch.ones(1, 1, 2).to(x.dtype))",
        "lambda x: F.layer_norm(x, (3,))",
        "lambda x: F.batch_norm(x.reshape(3, 1), None, None, training=True)",
        "lambda x: F.elu(x - 3)",
    ],
)
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
def test_forward_over_reverse(call):
    """Recorded and unrecorded alike: mean and deviation are functions of the input."""
    found = []
    for lib in (engine, torch):
        f = eval(call, {"torch": lib, "F": lib.nn.functional})
        x = lib.tensor([1.0, 2.0, 4.0], dtype=lib.float64, requires_grad=True)
        fw = lib.autograd.forward_ad
        found.append(lib.func.hessian(lambda x: f(x).pow(3).sum())(x.detach()).flatten().tolist())  # noqa: B023
        with fw.dual_level():
            dual = fw.make_dual(x, lib.ones_like(x))
            (first,) = lib.autograd.grad(f(dual).pow(3).sum(), dual)
            found[-1] += fw.unpack_dual(first).tangent.tolist()
    assert found[0] == pytest.approx(found[1], abs=1e-9)
