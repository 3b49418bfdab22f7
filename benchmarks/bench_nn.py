"""Whole layers and a training step, the engine against torch: forward and backward, on one thread."""

import numpy as np
import pytest
import torch

import engine

torch.set_num_threads(1)


def arrays(*shapes):
    generator = np.random.default_rng(0)
    return [generator.standard_normal(shape).astype(np.float32) for shape in shapes]


def mlp(module, given):
    """A step of training: 64 images of 784 numbers through 128 units to 10 classes, the loss, backward, SGD."""
    x, *weights = [module.tensor(array) for array in given]
    labels = module.arange(64) % 10
    net = module.nn.Sequential(module.nn.Linear(784, 128), module.nn.ReLU(), module.nn.Linear(128, 10))
    with module.no_grad():
        for parameter, weight in zip(net.parameters(), weights, strict=True):
            parameter.copy_(weight * 0.05)
    optimizer = module.optim.SGD(net.parameters(), lr=0.01)

    def run():
        optimizer.zero_grad()
        loss = module.nn.functional.cross_entropy(net(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return run


def layer_norm(module, given):
    """256 rows of 1,024 numbers."""
    x, weight, bias, gradient = [module.tensor(array) for array in given]
    leaves = [leaf.requires_grad_() for leaf in (x, weight, bias)]

    def run():
        for leaf in leaves:
            leaf.grad = None
        result = module.nn.functional.layer_norm(x, (1024,), weight, bias)
        result.backward(gradient)
        return result

    return run


def convolution(module, given):
    """Eight images of 3 x 32 x 32, 16 filters of 3 x 3."""
    x, weight, bias, gradient = [module.tensor(array) for array in given]
    leaves = [leaf.requires_grad_() for leaf in (x, weight, bias)]

    def run():
        for leaf in leaves:
            leaf.grad = None
        result = module.nn.functional.conv2d(x, weight, bias, padding=1)
        result.backward(gradient)
        return result

    return run


PROGRAMS = {
    "an MLP's step, 64 x 784 x 128 x 10": (mlp, ((64, 784), (128, 784), (128,), (10, 128), (10,)), 1.2),
    "layer_norm, 256 x 1,024": (layer_norm, ((256, 1024), (1024,), (1024,), (256, 1024)), 0.5),
    "conv2d, 8 x 3 x 32 x 32": (convolution, ((8, 3, 32, 32), (16, 3, 3, 3), (16,), (8, 16, 32, 32)), 3.0),
}
"""What runs, on what shapes, and how many times torch's time it may take."""


@pytest.mark.parametrize("name", PROGRAMS)
def bench_program(ratio, name):
    program, shapes, at_most = PROGRAMS[name]
    given = arrays(*shapes)
    ours, theirs = program(engine, given), program(torch, given)
    np.testing.assert_allclose(ours().detach().numpy(), theirs().detach().numpy(), rtol=1e-4, atol=1e-4)
    ratio(f"{name}, forward and backward: engine / torch", ours, theirs, at_most=at_most)
