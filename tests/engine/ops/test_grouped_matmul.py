"""Products of groups of matrices, against torch: values, layout, gradients and what is refused."""

import pytest
from bothways import agree

SETUP = """
torch.manual_seed(0)
def whole(*shape, dtype=torch.float32):
    return torch.randint(-3, 4, shape).to(dtype).requires_grad_()
def shown(a, b, *ends):
    y = F.grouped_mm(a, b, offs=torch.tensor(ends, dtype=torch.int32) if ends else None)
    print(y.shape, y.stride(), y.grad_fn.name(), y)
    print(*torch.autograd.grad(y * y, [a, b], 1 + y.detach().abs()), sep="\\n")
"""


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize(
    "call",
    [
        "shown(whole(2, 3, 8, dtype=d), whole(2, 8, 16, dtype=d))",
        "shown(whole(6, 8, dtype=d), whole(3, 8, 16, dtype=d), 2, 3, 6)",
        "shown(whole(6, 8, dtype=d), whole(3, 16, 8, dtype=d).mT, 2, 2, 6)",
        "shown(whole(3, 4, 8, dtype=d), whole(8, 16, dtype=d), 8, 8, 16)",
        "shown(whole(4, 16, dtype=d), whole(16, 8, dtype=d), 8, 16)",
        "print(F.grouped_mm(whole(2, 3, 8, dtype=d), whole(2, 15, 8, dtype=d).mT).stride())",
    ],
)
def test_groups(call, dtype):
    agree(f"{SETUP}d = torch.{dtype}\n{call}")


ENDS = "offs=torch.tensor([2, 3, 6], dtype=torch.int32)"


@pytest.mark.parametrize(
    "arguments",
    [
        "whole(6, 8), whole(3, 8, 16)",
        f"whole(2, 3, 8), whole(2, 8, 16), {ENDS}",
        "whole(6, 8), whole(3, 8, 16), offs=torch.tensor([2, 3, 6])",
        "whole(6, 8), whole(3, 8, 16), offs=torch.tensor([2, 3], dtype=torch.int32)",
        "whole(6, 8), whole(3, 8, 16), offs=torch.tensor([[2, 3, 6]], dtype=torch.int32)",
        "whole(8), whole(3, 8, 16)",
        "whole(2, 3, 8), whole(3, 8, 16)",
        "whole(2, 3, 8), whole(2, 7, 16)",
        "whole(2, 3, 7), whole(2, 7, 16)",
        "whole(2, 3, 8)[..., ::2], whole(2, 4, 16)",
        "whole(2, 3, 8), whole(2, 8, 16), bias=torch.ones(16)",
        "whole(2, 3, 8), whole(2, 8, 16), out_dtype=torch.bfloat16",
        "whole(2, 3, 8).bfloat16(), whole(2, 8, 16)",
        "whole(2, 3, 8).double(), whole(2, 8, 16).double()",
        "whole(2, 3, 8), whole(2, 8, 16).long()",
    ],
)
def test_refused(arguments):
    agree(f"{SETUP}F.grouped_mm({arguments})")


def test_a_gradient_expanded_from_a_number_is_refused():
    agree(f"{SETUP}F.grouped_mm(whole(2, 3, 8), whole(2, 8, 16)).sum().backward()")
