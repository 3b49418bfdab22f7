"""Automatic mixed precision, beside torch's."""

import pytest
from bothways import agree, torch

from engine.dispatch.autocast import FULL, LOWER, WIDEST

TENSORS = """
x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)
w = torch.tensor([[0.5, 1.], [2., 0.25]], requires_grad=True)
"""
CODES = [
    """
with torch.autocast("cpu"):
    y=x@w; print(y, y.grad_fn.next_functions); print(torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled(), torch.get_autocast_dtype("cpu"), torch.is_autocast_cache_enabled(),torch.is_autocast_cpu_enabled())
    print((x+w).dtype,(y+x).dtype, torch.exp(y).dtype, torch.nn.functional.softmax(y,0).dtype, y.sum().dtype, torch.cat([y,x]).dtype, torch.nn.functional.mse_loss(y,x).dtype, torch.nn.functional.linear(x,w).dtype, torch.stack([y,x]).dtype, torch.stack([y,y]).dtype, y.prod().dtype)
    with torch.autocast("cpu",enabled=False): print((x@w).dtype)
    l=torch.nn.Linear(2,2); print(l(torch.ones(2)).dtype, torch.nn.functional.conv1d(torch.ones(1,1,3),torch.ones(1,1,2)).dtype, torch.nn.functional.cross_entropy(torch.ones(2,2).bfloat16(),torch.tensor([0,1])), torch.ones(2,2).double()@torch.ones(2,2).double())
    print((torch.ones(2,2,dtype=torch.int64)@torch.ones(2,2,dtype=torch.int64)).dtype, torch.mv(torch.ones(2,2),torch.ones(2)).dtype, torch.einsum("ij,jk->ik",torch.ones(2,2),torch.ones(2,2)).dtype, torch.dot(torch.ones(2),torch.ones(2)).dtype, torch.bmm(torch.ones(1,2,2),torch.ones(1,2,2)).dtype, torch.outer(torch.ones(2),torch.ones(2)).dtype)
y.float().sum().backward(); print(x.grad)
with torch.autocast("cpu",dtype=torch.float16): print((x@w).dtype, torch.get_autocast_dtype("cpu"))
with torch.autocast("cpu",dtype=torch.float64): print((x@w).dtype)
with torch.autocast("cuda"): print((x@w).dtype)
""",
    """
torch.autocast("foo")
""",
    """
torch.autocast()
""",
    """
torch.autocast(3)
""",
    """
torch.autocast("meta")
""",
    """
class F(torch.autograd.Function):
    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu",cast_inputs=torch.float32)
    def forward(ctx,a): print(a.dtype, torch.is_autocast_enabled("cpu")); return a*2
    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx,g): print(torch.is_autocast_enabled("cpu")); return g*2
with torch.autocast("cpu"):
    o=F.apply(x.bfloat16()); print(o.dtype)
o.sum().backward(); print(x.grad)
""",
    """
class H(torch.autograd.Function):
    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu")
    def forward(ctx,a,b): print("fwd",a.dtype, torch.is_autocast_enabled("cpu")); ctx.save_for_backward(a,b); return a@b
    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx,g): print("bwd",torch.is_autocast_enabled("cpu"), g.dtype); a,b=ctx.saved_tensors; return g@b.T, (a.T@g)
with torch.autocast("cpu"): o=H.apply(x,x)
o.sum().backward(); print(x.grad)
""",
    """
class G(torch.autograd.Function):
    @staticmethod
    @torch.cuda.amp.custom_fwd
    def forward(ctx,a): return a*2
    @staticmethod
    @torch.cuda.amp.custom_bwd
    def backward(ctx,g): return g*2
print(G.apply(x).dtype)
""",
    """
with torch.cuda.amp.autocast(): print((x@x).dtype)
""",
    """
@torch.autocast("cpu")
def f(a): return a@a
print(f(x).dtype)
with torch.autocast("cpu"):
    a=torch.ones(2,2)@w; b=torch.ones(2,2)@w
    print(a.grad_fn.next_functions[1][0] is b.grad_fn.next_functions[1][0])
(a+b).sum().backward(); print(w.grad)
with torch.autocast("cpu",cache_enabled=False):
    a=torch.ones(2,2)@w; b=torch.ones(2,2)@w
    print(a.grad_fn.next_functions[1][0] is b.grad_fn.next_functions[1][0])
print(torch.amp.is_autocast_available("cpu"), torch.amp.is_autocast_available("meta"), type(torch.autocast("cpu")))
""",
    """
with torch.autocast("cpu"):
    torch.ones(2,2).double()@torch.ones(2,2)
""",
    """
torch.amp.custom_fwd(lambda c: 1)
""",
    """
torch.amp.custom_fwd(lambda c: 1, device_type=3)
""",
    """
with torch.autocast("cpu"):
    y = torch.nn.functional.relu(x@w) ; print(y, torch.nn.functional.layer_norm(y,(2,)).dtype, torch.tanh(y).dtype, (y**2).dtype, y.mean().dtype, torch.nn.functional.gelu(y).dtype,torch.nn.functional.max_pool1d(y[None],2).dtype, y.norm().dtype, torch.logsumexp(y,0).dtype, torch.addmm(x,x,w).dtype, torch.baddbmm(x[None],x[None],w[None]).dtype, torch.linalg.inv(x).dtype, torch.trace(y).dtype, torch.nn.functional.nll_loss(y,torch.tensor([0,1])).dtype)
""",
]


@pytest.mark.parametrize("code", CODES)
def test_autocast_does_what_torchs_does(code):
    agree(TENSORS + code)


def test_the_operations_are_those_that_torch_registers():
    schemas = [(s.name, s.overload_name) for s in torch._C._jit_get_all_schemas() if s.name.startswith("aten::")]
    registered = set()
    for name, overload in schemas:
        try:
            qualified = f"{name}.{overload}" if overload else name
            if torch._C._dispatch_has_kernel_for_dispatch_key(qualified, "AutocastCPU"):
                registered.add(name.removeprefix("aten::"))
        except RuntimeError:  # a schema that has no operator
            continue
    ours = {"_convolution", "convolution", "nll_loss_nd"}  # the names under which these run here
    assert (LOWER | FULL | WIDEST) - ours <= registered
