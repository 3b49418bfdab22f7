"""``functional_call`` refuses what cannot stand for a parameter, and leaves the module as it was."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "given",
    [
        "{'weight': 3}", "{'': x}", "{'weight.x': x}", "{'foo': 3}", "{'forward': x}", "{'in_features': x}",
        "{'training': x}", "{'foo.bar': x}", "{'bias': None}", "{'weight': x * 2, 'foo': x}",
    ],
)  # fmt: skip
def test_what_stands_for_what(given):
    agree(f"""
m = nn.Linear(2, 1)
x = torch.ones(1, 2)
with torch.no_grad(): [one.fill_(1.) for one in m.parameters()]
try:
    print(torch.func.functional_call(m, {given}, (x,)))
except Exception as error:
    print(type(error).__name__, error)
print(m.weight, m.bias, hasattr(m, 'foo'), m.training, m.in_features)
""")
