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
        "for tracked in (True, False):\n"
        "    p = torch.nn.Parameter(torch.ones(2), tracked); p.foo = 'b'; q = copy.copy(p); p.data.add_(1)\n"
        "    print(q, q.foo, q._version, p._version, pickle.loads(pickle.dumps(p)))",
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


PICKLED = {
    "torch.optim.Adam([torch.zeros(2, requires_grad=True)], lr=0.1)": "again, again.param_groups",
    "torch.optim.lr_scheduler.StepLR(torch.optim.SGD([a.requires_grad_()], lr=0.1), 2)": "again.state_dict()",
    "torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD([a.requires_grad_()]))": "again.optimizer, again.mode",
    "torch.distributions.MultivariateNormal(torch.zeros(2), torch.eye(2))": "again, again.log_prob(torch.ones(2))",
    "torch.distributions.AffineTransform(0.0, 2.0)": "again, again(a)",
    "torch.distributions.constraints.interval(0.0, 4.0)": "again, again.check(a)",
    "torch.utils.data.TensorDataset(a)": "len(again), again[1]",
    "torch.utils.data.DataLoader(torch.utils.data.Subset([1, 2, 3], [2, 0]), batch_size=2)": "[*again]",
    "torch.utils.data.BatchSampler(torch.utils.data.SequentialSampler([1, 2, 3]), 2, False)": "[*again]",
    "a.max(0)": "again",
    "torch.linalg.svd(torch.eye(2))": "again",
    "torch.nn.utils.rnn.pack_sequence([torch.ones(2), torch.ones(1)])": "again",
    "torch.nn.LazyLinear(2)": "again, again(a)[0].shape, again",
    "torch.nn.TransformerEncoderLayer(4, 1, 2, activation=torch.nn.functional.silu)": "again.activation(a)",
    "functools.partial(torch.nn.functional.leaky_relu, negative_slope=0.5)": "again(-a)",
    "[torch.sin, torch.linalg.norm, torch.nn.functional.linear, torch.special.expit]": "again == made",
    "[torch.Tensor, torch.nn.Parameter, torch.autograd.Function]": "again == made, again",
    "torch.OutOfMemoryError('much')": "repr(again)",
    "torch.amp.GradScaler('cpu', init_scale=4.0)": "again.get_scale()",
}


@pytest.mark.parametrize("made", PICKLED)
def test_what_is_torchs_is_pickled(made):
    """A class that shows torch's name is found where the engine has it."""
    code = f"import functools\nmade = {made}\nagain = pickle.loads(pickle.dumps(made))\n"
    agree(f"{START}{code}print(type(again) is type(made), {PICKLED[made]})")
