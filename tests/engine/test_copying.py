"""Copies and pickles of tensors, and of what belongs to graphs."""

import pytest
from bothways import agree

START = "import copy, pickle; a = torch.arange(6.0).view(2, 3)\n"


@pytest.mark.parametrize(
    "code",
    [
        "b = a.t(); c = a[:, 1]; p, q, r = copy.deepcopy((a, b, c)); p.zero_()\n"
        "print(q, r, q.stride(), r.stride(), r.storage_offset(), r._base, r._version)",
        "p, q = pickle.loads(pickle.dumps((a, a[:, 1]))); p.zero_(); print(q, q.stride(), q.storage_offset())",
        "e = a.expand(2, 2, 3); print(copy.deepcopy(e).stride(), pickle.loads(pickle.dumps(e)).stride())",
        "x = torch.ones(2, requires_grad=True); x.foo = 'b'; x.grad = torch.ones(2)\n"
        "for y in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))): print(y, y.foo, y.grad)",
        "y = copy.copy(a); y.add_(1); print(a, y is a)",
        "x = torch.ones(2, requires_grad=True); x.register_hook(print); copy.copy(x); copy.deepcopy(x).backward(x)",
        "z = torch.from_numpy(__import__('numpy').arange(6.0)[::2])\n"
        "print(copy.deepcopy(z).stride(), pickle.loads(pickle.dumps(z)))",
        "h = torch.ones(3, dtype=torch.bfloat16)[1:]; e = torch.empty(0, 3); s = torch.tensor(3.0)\n"
        "for one in (h, e, s): print(copy.deepcopy(one), pickle.loads(pickle.dumps(one)))",
        "c = torch.tensor([1j]).conj(); print(copy.deepcopy(c).is_conj(), pickle.loads(pickle.dumps(c)).is_conj())",
        "t = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)); t[1].weight = t[0].weight\n"
        "for u in (copy.deepcopy(t), pickle.loads(pickle.dumps(t))): print(u[0].weight is u[1].weight)",
        "with torch.inference_mode(): i = torch.ones(2); print(copy.deepcopy(i).is_inference())\n"
        "print(copy.deepcopy(i).is_inference())",
        "for one in (torch.strided, torch.sparse_coo, torch.contiguous_format, torch.float32, torch.Size([1])):\n"
        "    print(copy.deepcopy(one), pickle.loads(pickle.dumps(one)))",
        "copy.deepcopy((a.requires_grad_() * 2).grad_fn)",
        "pickle.dumps((a.requires_grad_() * 2).grad_fn)",
        "copy.deepcopy(torch.autograd.graph.get_gradient_edge(a.requires_grad_()))",
        "class S(torch.Tensor): pass\ncopy.deepcopy(a.as_subclass(S))",
        "class S(torch.Tensor):\n  def new_empty(self, *args, **kwargs):\n"
        "    return torch.Tensor.new_empty(self, *args, **kwargs).as_subclass(S)\n"
        "s = a.as_subclass(S); s.k = 1; print(type(copy.deepcopy(s)).__name__, copy.deepcopy(s).k)",
    ],
)
def test_copies_are_what_torchs_are(code):
    agree(START + code)
