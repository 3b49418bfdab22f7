"""Modules against torch: the same code on both, everything printed."""

from __future__ import annotations

import textwrap

import pytest

from tests.bothways import agree

MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 3), nn.Identity(), nn.Linear(3, 1))
        self.again = self.layers[0]
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("count", torch.zeros(1))
        self.register_buffer("cache", torch.ones(2), persistent=False)
        self.nothing = None
        self.register_parameter("none", None)
    def forward(self, x):
        return self.layers(x * self.scale)

def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)

net = Net()
"""

SNIPPETS = {
    "what is inside": """
        print(net)
        for names in (net.named_parameters(), net.named_buffers(), net.named_modules(), net.named_children()):
            print([name for name, _ in names])
        print([name for name, _ in net.named_parameters("p", recurse=False, remove_duplicate=False)])
        print([name for name, _ in net.named_parameters(remove_duplicate=False)])
        print(len(list(net.parameters())), len(list(net.buffers())), len(list(net.modules())), len(list(net.children())))
        print([n for n in dir(net) if n in ("layers", "scale", "count", "none", "training", "0")], "1" in dir(net.layers))
        print(vars(net).keys())
    """,
    "state dict": """
        state = net.state_dict()
        print(state, state._metadata)
        print(net.load_state_dict(state), state["scale"].data_ptr() == net.scale.data_ptr())
        print(net.state_dict(keep_vars=True)["scale"], list(net.state_dict(prefix="a.")))
        print(list(net.state_dict(None, "b.")))
    """,
    "loading what does not fit": """
        state = net.state_dict()
        attempt(net.load_state_dict, {})
        attempt(net.load_state_dict, {"scale": torch.zeros(3), "layers.7.weight": 1, "x": 2, "count": [1.]})
        attempt(net.load_state_dict, {"scale": torch.zeros(2)}, strict=False)
        attempt(net.load_state_dict, {"scale": torch.zeros(3)}, strict=False)
        attempt(net.load_state_dict, [1])
        print(net.scale)
    """,
    "loading": """
        net.load_state_dict({"scale": torch.tensor([3., 4.]), "count": torch.tensor([7])}, strict=False)
        print(net.scale, net.count, net.scale._version)
        net.load_state_dict({"scale": torch.tensor([5., 6.]).double()}, strict=False, assign=True)
        print(net.scale, net.scale.is_leaf)
    """,
    "assignment": """
        attempt(setattr, net, "scale", torch.ones(2))
        attempt(setattr, net, "layers", 3)
        attempt(setattr, net, "count", "x")
        attempt(net.register_buffer, "scale", torch.ones(1))
        attempt(net.register_buffer, "a.b", torch.ones(1))
        attempt(net.register_buffer, "", torch.ones(1))
        attempt(net.register_buffer, 3, torch.ones(1))
        attempt(net.register_buffer, "x", 3)
        attempt(net.register_parameter, "count", nn.Parameter())
        attempt(net.register_parameter, "p", torch.ones(1))
        attempt(net.register_parameter, "a.b", None)
        attempt(net.register_parameter, "", None)
        attempt(net.register_parameter, 1.5, None)
        attempt(net.add_module, "scale", nn.Identity())
        attempt(net.add_module, "a.b", nn.Identity())
        attempt(net.add_module, "", nn.Identity())
        attempt(net.add_module, 1, nn.Identity())
        attempt(net.add_module, "m", torch.ones(1))
        net.scale = None
        net.count = torch.tensor([2.])
        net.layers = None
        print(net, list(net._parameters), list(net._buffers), list(net._modules))
        net.plain = nn.Parameter(torch.zeros(1))
        net.cache = nn.Parameter(torch.zeros(1))
        net.again = nn.Parameter(torch.zeros(1))
        net.buffer = nn.Buffer(torch.ones(1), persistent=False)
        print(list(net._parameters), list(net._buffers), list(net._modules), net._non_persistent_buffers_set)
        del net.plain, net.buffer, net.cache
        attempt(delattr, net, "plain")
        attempt(getattr, net, "plain")
        print(list(net._parameters), list(net._buffers), list(net._modules), net._non_persistent_buffers_set)
    """,
    "before __init__": """
        class Early(nn.Module):
            def __init__(self, value):
                self.x = 1
                self.value = value
        for value in (nn.Identity(), nn.Parameter(torch.ones(1)), nn.Buffer(torch.ones(1))):
            attempt(Early, value)
        attempt(nn.Module, 1)
        attempt(nn.Module, a=1)
        attempt(nn.Module(), 1)
    """,
    "by dotted names": """
        attempt(net.get_submodule, "layers.2")
        attempt(net.get_submodule, "layers.9")
        attempt(net.get_submodule, "scale")
        attempt(net.get_parameter, "layers.2.bias")
        attempt(net.get_parameter, "layers.2")
        attempt(net.get_parameter, "layers.2.x")
        attempt(net.get_buffer, "count")
        attempt(net.get_buffer, "scale")
        attempt(net.set_submodule, "layers.1", nn.Flatten())
        attempt(net.set_submodule, "", nn.Flatten())
        attempt(net.set_submodule, "scale", nn.Flatten())
        attempt(net.set_submodule, "new", nn.Flatten(), strict=True)
        attempt(net.set_submodule, "new", 3)
        print(net)
    """,
    "modes": """
        print(net.training, net.eval() is net, [m.training for m in net.modules()])
        attempt(net.train, 1)
        print(net.train().training)
        print(net.requires_grad_(False) is net, [p.requires_grad for p in net.parameters()])
        print(net.apply(lambda m: print(type(m))) is net)
    """,
    "conversion": """
        weight = net.scale
        print(net.double().scale.dtype, net.count.dtype, net.scale is weight, net.half().scale, net.bfloat16().scale)
        print(net.to(torch.float64).scale.dtype, net.to("cpu", dtype=torch.float32).scale.dtype)
        print(net.to(torch.ones(1, dtype=torch.float64)).scale.dtype, net.float().scale.dtype)
        print(net.type(torch.float64).scale.dtype, net.type("torch.FloatTensor").scale.dtype)
        attempt(net.to, torch.int64)
        attempt(net.to, foo=1)
        attempt(net.cuda)
        print(net.to() is net, net.cpu() is net)
        net.register_buffer("whole", torch.ones(1, dtype=torch.int64))
        print(net.double().whole, net.to(torch.complex64).scale)
    """,
    "gradients": """
        net(torch.ones(4, 2)).sum().backward()
        print(net.layers[2].bias.grad, net.none)
        net.double()
        print(net.layers[2].bias.grad)
        net.zero_grad(set_to_none=False)
        print(net.layers[2].bias.grad)
        net.zero_grad()
        print(net.layers[2].bias.grad)
    """,
    "forward hooks": """
        def pre(m, args): print("pre", type(m).__name__, args); return args[0] + 1
        def pre_kw(m, args, kwargs): print("pre_kw", args, kwargs); return args, {"k": 2}
        def post(m, args, out): print("post", args, out); return out * 2
        def post_kw(m, args, kwargs, out): print("post_kw", args, kwargs, out)
        class Echo(nn.Module):
            def forward(self, x, k=0): return x + k
        m = Echo()
        handles = [m.register_forward_pre_hook(pre), m.register_forward_pre_hook(pre_kw, with_kwargs=True, prepend=True),
                   m.register_forward_hook(post), m.register_forward_hook(post_kw, with_kwargs=True, prepend=True)]
        print(m(torch.ones(1), k=5))
        for h in handles: h.remove()
        print(m(torch.ones(1), k=5), m._forward_hooks_with_kwargs)
        m.register_forward_pre_hook(lambda m, a, k: 3, with_kwargs=True)
        attempt(m, torch.ones(1))
    """,
    "hooks after errors": """
        class Fails(nn.Module):
            def forward(self, x): raise ValueError("no")
        def fails(m, args, out): raise KeyError("hook")
        m = Fails()
        m.register_forward_hook(lambda m, a, o: print("never"))
        m.register_forward_hook(lambda m, a, o: print("always", o), always_call=True)
        m.register_forward_hook(fails, always_call=True)
        attempt(m, torch.ones(1))
    """,
    "backward hooks": """
        def show(m, gi, go): print(type(m).__name__, gi, go)
        x = torch.ones(1, 2, requires_grad=True)
        net.layers[2].register_full_backward_hook(show)
        net.layers[2].register_full_backward_pre_hook(lambda m, go: print("pre", go))
        net.layers[0].register_full_backward_hook(lambda m, gi, go: (gi[0] * 0 + 7,))
        net.scale.requires_grad_(False)
        with torch.no_grad():
            for p in net.parameters(): p.fill_(0.5)
        y = net(x)
        print(y, y.grad_fn.next_functions, y._is_view())
        y.sum().backward()
        print(x.grad, net.layers[0].weight.grad)
        attempt(y.add_, 1)
        attempt(net.layers[2].register_backward_hook, show)
    """,
    "backward hooks without tracked inputs": """
        net.layers.register_full_backward_hook(lambda m, gi, go: print(gi, go))
        net.layers(torch.ones(1, 2)).sum().backward()
    """,
    "backward hooks that return too many": """
        m = nn.Linear(1, 1)
        h = m.register_full_backward_hook(lambda m, gi, go: (1, 2))
        x = torch.ones(1, 1, requires_grad=True)
        attempt(m(x).backward)
        h.remove()
        m.register_full_backward_pre_hook(lambda m, go: (go[0], go[0]))
        attempt(m(x).backward)
    """,
    "scaled by a pre-hook": """
        m = nn.Linear(1, 1)
        m.register_full_backward_pre_hook(lambda m, go: (go[0] * 10,))
        m(torch.ones(1, 1)).backward()
        print(m.bias.grad)
    """,
    "old backward hooks": """
        m = nn.Linear(2, 1)
        m.register_backward_hook(lambda m, gi, go: print(len(gi), go))
        m(torch.ones(1, 2)).backward()
        attempt(m.register_full_backward_hook, print)
        net.register_backward_hook(lambda m, gi, go: print("net", go))
        net(torch.ones(1, 2)).backward()
        class Two(nn.Module):
            def forward(self, x): return {"a": x * 2}
        m = Two()
        m.register_backward_hook(lambda m, gi, go: print(gi, go))
        m(torch.ones(1, requires_grad=True))["a"].backward()
        class Tuple(nn.Module):
            def forward(self, x): return x * 2, x + 1
        m = Tuple()
        m.register_backward_hook(lambda m, gi, go: print(gi, go))
        m(torch.ones(1, requires_grad=True))[0].backward()
    """,
    "output that is no tensor": """
        class Dict(nn.Module):
            def forward(self, x): return {"a": x * 2}
        m = Dict()
        m.register_full_backward_hook(lambda m, gi, go: print(gi, go))
        print(list(m(torch.ones(1, requires_grad=True))))
    """,
    "several inputs and outputs": """
        class Pair(nn.Module):
            def forward(self, x, n, y): return x * n, "text", y + 1
        m = Pair()
        m.register_full_backward_hook(lambda m, gi, go: print(gi, go))
        x = torch.ones(1, requires_grad=True)
        a, b, c = m(x, 3, torch.ones(1))
        print(a.grad_fn, b, c.requires_grad)
        a.backward()
        print(x.grad)
    """,
    "state dict hooks": """
        net.register_state_dict_pre_hook(lambda m, prefix, keep: print("pre", prefix, keep))
        net.register_state_dict_post_hook(lambda m, state, prefix, meta: print("post", list(state), prefix, meta))
        net._register_state_dict_hook(lambda m, state, prefix, meta: {"replaced": 1})
        net.register_load_state_dict_pre_hook(lambda m, *a: print("load", type(m).__name__, a[1:]))
        net.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
        print(net.state_dict())
        print(net.load_state_dict({}))
        net.register_state_dict_post_hook(lambda *a: 3)
        attempt(net.state_dict)
        def hook(*a): pass
        net.register_state_dict_post_hook(hook)
        attempt(net._register_state_dict_hook, hook)
        net.register_load_state_dict_post_hook(lambda m, keys: 3)
        attempt(net.load_state_dict, {})
    """,
    "extra state": """
        class Extra(nn.Module):
            def get_extra_state(self): return 5
            def set_extra_state(self, state): print("got", state)
        print(Extra().state_dict())
        attempt(Extra().load_state_dict, {"_extra_state": 6})
        attempt(Extra().load_state_dict, {})
        attempt(nn.Module().load_state_dict, {"_extra_state": 6})
    """,
    "copies": """
        import copy
        other = copy.deepcopy(net)
        print(other, other.scale is net.scale, other.layers[0] is other.again, other.scale)
        with torch.no_grad(): other.scale.zero_()
        print(net.scale, other.scale)
    """,
    "subclasses of containers": """
        class MLP(nn.Sequential):
            def __init__(self, n): super().__init__(nn.Linear(n, n), nn.Identity())
        print(MLP(2), type(MLP(2)[0]), type(net.layers), nn.Linear, net.__class__)
    """,
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_as_in_torch(name: str):
    agree(MODEL + textwrap.dedent(SNIPPETS[name]))


GLOBAL_HOOKS = """
from torch.nn.modules import module as M
handles = [
    M.register_module_forward_pre_hook(lambda m, a: print("pre", type(m).__name__)),
    M.register_module_forward_hook(lambda m, a, o: print("post", type(m).__name__)),
    M.register_module_forward_hook(lambda m, a, k, o: print("kw", k), with_kwargs=True),
    M.register_module_full_backward_pre_hook(lambda m, go: print("back", go)),
    M.register_module_full_backward_hook(lambda m, gi, go: print("backward", gi, go)),
    M.register_module_parameter_registration_hook(lambda m, n, p: print("parameter", n)),
    M.register_module_buffer_registration_hook(lambda m, n, p: print("buffer", n)),
    M.register_module_module_registration_hook(lambda m, n, p: print("module", n)),
]
try:
    m = nn.Sequential(nn.Linear(1, 1))
    m.register_buffer("b", None)
    m(torch.ones(1, 1, requires_grad=True) * 0).backward()
    try:
        M.register_module_backward_hook(print)
    except RuntimeError as error:
        print(error)
finally:
    for handle in handles:
        handle.remove()
m(torch.ones(1, 1))
"""


def test_hooks_of_all_modules():
    code = GLOBAL_HOOKS.replace("from torch.nn.modules import module as M", "M = nn.modules.module")
    agree(code)
