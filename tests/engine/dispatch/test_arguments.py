"""What calls are taken for, and what is said of those that mean nothing: as torch has it."""

import pytest
from bothways import agree

SETUP = """
import numpy as np
class One:
    __index__ = lambda self: 1
f = torch.arange(6.).reshape(2, 3)
v = torch.tensor([0.5, 1.5])
k = torch.tensor([2])
def shown(call):
    try:
        print(eval(call, globals()))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""
FAMILIES = {
    "tensors of one element for sizes": [
        "f.view(torch.tensor([6]))", "f.view(k, 3)", "f.view([k, 3])", "f.reshape(torch.tensor([[6]]))",
        "f.expand(k, 3)",
        "f.repeat(k, 1)", "f.permute(torch.tensor([1]), 0)", "torch.zeros(k)", "torch.zeros(k, k)",
        "torch.zeros([2, k])",
        "f.select(0, torch.tensor([1]))", "f.select(torch.tensor([1]), 0)", "f.narrow(0, 0, torch.tensor([1]))",
        "f.topk(torch.tensor([1]))", "f.kthvalue(torch.tensor([1]))", "torch.eye(k)",
        "torch.randperm(torch.tensor([1]))",
        "f.sum(torch.tensor([0]))", "f.mean(dim=torch.tensor([0]))", "f.flip(torch.tensor([0]))", "f.roll(k)",
        "f.unsqueeze(torch.tensor([0]))", "f.cumsum(torch.tensor([0]))", "torch.bincount(k, minlength=k)",
        "F.max_pool1d(f, 2, torch.tensor([1]))", "torch.tensor_split(f, k)", "F.pad(f, (torch.tensor([1]), 1))",
        "torch.zeros(k.float())", "torch.zeros(torch.tensor([2, 3]))", "torch.zeros([v, 2])", "torch.zeros([2, v])",
        "torch.ones(2, v)", "torch.fft.fftshift(f, [v])", "f.narrow_copy(0, torch.tensor([0]), 1)",
    ],
    "what Python can index by": [
        "torch.zeros(One())", "torch.zeros([One(), 2])", "f.view(One(), 6)", "f.select(0, One())", "f.select(One(), 0)",
        "f.sum([One()])", "f.permute(One(), 0)", "torch.zeros(np.array(2))", "f.view(np.array([6]))",
        "f.topk(np.array(1))",
        "torch.zeros(2, None)", "torch.zeros(2, '2')", "torch.zeros([True, 2])", "f.view(6, 1.0)",
        "f.topk(np.array([1]))",
    ],
    "losses called without a reduction": [
        "torch.kl_div(v, v)", "torch.kl_div(v, v, 1)", "torch.hinge_embedding_loss(v, v)",
        "torch.margin_ranking_loss(v, v, v)",
        "torch.binary_cross_entropy_with_logits(v, v, reduction=2)", "torch.ops.aten.mse_loss(v, v)",
        "torch.ops.aten.mse_loss.default(v, v, 0)", "torch.ops.aten.mse_loss.default._schema", "torch.ctc_loss()",
        "torch.triplet_margin_loss(f, f, f)", "torch.ops.aten.kl_div.default._schema.arguments[2].default_value",
    ],
    "functions that change their argument": [
        "torch.sqrt_()", "torch.sqrt_(3)", "torch.sqrt_(v, v)", "torch.sqrt_(v.clone())", "torch.sqrt_(v, foo=1)",
        "torch.clamp_(v)", "torch.clamp_(input=v.clone(), min=1)", "torch.clamp_min_('a', 1)", "torch.arccos_()",
        "torch.neg_(input=v.clone())", "torch.selu_(3)", "torch.detach_()", "torch.zero_(v, 1)", "F.elu_(3)",
        "F.relu_()",
        "F.leaky_relu_(v, 'a')", "F.threshold_(v.clone(), 1, 0)", "F.hardtanh_(f - 3, 0)",
        "torch.round_(v, decimals='a')",
    ],
    "functions of one tensor": [
        "torch.numel()", "torch.numel(3)", "torch.is_complex(v, v)", "torch.is_conj(input=v)", "torch.is_neg(v, foo=1)",
        "torch.detach(3)", "torch.detach()", "torch.real('a')", "torch.imag()", "torch.get_device(v)",
        "torch.real(input=v)",
        "torch.is_signed(v, input=v)", "torch.imag(v)",
    ],
    "methods of nothing else": [
        f"v.{name}(1)"
        for name in [
            "numel", "nelement", "element_size", "is_complex", "is_floating_point", "is_conj", "is_inference", "detach",
            "detach_", "get_device", "conj",
        ]
    ] + ["v[:1].item(0)", "v[:1].item()"],
    "Python's types for dtypes": [
        "torch.finfo(float)", "torch.finfo(int)", "torch.iinfo(int)", "torch.iinfo(bool)", "torch.iinfo()",
        "torch.can_cast(int, float)", "torch.can_cast(torch.float, 'int')", "torch.can_cast(torch.float)",
        "torch.promote_types(int, torch.float)", "torch.promote_types(torch.float, 3)", "torch.result_type()",
        "torch.result_type(f, 'a')", "torch.result_type(scalar=1, tensor=f)", "torch.result_type(f, 3j)", "f.to(3.0)",
        "f.to(True)", "f.to(1j)", "f.type(f)", "f.type(float)", "f.type(np.float32)", "f.type(torch.nn.Linear)",
        "f.type(torch.LongTensor)", "f.new_tensor(k)", "k.new_tensor(v)",
    ],
    "dtypes and bounds that do not fit": [
        "f.lt_(1j)", "f.eq_(1j)", "f.clamp(1j)", "f.clip_(1j)", "f.clamp(k * 1j)", "(f > 2).clamp(f > 1)",
        "(f > 2).clamp(f > 1, f > 1)", "(f > 2).clamp_max(True)", "(f > 2).clamp_min_(f > 1)",
        "f.clamp(k * 1j, k * 1j)",
        "f.clone().clamp_max_(torch.tensor([[2., 1, 0]]))", "torch.isin(f, k * 1j)", "torch.isin(f, 1j)",
        "torch.histc(f * 1j)", "torch.histc(f * 1j, 2, 0, 1)", "torch.rsub(torch.ones(3), torch.ones(2))",
        "torch.std(torch.ones(0, 3), 1)", "torch.var_mean(torch.ones(0, 3), 1)", "f.view(-3)", "f.reshape(2, -2)",
        "(f > 2).expand(1)", "f.bfloat16().expand(1)", "f.to('meta').expand(1)", "F.embedding(f > 2, f)",
        "torch.broadcast_tensors(f, 3)", "torch.chain_matmul(f, 3)", "torch.chain_matmul()", "torch.einsum(3, f)",
        "F.nll_loss(f, k[:1].repeat(2), torch.ones(3).double())",
        "F.cross_entropy(f, k.repeat(2), torch.ones(3).half())",
        "F.nll_loss(f[None], torch.ones(1, 3).long(), torch.ones(2).double())",
        "F.multi_margin_loss(f, k.repeat(2), weight=torch.ones(3).double())",
        "F.binary_cross_entropy(v / 2, v / 2, v.double() * 2).dtype",
    ],
    "integers one by one": [
        "f.count_nonzero(0, 1)", "f.count_nonzero(1)", "f[None].squeeze(0, 2)", "f[None].squeeze(0, 'a')",
        "f[None].squeeze(0)", "f.squeeze(0, None)", "f.view(2, 3, 1)", "f.permute(1, 0, 2)", "f.flip(0, 1)",
    ],
    "what is no function": [
        "f.shape(0)", "f.device()", "f.dtype()", "f.layout()", "f.shape + 1", "f.dtype + 1", "torch.float32.foo",
        "torch.Size.__name__, torch.dtype.__name__, torch.device, type(f.layout)", "f.shape.foo", "f.device.foo = 1",
    ],
    "arguments of other types": [
        "f.size(f)", "f.size(torch.tensor(1))", "f.size(True)", "f.size(0, 1)", "f.stride(torch.tensor(1))", "f.dim(1)",
        "f.numpy(1)", "f.numpy(force='a')", "f.tolist(1)", "f.to('meta').requires_grad_().numpy()", "torch.trapz()",
        "torch.where(torch.tensor(2))", "torch.where(torch.tensor(0))", "torch.dist(f, f.long())", "torch.fill()",
        "torch.dist(f.long(), f.half())", "torch.block_diag([f, f])", "torch.cartesian_prod([v, v])",
        "torch.broadcast_shapes(f)", "torch.broadcast_shapes(2, 2.5)", "torch.broadcast_shapes('a')",
        "torch.chain_matmul([f, f])",
    ],
    "outputs that share memory with inputs": [
        "torch.add(v, v, out=v[:1])", "torch.mul(v[:1], 2, out=v)",
        "torch.exp(f.flatten()[:3], out=f.flatten()[1:4])", "v",
    ],
    "flags that are no bool": [
        f"torch.autograd.{call}"
        for call in [
            "backward(v.requires_grad_().sum(), retain_graph='a')", "backward(v.sum(), create_graph=1.5)",
            "backward(v.sum(), create_graph=None)", "grad(v.sum(), v, retain_graph=[])",
            "grad(v.sum(), v, retain_graph=1)",
            "grad(v.sum(), v, allow_unused='a')", "grad(v.sum(), v, create_graph='a')",
        ]
    ],
    "lists of what can be given": [
        f"torch.{name}()"
        for name in [
            "div", "divide", "true_divide", "floor_divide", "multiply", "mul", "add", "subtract", "scatter",
            "tensor_split",
            "linalg.pinv", "linalg.matrix_rank", "lstm", "gru", "repeat_interleave", "embedding_bag", "bucketize",
        ]
    ] + ["v.div_()", "v.divide_()", "v.floor_divide_()", "f.scatter_()"],
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_calls(family):
    agree("\n".join([SETUP, *(f"shown({call!r})" for call in FAMILIES[family])]))
