"""Dropout in place, and questions that have one answer here, against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree


@pytest.mark.parametrize("name", ["dropout_", "alpha_dropout_", "feature_dropout_", "feature_alpha_dropout_"])
@pytest.mark.parametrize("rest", ["0.5, True", "0.5, False", "1.0, True", "0.0, True"])
def test_dropout_in_place(name: str, rest: str):
    agree(f"""
x = torch.ones(2, 3, 2)
print(torch.{name}(x, {rest}) is x, x)
y = torch.ones(2, 3, requires_grad=True) * 2
print(torch.{name}(y, {rest}).grad_fn)
""")


@pytest.mark.parametrize("dtype", ["int64", "bool", "float16", "float64"])
def test_zeros_of_whole_numbers_have_no_sign(dtype: str):
    agree(f"""
given = torch.tensor([0, 0, -4, -4, 4]).to(torch.{dtype})
for mask in (torch.tensor([-5, 0, 0, -5, 0]), torch.tensor([True, False, False, True, False])):
    print(torch.ops.aten.native_dropout_backward(given, mask, 2.5))
""")


def test_questions():
    agree("""
class Own(torch.Tensor): pass
x = torch.arange(6.0).reshape(2, 3)
print(x.is_set_to(x), x.is_set_to(x.view(3, 2)), x.is_set_to(x.clone()), x.is_set_to(x.view(2, 3)))
print(torch.is_distributed(x), x.is_nested, x.is_xla, x.is_vulkan, x.name, x.const_data_ptr() == x.data_ptr())
print(type(x.as_subclass(Own)), x.as_subclass(nn.Parameter))
try: x.as_subclass(int)
except TypeError as error: print(error)
""")


@pytest.mark.parametrize("train", ["True", "False", "None"])
@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_with_its_mask(p: float, train: str):
    agree(f"""
torch.manual_seed(0)
x = torch.arange(1.0, 9.0).requires_grad_()
y, mask = torch.native_dropout(x, {p}, {train})
print(y, mask, torch.autograd.grad(y.sum(), x, create_graph=True))
z = torch.ops.aten.native_dropout_backward(x, mask, 3.0)
print(z, torch.autograd.grad(z.sum(), x))
""")
