"""The engine against torch, and against the same gradient written by hand in NumPy."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import engine

torch.set_num_threads(1)

SIZES = {1: 0.65, 10**4: 0.6, 10**6: 1.0}
"""Elements of each tensor, and how many times torch's time the engine may take."""


def chain(module, x, w, b):
    """Ten operations, each on the result of the one before, with two parameters."""
    y = x * w
    y = y + b
    y = module.tanh(y)
    y = y * w
    y = y - b
    y = module.sigmoid(y)
    y = y * w
    y = module.sin(y)
    y = y + b
    return module.exp(y)


def chain_by_hand(x, w, b, gradient):
    """The gradients of `chain` for x, w and b, as one would write them for speed and legibility alike."""
    tanh = np.tanh(x * w + b)
    sigmoid = 1 / (1 + np.exp(-(tanh * w - b)))
    angle = sigmoid * w
    result = np.exp(np.sin(angle) + b)

    grad_sum = gradient * result
    grad_angle = grad_sum * np.cos(angle)
    grad_shifted = grad_angle * w * sigmoid * (1 - sigmoid)
    grad_inner = grad_shifted * w * (1 - tanh * tanh)
    grad_w = grad_angle * sigmoid + grad_shifted * tanh + grad_inner * x
    return grad_inner * w, grad_w, grad_sum - grad_shifted + grad_inner


def inputs(n):
    generator = np.random.default_rng(0)
    return [generator.uniform(-1, 1, n).astype(np.float32) for _ in range(4)]


def step(module, arrays):
    """The leaves, and a function that runs the chain on them forward and backward."""
    *leaves, gradient = [module.tensor(array) for array in arrays]
    for leaf in leaves:
        leaf.requires_grad_()

    def run():
        for leaf in leaves:
            leaf.grad = None
        chain(module, *leaves).backward(gradient)

    return leaves, run


def gradients(leaves, run):
    run()
    return [leaf.grad.numpy() for leaf in leaves]


@pytest.mark.parametrize("n", SIZES)
def bench_chain(ratio, n):
    ours, theirs = step(engine, inputs(n)), step(torch, inputs(n))
    np.testing.assert_allclose(gradients(*ours), gradients(*theirs), rtol=1e-4, atol=1e-6)
    ratio(f"10 operations and backward, n = {n:,}: engine / torch", ours[1], theirs[1], at_most=SIZES[n])


def bench_chain_in_inference_mode(ratio):
    *leaves, _ = [engine.tensor(array) for array in inputs(1)]

    def forward(mode):
        with mode():
            return chain(engine, *leaves)

    name = "10 operations, n = 1: inference mode / no_grad"
    ratio(name, lambda: forward(engine.inference_mode), lambda: forward(engine.no_grad), at_most=2.0)


@pytest.mark.parametrize("n", [10**4, 10**6])
def bench_chain_by_hand(ratio, n):
    arrays = inputs(n)
    ours = step(engine, arrays)
    np.testing.assert_allclose(gradients(*ours), chain_by_hand(*arrays), rtol=1e-4, atol=1e-6)
    ratio(f"the same, n = {n:,}: engine / NumPy by hand", ours[1], lambda: chain_by_hand(*arrays), at_most=1.25)


NODES = 10**6


def long_chain(module, nodes):
    x = module.ones(1, requires_grad=True)
    y = x
    for _ in range(nodes):
        y = y * 1.0
    y.backward()
    assert x.grad.item() == 1


def bench_long_chain(ratio):
    """torch is the measure of a time that has no budget but torch's."""
    ratio(
        f"a chain of {NODES:,} nodes and its backward: engine / torch",
        lambda: long_chain(engine, NODES),
        lambda: long_chain(torch, NODES),
        at_most=1.0,
        rounds=1,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def bench_long_chain_memory(report):
    small, large = (peak(nodes) / nodes for nodes in (NODES // 10, NODES))
    measured = f"{large / small:.2f}x ({large:.0f} / {small:.0f} bytes)"
    report(f"memory a node: of {NODES:,} nodes / of {NODES // 10:,}", measured, "<= 1.10x", large / small <= 1.1)


def peak(nodes):
    """Bytes that a chain of so many nodes and its backward add to the most that a process ever held."""
    code = f"""if True:
        import pathlib, re, engine
        peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
        before = peak()
        x = y = engine.ones(1, requires_grad=True)
        for _ in range({nodes}):
            y = y * 1.0
        y.backward()
        print((peak() - before) * 1024)
    """
    return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
