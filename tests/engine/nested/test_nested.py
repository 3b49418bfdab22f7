"""Nested tensors beside torch's."""

import re

import bothways
import pytest

import engine

MADE = """
import warnings
def show(*values):
    for value in values:
        try: print(value() if callable(value) else value)
        except Exception as e: print(type(e).__name__, str(e).partition(" If you are a ")[0])
nt = torch.nested.nested_tensor([torch.arange(4.).view(2, 2), torch.arange(6.).view(3, 2)])
j = torch.nested.nested_tensor([torch.ones(2, 3), torch.zeros(3, 3)], layout=torch.jagged)
"""

STRIDED = [
    "show(nt, nt.dim(), nt.ndim, nt.numel(), nt.layout, nt.is_nested, nt.is_contiguous(), nt.dtype, nt.device, "
    "nt.is_leaf)",
    "show(nt.requires_grad, nt.grad, nt.grad_fn, nt.storage_offset(), nt.element_size(), torch.is_tensor(nt), nt.data)",
    "show(lambda: nt.size(), lambda: nt.shape, lambda: nt.size(1), lambda: nt.size(2), lambda: nt.size(-1), "
    "lambda: nt.size(5))",
    "show(lambda: len(nt), lambda: list(nt), lambda: nt.stride(), lambda: nt.tolist(), lambda: nt.numpy(), "
    "lambda: nt.item())",
    "show(nt[0], nt[-1], lambda: nt[5], nt[0, 1], lambda: nt[:, 0], nt.unbind(), lambda: nt.unbind(1), nt.select(0, "
    "1))",
    "show(nt + 1, nt + nt, nt * 2, lambda: nt * torch.ones(2), lambda: nt + torch.ones(2, 3, 2), nt - nt, nt / 2, -nt)",
    "show(nt.sin(), nt.relu(), nt.abs(), torch.tanh(nt), torch.sqrt(nt), lambda: nt.exp(), lambda: nt ** 2, nt > 1)",
    "show(lambda: nt.sum(), lambda: nt.sum(-1), lambda: nt.mean(), lambda: nt.max(), lambda: nt == nt, "
    "lambda: bool(nt))",
    "show(nt.transpose(1, 2), lambda: nt.transpose(0, 1), nt.reshape(2, -1, 2, 1), nt.view(2, -1, 1, 2), lambda: nt.T)",
    "show(lambda: nt @ torch.ones(2, 3), torch.matmul(nt, nt.transpose(1, 2)), torch.bmm(nt, nt.transpose(-1, -2)))",
    "show(F.softmax(nt, -1), torch.softmax(nt, 1), lambda: F.layer_norm(nt, (2,)), F.dropout(nt, 0.), nt.clone(), "
    "nt.detach())",
    "show(nt.double(), nt.int(), nt.to(torch.float64), torch.zeros_like(nt), torch.ones_like(nt), torch.cat([nt, nt]))",
    "show(nt.to_padded_tensor(0), nt.to_padded_tensor(-1., (2, 3, 4)), lambda: nt.to_padded_tensor(0., (1, 1, 1)))",
    "show(nt.unsqueeze(1), lambda: nt.squeeze(0), nt.chunk(2, -1), lambda: nt.split(1, -1), nt.masked_fill(nt > 1, 0))",
    "show(nt._nested_tensor_size(), nt.requires_grad_(), nt.requires_grad, lambda: nt.add_(1), lambda: nt.cuda(), "
    "repr(type(nt)))",
    "show(torch.nested.nested_tensor([1, 2]), torch.nested.nested_tensor([torch.ones(2), torch.ones(3).int()]))",
    "show(lambda: torch.nested.nested_tensor([1., [2]]), lambda: torch.nested.nested_tensor(3), "
    "torch.nested.nested_tensor([]))",
    "show(torch.nested.as_nested_tensor(torch.ones(2, 3)), lambda: torch.nested.as_nested_tensor(3), torch.nested)",
    "show(lambda: torch.nested.to_padded_tensor(torch.ones(2), 0), lambda: torch.equal(nt, nt), lambda: nt.flatten())",
    "a, b = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True); "
    "n = torch.nested.as_nested_tensor([a, b])\n"
    "(n * 2).to_padded_tensor(0.).sum().backward(); show(a.grad, b.grad, n.requires_grad, n.is_leaf)",
    "n = torch.nested.nested_tensor([torch.ones(2), torch.ones(1)], requires_grad=True); "
    "n.unbind()[0].sum().backward()\n"
    "show(n[0].requires_grad, n)",
    "l = nn.Linear(2, 2); e = nn.Embedding(5, 2); i = torch.nested.nested_tensor([torch.tensor([1, 2]), "
    "torch.tensor([3])])\n"
    "show(l(nt).size(0), torch.equal(l(nt)[1], l(nt[1])), e(i).size(2), nn.ReLU()(nt))",
    "q = torch.nested.nested_tensor([torch.ones(2, 3, 4), torch.ones(2, 5, 4)]); "
    "show(F.scaled_dot_product_attention(q, q, q))",
]  # fmt: skip
JAGGED = [
    "show(j, j.shape, j.size(), j.size(0), j.size(1), j.dim(), j.layout, j.is_nested, j.offsets(), j.lengths(), "
    "j.values())",
    "show(j.unbind(), list(j), len(j), j[0], j[0, 1], j.numel(), j.requires_grad, j._max_seqlen, j._min_seqlen, "
    "repr(type(j)))",
    "show(j + 1, j + j, (j * 2).values(), j.sin().values(), (j > 0).values(), j.exp().values(), "
    "j.to(torch.float64).dtype)",
    "show(j.sum(), j.sum(-1), j.sum(1), j.mean(1), j.mean(-1), j.sum(dim=2).values(), j.to_padded_tensor(0.))",
    "show(j.transpose(1, 2), lambda: j.transpose(0, 1), F.linear(j, torch.ones(2, 3)).shape, (j @ torch.ones(3, "
    "2)).values())",
    "show(F.softmax(j, -1).shape, torch.cat([j, j], -1).shape, torch.zeros_like(j).values(), j.chunk(3, -1)[0].shape)",
    "show(j.view(2, -1, 1, 3).shape, j.unsqueeze(-1).shape, j.unflatten(-1, [3, 1]).transpose(1, 2).shape, "
    "j.detach(), j.clone())",
    "show(torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(2, 4)], layout=torch.jagged))",
    "v = torch.arange(6.).view(3, 2); show(torch.nested.nested_tensor_from_jagged(v, torch.tensor([0, 1, "
    "3])).unbind())",
    "show(torch.nested.nested_tensor_from_jagged(torch.arange(3.), lengths=torch.tensor([1, 2])))",
    "show(lambda: torch.nested.nested_tensor_from_jagged(torch.arange(3.)))",
    "n = torch.nested.narrow(torch.arange(12.).view(2, 6), 1, torch.tensor([0, 1]), torch.tensor([3, 2]), "
    "layout=torch.jagged)\n"
    "show(n, n.unbind())",
    "m = torch.tensor([[True, False, True], [False, True, False]]); v = torch.arange(6.).view(2, 3)\n"
    "show(torch.nested.masked_select(v, m).values(), torch.nested.nested_tensor([torch.ones(2)], layout=torch.jagged))",
    "v = torch.ones(3, 2, requires_grad=True); n = torch.nested.nested_tensor_from_jagged(v, torch.tensor([0, 1, 3]))\n"
    "(n * 2).sum().backward(); show(v.grad, n.requires_grad)",
    "show(torch.nested.nested_tensor([torch.ones(2, 3)], layout=torch.jagged, requires_grad=True))",
    "def refused(call):\n    try: return call()\n    except RuntimeError as error: return error\n"
    "for kind in (torch.jagged, torch.strided):\n"
    "    n = torch.nested.nested_tensor([torch.ones(2), torch.zeros(3)], layout=kind)\n"
    "    for call in (n.tolist, n.numpy, lambda: [*n], lambda: bool(n)): print(refused(call))",
    "show(j.stride(), j.stride(0), j.transpose(1, 2).stride(), j.unsqueeze(-1).stride(), 2 * j.size(1), "
    "j.nbytes, j.type())",
    "show(j.argmax(-1).unbind(), j.argmax(1), j.max(-1), j.max(1), j.min(), j.any(), j.all(1), "
    "j.prod(-1).unbind(), j.prod())",
    "show(j[..., 0].unbind(), j.select(-1, 1).unbind(), lambda: j[:1], lambda: j[:, 0], j.chunk(3, -1), "
    "j.split(1, -1)[1])",
    "show(j.expand(2, -1, 3), j.expand(2, j.size(1), 3).unbind(), j.permute(0, 2, 1), lambda: j.T, "
    "lambda: j.flatten(1))",
    "show(torch.stack([j, j], -1).unbind(), lambda: torch.stack([j, j]), lambda: torch.stack([j, j], 1), "
    "lambda: torch.cat([j, j]))",
    "show((~(j > 0)).unbind(), (j % 2).unbind(), torch.isclose(j, j).unbind(), lambda: j // 2, "
    "lambda: j.tile((1, 1, 2)))",
    "show(lambda: j.new_zeros(2), lambda: j.masked_select(j > 0), lambda: j.var(1), lambda: F.pad(j, (1, 1)), "
    "lambda: j.norm(), lambda: nt.permute(0, 2, 1), lambda: nt % 2, lambda: ~(nt > 1), lambda: nt.flatten(1, 2))",
]  # fmt: skip


@pytest.mark.parametrize("code", STRIDED + JAGGED)
def test_it_does_what_torchs_does(code):
    numbered = re.compile(r"\bj\d+|UserWarning: .*|from '.*'|, grad_fn=<\w+>")  # counted, or told once, in a process
    mine, theirs = (numbered.sub("", bothways.printed(MADE + code, lib)).strip() for lib in (engine, bothways.torch))
    assert mine == theirs
