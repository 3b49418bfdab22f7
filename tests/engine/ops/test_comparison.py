"""Comparisons with numbers that their dtype does not hold, and in place, where they end what was recorded."""

import pytest

import engine
from tests.bothways import agree, torch

IN_PLACE = """
x = torch.tensor([1., 2.], requires_grad=True)
other = {other}
y = x * 1
y.{name}_(other)
print(y, [step[0] and step[0].name() for step in y.grad_fn.next_functions])
y.sum().backward()
print(x.grad, getattr(other, "grad", None))
"""


@pytest.mark.parametrize("other", ["2", "torch.tensor(2.)", "torch.tensor([1., 3.], requires_grad=True)"])
@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge", "not_equal", "less", "greater_equal"])
def test_in_place_comparisons_end_the_history(name, other):
    agree(IN_PLACE.format(name=name, other=other))


@pytest.mark.parametrize(
    "code",
    [
        "x = torch.tensor([1., 2.], requires_grad=True); x.eq_(2)",
        "x = torch.tensor([1., 2.], requires_grad=True); x.logical_not_(); print(x)",
        "x = torch.tensor([1., 2.], requires_grad=True) * 1; x.logical_and_(x); print(x)",
        "x = torch.tensor([1., 2.]); x.eq_(torch.ones(2, requires_grad=True)); print(x)",
        "x = torch.tensor([1., 2.], requires_grad=True) * 1; x[0].ge_(2); print(x)",
    ],
)
def test_what_may_be_compared_in_place(code):
    agree(code)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
@pytest.mark.parametrize("call", [lambda x: x.ge_(2), lambda x: x.logical_not_(), lambda x: x.eq_(x)])
def test_tangents_end_where_histories_end(call):
    """Torch, when it first uses forward mode, warns of itself."""
    found = []
    for lib in (engine, torch):
        fw = lib.autograd.forward_ad
        with fw.dual_level():
            found.append(repr(fw.unpack_dual(call(fw.make_dual(lib.tensor([1.0, 2.0]), lib.ones(2)) * 1))))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["eq", "lt", "ge", "remainder", "fmod", "bitwise_and", "clamp_min", "pow"])
@pytest.mark.parametrize("number", ["-1", "300", "-300", "2**40", "-2**63", "2**64", "-2**64"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32"])
def test_numbers_that_do_not_fit(name, number, dtype):
    """Most wrap around; some are refused."""
    agree(f"print(torch.tensor([127, 0, 1, 44], dtype=torch.{dtype}).{name}({number}))")


@pytest.mark.parametrize("number", ["300", "3.5", "2.5j", "float('nan')", "1e30"])
def test_numbers_to_fill_with(number):
    agree(f"print(torch.tensor([1, 2]).masked_fill(torch.tensor([True, False]), {number}))")


@pytest.mark.parametrize(
    "call",
    [
        "a, a + 1", "a, a + 1, rtol=0, atol=0", "a, a + 1, atol=1., rtol=0", "x, y", "y, x", "x, y, equal_nan=True",
        "x, y, 0, 0", "x, y, 0, 0, True", "x, x.flip(0)", "x.half(), y.half()", "a.bool(), a.bool(), rtol=1",
        "torch.tensor([1 + 1j, complex('nan')]), torch.tensor([1 + 1.000001j, complex('nan')])",
    ],
)  # fmt: skip
def test_closeness_is_torchs(call):
    agree(
        "a = torch.tensor([1, 2**60, 5]); x = torch.tensor([float('inf'), -float('inf'), float('nan'), 1., 0.])\n"
        f"y = torch.tensor([float('inf'), float('inf'), float('nan'), 1. + 1e-6, 1e-9]); print(torch.isclose({call}))"
    )
