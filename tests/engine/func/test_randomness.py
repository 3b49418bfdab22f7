"""``vmap`` over what draws random numbers: what is drawn once, what for each example, what is refused."""

import pytest
from bothways import agree

DRAWS = [
    "torch.rand(2)", "torch.rand_like(a)", "torch.randperm(5)", "torch.randint(0, 50, (2,))", "F.dropout(a + 1)",
    "F.dropout(x + 1)", "F.rrelu(a, training=True)", "F.alpha_dropout(a + 1, training=True)", "torch.normal(a, 1.)",
    "a.clone().bernoulli_()", "a.clone().bernoulli_(a / 10)", "torch.ones(3).bernoulli_(a / 10)",
    "torch.ones(3).bernoulli_(torch.full((3,), .5))", "torch.bernoulli(a / 10)", "torch.bernoulli(torch.ones(3) / 2)",
    "torch.multinomial(a + 1, 1)", "torch.poisson(a)", "torch.binomial(a + 5, a / 10)", "torch.ones(2).uniform_()",
    "torch.native_dropout(a + 1, 0.5, True)[0]", "F.dropout(a, training=False)", "torch._standard_gamma(a + 1)",
]  # fmt: skip


@pytest.mark.parametrize("randomness", ["error", "same", "different"])
def test_what_is_drawn_for_whom(randomness):
    functions = ", ".join(f"lambda a: {call}" for call in DRAWS)
    agree(f"""
x = torch.arange(6.).view(2, 3)
for function in ({functions}):
    torch.manual_seed(3)
    try:
        print((torch.vmap(function, randomness='{randomness}')(x) * 10).round())
    except RuntimeError as error:
        print(error)
""")
