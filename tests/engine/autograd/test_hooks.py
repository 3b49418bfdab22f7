"""What hooks may return, as in torch."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "returned",
    ["p", "None", "p.data", "torch.ones(2)", "torch.ones(3)", "torch.ones(2).double()", "3", "p.add_(1)"],
)
def test_what_hooks_after_accumulation_may_return(returned):
    agree(f"""
p = torch.zeros(2, requires_grad=True)
def first(p):
    with torch.no_grad():
        return {returned}
p.register_post_accumulate_grad_hook(first)
p.register_post_accumulate_grad_hook(lambda p: print('second', p.detach()))
try:
    p.sum().backward()
except (RuntimeError, TypeError) as error:
    print(error)
print(p, p.grad)
""")
