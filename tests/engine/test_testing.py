"""`assert_close` fails where torch's does, with its words."""

import pytest
from bothways import agree

CALLS = [
    "ac(torch.ones(2), torch.ones(2))",
    "ac(torch.ones(2), torch.zeros(2))",
    "ac(torch.tensor([1.,2.,3.]), torch.tensor([1.,2.5,3.]))",
    "ac(torch.ones(2), torch.ones(3))",
    "ac(torch.ones(2), torch.ones(2,dtype=torch.float64))",
    "ac(torch.ones(2), torch.ones(2,dtype=torch.float64), check_dtype=False)",
    "ac(1.0, 1.1)",
    "ac(1, 2)",
    "ac(True, False)",
    'ac("a", "a")',
    "ac([torch.ones(2),1.], [torch.ones(2),2.])",
    'ac({"a":torch.ones(2)}, {"a":torch.zeros(2)})',
    'ac({"a":torch.ones(2)}, {"b":torch.zeros(2)})',
    "ac([1,2],[1])",
    "ac(torch.tensor(float('nan')), torch.tensor(float('nan')))",
    "ac(torch.tensor(float('nan')), torch.tensor(float('nan')), equal_nan=True)",
    "ac(torch.tensor([1,2]), torch.tensor([1,3]))",
    "ac(torch.tensor([True,False]), torch.tensor([True,True]))",
    "ac(torch.tensor(1.), torch.tensor(2.))",
    "ac(torch.tensor(1), torch.tensor(2))",
    "ac(torch.ones(2,3), torch.ones(2,3)*1.1, rtol=0, atol=0.01)",
    "ac(torch.ones(2,3), torch.ones(2,3)*1.1, rtol=0.2)",
    "ac(torch.ones(2,3), torch.ones(2,3)*1.1, rtol=0.2, atol=0)",
    'ac(torch.ones(2), torch.zeros(2), msg="hello")',
    'ac(torch.ones(2), torch.zeros(2), msg=lambda m: "hello "+m)',
    "ac(np.ones(2), np.zeros(2))",
    "ac(torch.ones(2), np.ones(2))",
    "ac(torch.ones(2), np.ones(2), allow_subclasses=False)",
    "ac(1., torch.tensor(1.))",
    "ac(1, 1.)",
    "ac(None, None)",
    "ac(torch.nn.Parameter(torch.ones(2)), torch.ones(2))",
    "ac(torch.nn.Parameter(torch.ones(2)), torch.ones(2), allow_subclasses=False)",
    "ac(torch.ones(2,2).t(), torch.ones(2,2), check_stride=True)",
    "ac(torch.ones(2,3).t(), torch.ones(3,2), check_stride=True)",
    "ac(torch.empty(0), torch.empty(0))",
    "ac(torch.tensor([1+1j]), torch.tensor([1+2j]))",
    "ac(torch.ones(2,dtype=torch.float16), torch.ones(2,dtype=torch.float16)*1.0005)",
    "ac(torch.tensor([1.,2]).bfloat16(), torch.tensor([1.,2.1]).bfloat16())",
    "ac([[1.,2.],[torch.ones(1)]], [[1.,2.],[torch.zeros(1)]])",
    "ac(float('inf'), float('inf'))",
    "ac(torch.tensor([float('inf'),1.]), torch.tensor([-float('inf'),1.]))",
    "ac(torch.tensor([0.]), torch.tensor([1e-6]))",
    "ac(torch.zeros(1000), torch.ones(1000))",
    "ac((1,2),[1,2])",
    "ac(torch.testing, torch.testing)",
    "ac(1+1j, 1+2j)",
    "ac(torch.zeros(2,device='cpu'), torch.zeros(2), check_device=False)",
    "torch.testing.assert_allclose(torch.zeros(2), torch.zeros(2))",
    "torch.testing.assert_allclose(torch.zeros(2), torch.ones(2))",
    "ac(torch.tensor([1.]), torch.tensor([2.]), rtol=1)",
    "ac(torch.tensor([1,2**60]), torch.tensor([1,2**60+1]))",
    "ac(torch.tensor([1,2],dtype=torch.uint8), torch.tensor([2,1],dtype=torch.uint8))",
    "ac(np.float32(1), 1.0)",
    "ac(np.float64(1), np.float64(2))",
]


@pytest.mark.parametrize("call", CALLS)
def test_it_says_what_torchs_says(call):
    agree(f"import numpy as np\nac = torch.testing.assert_close\nprint({call})")


def test_the_first_difference_counts_but_all_must_be_comparable():
    agree("torch.testing.assert_close([1., 2., 3.], [1., 5., 6.])")
    agree('torch.testing.assert_close([1., "a"], [2., "a"])')


MADE = [
    *(f"(2, 3), dtype=torch.{name}" for name in
      ("float32", "float64", "float16", "bfloat16", "int64", "uint8", "int8", "int32", "bool", "complex64", "complex128")),
    *(f"3, dtype=torch.{name}, low=0, high=4" for name in ("float32", "int64", "bool", "complex64")),
    "(2, 3), dtype=torch.float32, noncontiguous=True", "(2, 3), dtype=torch.complex64, noncontiguous=True",
    "(2, 3), dtype=torch.int64, low=0, high=2, exclude_zero=True", "(), dtype=torch.float32",
    "2, 2, dtype=torch.float32, requires_grad=True", "4, dtype=torch.int64, low=.5, high=2.5",
    "4, dtype=torch.uint8, low=-5, high=300", "4, dtype=torch.float16, low=-1e6", "4, dtype=torch.float64, low=-1e308, high=1e308",
    "2, dtype=torch.float32, low=1, high=1", "(1, 2, 2, 2), dtype=torch.float32, memory_format=torch.channels_last",
    "2, dtype=torch.float32, low=3, high=1", "2, dtype=torch.float32, low=10", "2, dtype=torch.float32, low=float('nan')",
    "2, dtype=torch.int64, requires_grad=True", "2", "2, dtype=torch.float32, noncontiguous=True, memory_format=torch.channels_last",
]  # fmt: skip


@pytest.mark.parametrize("arguments", MADE)
def test_numbers_for_tests_are_torchs(arguments):
    agree(f"""
from torch.testing import make_tensor
x = make_tensor({arguments}, device="cpu")
print(x, x.stride(), torch.rand(1))
""")
