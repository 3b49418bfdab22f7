"""Groups, hooks, and what an optimizer refuses."""

import pytest

import engine as torch


def leaf(n=2):
    return torch.ones(n, requires_grad=True)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: torch.optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
        (lambda: torch.optim.SGD([1]), TypeError, "can only optimize Tensors, but one of the params is int"),
        (lambda: torch.optim.SGD(leaf()), TypeError, "iterable of Tensors or dicts, but got torch.FloatTensor"),
        (lambda: torch.optim.SGD([leaf() * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda: torch.optim.SGD([leaf()], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: torch.optim.Adam([leaf()], lr=float("nan")), ValueError, "Invalid learning rate: nan"),
        (lambda: torch.optim.SGD([leaf()], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
        (lambda: torch.optim.Adam([leaf()], betas=(0.1, 1)), ValueError, "Invalid beta parameter at index 1: 1"),
        (lambda: torch.optim.lr_scheduler.StepLR(1, 2), TypeError, "int is not an Optimizer"),
    ],
    ids=range(9),
)
def test_refuses(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_a_parameter_is_in_one_group():
    x = leaf()
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        torch.optim.SGD([{"params": x}, {"params": [x]}])


def test_options_of_groups():
    x, y = leaf(), leaf()
    optimizer = torch.optim.SGD([{"params": x, "lr": 1.0}, {"params": y}], lr=0.5)
    (x.sum() + y.sum()).backward()
    optimizer.step()
    assert (x.tolist(), y.tolist()) == ([0.0, 0.0], [0.5, 0.5])
    optimizer.zero_grad(set_to_none=False)
    assert x.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert x.grad is None


def test_hooks_of_steps():
    x, seen = leaf(), []
    optimizer = torch.optim.SGD([x])
    optimizer.register_step_pre_hook(lambda *args: seen.append("before"))
    handle = optimizer.register_step_post_hook(lambda *args: seen.append("after"))
    optimizer.step()
    handle.remove()
    optimizer.step()
    assert seen == ["before", "after", "before"]


def test_a_scheduler_before_the_first_step_warns():
    scheduler = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([leaf()]), 1)
    with pytest.warns(UserWarning, match="Detected call of `lr_scheduler.step\\(\\)` before `optimizer.step\\(\\)`"):
        scheduler.step()


def test_what_was_loaded_is_shared_with_the_optimizer():
    from tests.bothways import agree

    agree("""
def made():
    p = nn.Parameter(torch.ones(2))
    p.grad = torch.ones(2)
    return torch.optim.Adam([p], 0.1)
first, second = made(), made()
first.step()
state = first.state_dict()
second.load_state_dict(state)
second.step()
print(state["state"][0]["step"], first.state_dict()["state"][0]["exp_avg"])
""")


OLDER = [
    "SGD", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "Adafactor",
]  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_the_state_of_an_earlier_version(name):
    """Options that it lacks get their values, and counts that are numbers become tensors."""
    from tests.bothways import agree

    agree(f"""
p = torch.ones(2, requires_grad=True)
first, second, third = (torch.optim.{name}([p], lr=.1) for _ in range(3))
p.sum().backward()
first.step()
state = first.state_dict()
for option in ("nesterov", "foreach", "differentiable", "fused", "capturable", "amsgrad", "decoupled_weight_decay"):
    state["param_groups"][0].pop(option, None)
for kept in filter(None, state["state"].values()):
    kept.update({{key: float(kept[key]) for key in ("step", "eta", "mu", "mu_product") if key in kept}})
second.load_state_dict(state)
print(second, second.state_dict()["state"])
second.step()
third.load_state_dict(torch.optim.SGD([p]).state_dict())
print(p, third)
""")


@pytest.mark.parametrize(
    "call",
    [
        "torch.optim.Adam([p], lr='x')", "torch.optim.Adam([p], eps='x')", "torch.optim.SGD([p], lr=float('nan'))",
        "torch.optim.SGD([p], momentum=None)", "torch.optim.SGD([p], lr=-1)", "torch.optim.Adam([p], lr=float('nan'))",
        "torch.optim.Optimizer([p], {}).step()", "S._LRScheduler is S.LRScheduler",
        "type('Mine', (S._LRScheduler,), {'get_lr': lambda self: [.5]})(torch.optim.SGD([p], 1.)).get_last_lr()",
        "torch.optim.Adam([p], betas=0.9)", "torch.optim.NAdam([p], betas=None)", "torch.optim.AdamW([p], betas=(.9,))",
        "torch.optim.SGD([p, p]).state_dict()['param_groups'][0]['params']", "nn.Hardswish(True)",
        "(e := nn.Embedding(4, 2, sparse=True), nn.init.ones_(e.weight), torch.optim.LBFGS(e.parameters()).step("
        "lambda: ((l := e(torch.tensor([0])).sum()).backward(), l)[1]), e.weight)",
        "isinstance(S.StepLR(torch.optim.SGD([p], 1.), 1), S._LRScheduler)",
        "torch.utils.checkpoint.checkpoint_sequential(nn.Sequential(nn.ReLU()), 3, torch.ones(2), use_reentrant=False)",
    ],
)  # fmt: skip
def test_what_is_asked_of_options(call):
    from tests.bothways import agree

    agree(f"S = torch.optim.lr_scheduler\np = nn.Parameter(torch.ones(2))\nprint({call})")


def test_lbfgs_remembers_its_rate_as_it_was_given():
    from tests.bothways import agree

    agree("""
for lr in (torch.tensor([0.5]), torch.tensor(0.5), 0.5):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    o = torch.optim.LBFGS([w], lr=lr, max_iter=3)
    def closure():
        o.zero_grad()
        loss = (w ** 2).sum()
        loss.backward()
        return loss
    o.step(closure)
    print(o.state_dict()["state"][0]["t"], w)""")
