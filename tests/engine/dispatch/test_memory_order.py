"""How the results of operations lie in memory, against torch: whether `view` takes them depends on it."""

import pytest

from tests.bothways import agree

RESULTS = [
    "x.sum(0,keepdim=True)",
    "x.sum(0)",
    "x.sum(1)",
    "x.mean(2)",
    "x.max(0)[0]",
    "x.max(1)[1]",
    "x.argmax(0)",
    "x.amax(1)",
    "x.prod(1)",
    "x.var(1)",
    "x.norm(dim=1)",
    "x.logsumexp(1)",
    "x.any(1)",
    "x.all(0)",
    "x.median(1)[0]",
    "x.flip(0)",
    "x.cumsum(0)",
    "x.cumprod(1)",
    "x.cummax(0)[0]",
    "x.sort(1)[0]",
    "x.sort(1)[1]",
    "x.argsort(0)",
    "x.topk(2,1)[0]",
    "x.kthvalue(1,1)[0]",
    "x.repeat(1,1,1)",
    "x.tril()",
    "x.triu()",
    "x[torch.tensor([0,1])]",
    "x.softmax(1)",
    "x.log_softmax(0)",
    "x.roll(1,0)",
    "x.gather(0,torch.zeros(1,2,3,dtype=torch.long))",
    "x.index_select(1,torch.tensor([0]))",
    "x.masked_fill(x>3,0)",
    "x.scatter(0,torch.zeros(1,2,3,dtype=torch.long),1.)",
    "torch.diff(x)",
    "x.unfold(0,2,1)",
    "torch.cdist(x,x)",
    "x@x.mT",
    "x.matmul(torch.ones(3,3))",
    "x.std(0)",
    "torch.cat([x,x])",
    "torch.cat([x,q])",
    "torch.cat([q,x])",
    "torch.stack([x,x])",
    "x.diagonal()",
    "F.dropout(x)",
    "F.layer_norm(x,(3,))",
    "F.pad(x,(1,1))",
    "F.linear(x,torch.ones(2,3))",
    "torch.where(x>0,x,0)",
    "x+0",
    "x.int()",
    "x.nan_to_num()",
    "x.frac()",
    "F.gelu(x)",
    "F.relu(x)",
    "F.one_hot(x.long(),24)",
    "torch.full_like(x,2)",
    "torch.tensordot(x,torch.ones(3,2),1)",
    "torch.kron(x,x)",
    "x.expand(2,4,2,3)",
    "x.take_along_dim(x.argsort(1),1)",
    "x.quantile(0.5,dim=1)",
    "x.renorm(2,0,1.)",
    "torch.addmm(torch.ones(2,2),x[0],x[0].t())",
    "x.index_add(0,torch.tensor([0]),torch.ones(1,2,3))",
    "x.index_fill(0,torch.tensor([0]),1)",
    "x.index_put((torch.tensor([0]),),torch.tensor(1.))",
    "torch.einsum('abc->cab',x)",
    "torch.meshgrid(x[:,0,0],x[0,:,0],indexing='ij')[0]",
]
"""Of `x`, whose dimensions lie in another order than they stand, and `q`, whose do not."""


@pytest.mark.parametrize("expression", RESULTS)
def test_the_layout_of_a_result(expression):
    agree(f"""
F = torch.nn.functional
x, q = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1), torch.ones(4, 2, 3)
r = {expression}
print(tuple(r.shape), r.stride(), r.is_contiguous())
""")


@pytest.mark.parametrize("dtypes", [("float32", "float32"), ("float32", "float64"), ("int64", "int64")])
def test_of_several_operands_the_first_that_can_tell_decides(dtypes):
    agree(f"""
a = torch.arange(6).reshape(2, 3).to(torch.{dtypes[0]}).t()
b = torch.arange(1, 7).reshape(3, 2).to(torch.{dtypes[1]})
for r in (a + b, b + a, a * b, a - b[:1], b[:1] - a, a[:, :1] + b, a > b, torch.maximum(b, a), torch.where(b > 2, a, b),
          torch.where(a > 2, b, a), torch.stack([a, b]) + a, a.expand(2, 3, 2) + b, b + a.expand(2, 3, 2), a + b[0]):
    print(r.stride(), r.tolist())
c = torch.ones(3, 2)
for r in (torch.addcmul(a, b.to(a.dtype), c.to(a.dtype)), torch.lerp(a.double(), b.double(), c.double())):
    print(r.stride(), r.tolist())
""")


CHANNELS_LAST = """
F, cl, c3 = torch.nn.functional, torch.channels_last, torch.channels_last_3d
x = torch.arange(2.0 * 4 * 6 * 6).reshape(2, 4, 6, 6).to(memory_format=cl)
x3 = torch.arange(2.0 * 4 * 4 * 4 * 4).reshape(2, 4, 4, 4, 4).to(memory_format=c3)
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_convolutions_take_their_layout_of_the_image_or_the_weight(dtype):
    agree(f"""{CHANNELS_LAST}
x, x3 = x.to(torch.{dtype}), x3.to(torch.{dtype})
w, w3 = torch.ones(5, 4, 3, 3, dtype=x.dtype), torch.ones(5, 4, 3, 3, 3, dtype=x.dtype)
for one in (x, x.contiguous()):
    for by in (w, w.to(memory_format=cl)):
        print(F.conv2d(one, by).stride())
        print(F.conv_transpose2d(one, by.transpose(0, 1)).stride())
for one in (x3, x3.contiguous()):
    for by in (w3, w3.to(memory_format=c3)):
        print(F.conv3d(one, by).stride())
signal, w1 = torch.ones(2, 7, 4, dtype=x.dtype).mT, torch.ones(5, 4, 3, dtype=x.dtype)
print(F.conv1d(signal, w1).stride(), F.conv1d(signal, w1.mT.contiguous().mT).stride())
print(F.conv2d(x[:, :1], w[:, :1]).stride(), F.conv2d(x[:, 1:3], w[:, :2]).stride(), F.conv2d(x[0], w).stride())
""")


def test_other_layers_keep_channels_last():
    agree(f"""{CHANNELS_LAST}
for one in (F.pad(x, (1, 1)), F.pad(x3, (1, 1)), F.max_pool2d(x, 2), F.avg_pool2d(x, 2), F.max_pool3d(x3, 2),
            F.avg_pool3d(x3, 2), F.avg_pool3d(x, 2), F.adaptive_avg_pool3d(x, 2),
            F.local_response_norm(x, 2), torch.cat([x, x]), torch.cat([x, x], 1), torch.cat([x, x.contiguous()]),
            torch.stack([x, x]), x.flip(0), x.sort(1)[0], x.tril(), x.sum(0, keepdim=True), x + x.contiguous()):
    print(one.stride())
print(torch.empty(2, 3, 4, 5, 6, memory_format=c3).stride(), x3.is_contiguous(memory_format=c3), c3)
print(x.is_contiguous(memory_format=cl), x[:, :1].contiguous().stride())
print(torch.nn.Conv3d(2, 3, 2).to(memory_format=c3).weight.stride())
x.to(memory_format=c3)
""")
