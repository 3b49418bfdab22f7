"""Saved tensors as objects, and what is said of those that have changed."""

import pytest
from bothways import agree

START = "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"


@pytest.mark.parametrize("make", ["torch.ones(2, dtype=torch.{})", "torch.ones(2, dtype=torch.{}, device='meta')"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"])
def test_the_type_of_what_was_modified(make, dtype):
    agree(f"y = {make.format(dtype)}.requires_grad_() * 1; z = y * y; y.add_(1); z.backward(torch.ones_like(z))")


@pytest.mark.parametrize(
    "saved", ["torch.ones(2, dtype=torch.bool)", "torch.ones(2, dtype=torch.uint8)", "torch.ones(2).to_sparse()",
              "torch.ones(2, dtype=torch.cfloat).conj()", "torch.ones(2, dtype=torch.cfloat).conj().imag"],
)  # fmt: skip
def test_the_type_of_an_untracked_one_that_was_modified(saved):
    agree(f"{START}w = {saved}; z = w * x; w.zero_(); (z.to_dense() if z.is_sparse else z).abs().sum().backward()")


@pytest.mark.parametrize(
    "code",
    [
        "y = x.exp(); r = y.grad_fn._raw_saved_result; y.add_(1); r.register_hooks(print, print); y.sum().backward()",
        "y = x.exp(); y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda t: t); y.add_(1)\n"
        "y.sum().backward(); print(x.grad)",
        "(x * x).grad_fn._raw_saved_self.register_hooks(3, 4)",
        "(x * x).grad_fn._raw_saved_self.register_hooks(print)",
        "torch.autograd.graph.saved_tensors_hooks(3, 4).__enter__()",
        "y = x[[0, 1]]; y.sum().backward(); y.grad_fn._raw_saved_indices",
        "y = x * x; r = y.grad_fn._raw_saved_self; print(r.data is x, r.unpack_hook, r.unpack())",
        "y = x.exp(); r = y.grad_fn._raw_saved_result; print(r.data)",
        "y = x * x; r = y.grad_fn._raw_saved_self; r.register_hooks(lambda t: t * 3, lambda t: t)\n"
        "print(r.data, r.unpack())",
    ],
)
def test_hooks_of_one_saved_tensor(code):
    agree(START + code)


@pytest.mark.parametrize("function", ["x.softmax(0)", "x.log_softmax(0)", "x * x", "x.sin()"])
@pytest.mark.parametrize("unpacked", ["t.double()", "t.half()", "t.long()", "t * 1"])
def test_what_is_unpacked_must_fit_the_formula(function, unpacked):
    agree(f"""
x = torch.ones(2, requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: {unpacked}): y = {function}
y.sum().backward()
print(x.grad)
""")


def test_unpacking_runs_in_the_grad_mode_of_whoever_reads():
    agree("""
def unpack(t): r = t * 1; print(torch.is_grad_enabled(), r.grad_fn); return r
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack): y = x * x
s = y.grad_fn._saved_self; print(s, s.grad_fn)
with torch.no_grad(): y.grad_fn._saved_self
g, = torch.autograd.grad(y.sum(), x, create_graph=True); print(torch.autograd.grad(g.sum(), x))
torch.autograd.grad(y.sum(), x)
""")


@pytest.mark.parametrize(
    "made",
    ["x.max()", "x.max(0)[0]", "x.sum(0)", "x ** 2", "2 ** x", "x.clamp(min=0)", "x.view(-1)", "x[:2]", "x.tanh()"],
)
def test_what_was_modified_is_known_by_its_operation_and_overload(made):
    """A view, by what it is since its memory was written."""
    agree(f"""
x = torch.ones(3, requires_grad=True) * 2
y = {made}
z = y * y
with torch.no_grad():
    y.add_(1)
z.sum().backward()
""")


def test_gradients_are_summed_in_place_under_hooks_too():
    agree(
        "G = torch.autograd.graph\n"
        "for mode in (G.saved_tensors_hooks(lambda t: t, lambda t: t), G.save_on_cpu()):\n"
        "    x = torch.ones(2, requires_grad=True)\n"
        "    with mode:\n"
        "        (x * x + x).sum().backward()\n"
        "    print(x.grad, x.grad._version)"
    )
