"""Every optimizer and scheduler step by step beside torch's."""

import itertools

import numpy as np
import pytest
import torch

import engine

SHAPES = [(3, 4), (4,), ()]
STEPS = 12
CONFIGURATIONS = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
            {"momentum": 0.5, "dampening": 0.3, "maximize": True}, {"weight_decay": 0.01, "lr": 0.02}],
    "Adam": [{}, {"lr": 0.1, "weight_decay": 0.1}, {"amsgrad": True, "betas": (0.5, 0.6)}, {"maximize": True},
             {"decoupled_weight_decay": True, "weight_decay": 0.1}],
    "AdamW": [{}, {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}],
    "Adamax": [{}, {"lr": 0.1, "weight_decay": 0.1}],
    "NAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True, "lr": 0.1}],
    "RAdam": [{}, {"lr": 0.1, "betas": (0.8, 0.9)}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "Adagrad": [{}, {"lr_decay": 0.1, "initial_accumulator_value": 0.5, "weight_decay": 0.1}],
    "Adadelta": [{}, {"rho": 0.5, "weight_decay": 0.1, "maximize": True}],
    "RMSprop": [{}, {"momentum": 0.9}, {"centered": True, "weight_decay": 0.1, "momentum": 0.3}],
    "Rprop": [{}, {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.2)}],
    "ASGD": [{}, {"t0": 3, "lambd": 0.1, "alpha": 0.5, "weight_decay": 0.1}],
    "LBFGS": [{"lr": 0.5, "max_iter": 4}, {"line_search_fn": "strong_wolfe", "max_iter": 5},
              {"history_size": 2, "max_iter": 6, "lr": 0.1}],
}  # fmt: skip
CASES = [(name, options) for name, many in CONFIGURATIONS.items() for options in many]


def loss_of(params, n):
    matrix, vector, number = params
    return ((matrix @ vector - 1) ** 2).sum() + (number - n) ** 4 + (vector * matrix).sin().sum()


def trajectory(lib, name, options, dtype, seed, schedule=None):
    """All parameters after each step, and the state at the end."""
    made = np.random.default_rng(seed)
    params = [lib.tensor(made.normal(size=shape).tolist(), dtype=dtype, requires_grad=True) for shape in SHAPES]
    optimizer = getattr(lib.optim, name)(params, **options)
    scheduler = schedule(lib, optimizer) if schedule else None
    rows = []
    for n in range(STEPS):

        def closure(n=n):
            optimizer.zero_grad()
            loss = loss_of(params, n / 10)
            loss.backward()
            return loss

        optimizer.step(closure)
        if scheduler:
            scheduler.step()
            rows.append(np.array(scheduler.get_last_lr()))
        rows.append(np.concatenate([one.detach().numpy().reshape(-1) for one in params]))
    return rows, optimizer


def plain(value, lib):
    if isinstance(value, lib.Tensor):
        return value.detach().numpy().astype(np.float64).tolist()
    if isinstance(value, dict):
        return {key: plain(one, lib) for key, one in value.items()}
    return [plain(one, lib) for one in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad")
@pytest.mark.parametrize(("name", "options"), CASES, ids=lambda v: v if isinstance(v, str) else ",".join(v) or "-")
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_steps_are_torchs(name, options, kind):
    tolerance = {"float32": 1e-5, "float64": 1e-11}[kind]
    if name == "LBFGS":  # differences of nearby gradients magnify the last bit from step to step
        if kind == "float32":
            pytest.skip("what is left of float32 after these steps says nothing")
        tolerance = 1e-6
    for seed in range(3):
        mine, optimizer = trajectory(engine, name, options, getattr(engine, kind), seed)
        theirs, reference = trajectory(torch, name, options, getattr(torch, kind), seed)
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
        found, expected = plain(optimizer.state_dict(), engine), plain(reference.state_dict(), torch)
        assert list(found["state"][0]) == list(expected["state"][0]) if expected["state"] else not found["state"]
        assert found["param_groups"] == expected["param_groups"]


SCHEDULES = {
    "LambdaLR": lambda lib, o: lib.optim.lr_scheduler.LambdaLR(o, lambda n: 0.9**n),
    "MultiplicativeLR": lambda lib, o: lib.optim.lr_scheduler.MultiplicativeLR(o, lambda n: 0.9),
    "StepLR": lambda lib, o: lib.optim.lr_scheduler.StepLR(o, 3, 0.5),
    "MultiStepLR": lambda lib, o: lib.optim.lr_scheduler.MultiStepLR(o, [2, 2, 5], 0.5),
    "ConstantLR": lambda lib, o: lib.optim.lr_scheduler.ConstantLR(o, 0.25, 4),
    "LinearLR": lambda lib, o: lib.optim.lr_scheduler.LinearLR(o, 0.25, 0.9, 4),
    "ExponentialLR": lambda lib, o: lib.optim.lr_scheduler.ExponentialLR(o, 0.7),
    "PolynomialLR": lambda lib, o: lib.optim.lr_scheduler.PolynomialLR(o, 5, 2.0),
    "CosineAnnealingLR": lambda lib, o: lib.optim.lr_scheduler.CosineAnnealingLR(o, 4, 0.01),
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_schedules_are_torchs(schedule):
    options = {"lr": 0.1, "momentum": 0.9}
    mine, _ = trajectory(engine, "SGD", options, engine.float64, 0, schedule)
    theirs, _ = trajectory(torch, "SGD", options, torch.float64, 0, schedule)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("options", [{"patience": 1}, {"patience": 0, "cooldown": 2, "mode": "max"},
                                     {"threshold_mode": "abs", "threshold": 0.5, "patience": 0, "min_lr": 0.02}],
                         ids=["patience", "cooldown", "abs"])  # fmt: skip
def test_plateaus_are_torchs(options):
    rows = []
    for lib in (engine, torch):
        optimizer = lib.optim.SGD([lib.zeros(1, requires_grad=True)], lr=0.1)
        scheduler = lib.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        metrics = itertools.chain([3.0, 2.0, 2.0, 1.9, 1.9, 1.9, 1.9], [float("nan")] * 4)
        rows.append([scheduler.step(metric) or optimizer.param_groups[0]["lr"] for metric in metrics])
    assert rows[0] == rows[1]


def test_loading_goes_on_where_saving_was():
    for name, options in CASES:
        if name == "LBFGS":
            continue
        for lib in (engine, torch):
            param = lib.ones(3, requires_grad=True)
            first = getattr(lib.optim, name)([param], **options)
            for optimizer in (first, getattr(lib.optim, name)([param], **options)):
                if optimizer is not first:
                    optimizer.load_state_dict(first.state_dict())
                (param**2).sum().backward()
                optimizer.step()
            if lib is engine:
                found = param.tolist()
        np.testing.assert_allclose(found, param.tolist(), rtol=1e-6)
