"""Nodes at which no gradient arrives run all the same, as in torch."""

import pytest
from bothways import agree

FUNCTIONS = """
class Nothing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a + 1
    @staticmethod
    def backward(ctx, g): return None
class Triple(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * 3
    @staticmethod
    def backward(ctx, g):
        print('triple', g)
        return g * 3
class Bare(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.set_materialize_grads(False)
        return a * 3
    @staticmethod
    def backward(ctx, g):
        print('bare', g)
        return g
x = torch.tensor([1.], requires_grad=True)
t = x * 2
def attempt(run):
    try:
        run()
    except RuntimeError as error:
        print(error)
    print(x.grad)
"""

PROGRAMS = {
    "tensor hooks see None": """
x.register_hook(lambda g: print('x', g))
t.register_hook(lambda g: print('t', g))
t.retain_grad()
attempt(Nothing.apply(t).sum().backward)
print(t.grad)
""",
    "node hooks see None": """
t.grad_fn.register_prehook(lambda gs: print('before', gs))
t.grad_fn.register_hook(lambda i, o: print('after', i, o))
attempt(Nothing.apply(t).sum().backward)
""",
    "a hook after accumulation runs": """
x.register_post_accumulate_grad_hook(lambda p: print('post', p.grad))
attempt(Nothing.apply(x).sum().backward)
""",
    "None is not replaced": """
for hooked in (
    lambda t: t.register_hook(lambda g: torch.ones(1)),
    lambda t: t.grad_fn.register_hook(lambda i, o: (torch.ones(1), None)),
    lambda t: t.grad_fn.register_prehook(lambda gs: (torch.ones(1),)),
):
    t = x * 2
    hooked(t)
    attempt(Nothing.apply(t).sum().backward)
""",
    "a function gets zeros": """
attempt(Nothing.apply(Triple.apply(x)).sum().backward)
attempt(Nothing.apply(Bare.apply(x)).sum().backward)
print(torch.autograd.grad(Nothing.apply(Triple.apply(x)).sum(), x, allow_unused=True))
""",
    "what ran is freed": """
t = x.exp()
attempt(Nothing.apply(t).sum().backward)
attempt(t.sum().backward)
""",
    "one of several outputs": """
a, b = (x.repeat(2) * 1).unbind()
a.register_hook(lambda g: print('a', g))
a.grad_fn.register_prehook(lambda gs: print(gs))
attempt(b.backward)
c, d = (x.repeat(2) * 1).unbind()
d.register_hook(lambda g: print('d', g))
attempt(lambda: c.backward(inputs=[torch.ones(1, requires_grad=True)]))
""",
    "hooks of several tensors": """
torch.autograd.graph.register_multi_grad_hook([t, x], lambda gs: print('multi', gs))
torch.autograd.graph.register_multi_grad_hook([t, x], lambda g: print('any', g), mode='any')
attempt(Nothing.apply(t).sum().backward)
attempt((x * 3).sum().backward)
t = x * 2
torch.autograd.graph.register_multi_grad_hook([t], lambda gs: print('alone', gs))
attempt(t.backward)
attempt((t * 1).backward)
attempt(lambda: print(torch.autograd.grad((t * 1).sum(), t)))
attempt(lambda: print(torch.autograd.grad((x * 1).sum(), x)))
""",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program(program):
    agree(FUNCTIONS + program)
