"""Transforms of windows are torch's, and undo each other."""

import numpy as np
import pytest
import torch
from bothways import agree

import engine

SIGNAL = np.sin(np.arange(40.0))
WINDOW = np.hanning(9)[:8]


def found(module, call):
    x = module.tensor(SIGNAL, requires_grad=True)
    w = module.tensor(WINDOW)
    result = call(module, x, w)
    names, fn = [], result.grad_fn
    while fn is not None:
        names.append(fn.name())
        fn = fn.next_functions[0][0] if fn.next_functions else None
    result.abs().sum().backward()
    return result.detach().numpy(), x.grad.numpy(), names


CALLS = {
    "plain": lambda m, x, w: m.stft(x, 8, window=w, return_complex=True),
    "options": lambda m, x, w: m.stft(x, 8, 3, 6, w[:6], pad_mode="replicate", normalized=True, return_complex=True),
    "not centred": lambda m, x, w: m.stft(x, 8, window=w, center=False, return_complex=True),
    "both sides": lambda m, x, w: m.stft(x, 8, window=w, onesided=False, return_complex=True),
    "a batch": lambda m, x, w: x.view(2, 20).stft(8, window=w, pad_mode="constant", return_complex=True),
    "complex": lambda m, x, w: m.stft(x + 0j, 8, window=w),
    "aligned": lambda m, x, w: m.stft(
        x, 8, window=w[:4], win_length=4, center=False, return_complex=True, align_to_window=True
    ),
    "back": lambda m, x, w: m.istft(m.stft(x, 8, window=w, return_complex=True), 8, window=w),
    "back, shorter": lambda m, x, w: m.istft(m.stft(x, 8, window=w, return_complex=True), 8, window=w, length=30),
    "back, complex": lambda m, x, w: m.istft(
        m.stft(x, 8, window=w, onesided=False, return_complex=True), 8, window=w, onesided=False, return_complex=True
    ),
    "back, a batch": lambda m, x, w: m.istft(
        m.stft(x.view(2, 20), 8, 3, 6, w[:6], normalized=True, return_complex=True), 8, 3, 6, w[:6], normalized=True
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_values_gradients_and_graphs(call):
    (mine, gradient, names), (theirs, expected, theirs_names) = found(engine, call), found(torch, call)
    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-9)
    assert names == theirs_names


def test_back_gives_the_signal():
    x, w = engine.tensor(SIGNAL), engine.tensor(WINDOW)
    np.testing.assert_allclose(CALLS["back"](engine, x, w).numpy(), SIGNAL, atol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        "stft(x, 8, window=w)", "stft(x, 8, return_complex=True)", "stft(x, 8, window=w, return_complex=False)",
        "stft(x, 50, window=w, return_complex=True)", "stft(x, 50, window=w, return_complex=True, center=False)",
        "stft(x, 8, 0, window=w, return_complex=True)", "stft(x, 8, win_length=9, window=w, return_complex=True)",
        "stft(x, 8, window=w[:3], return_complex=True)", "stft(x.long(), 8, return_complex=True, center=False)",
        "stft(torch.ones(2, 2, 8), 4, return_complex=True, center=False)", "stft(x + 0j, 8, window=w, onesided=True)",
        "stft(x, 8, window=w, return_complex=True, align_to_window=True)", "istft(S, 8, window=w, length=60)",
        "istft(S, 8, window=w, center=False)", "istft(S, 8, window=w, return_complex=True)",
        "istft(S.real, 8, window=w)", "istft(S, 10, window=w)", "istft(S, 8)", "istft(S[:, :0], 8, window=w)",
        "istft(S, 8, 9, window=w)", "istft(S, 8, 2, 3, window=w)", "istft(S, 8, window=w[:4])",
        "istft(S, 8, 4, window=torch.zeros(8).double())", "istft(S[0], 8, window=w)",
        "istft(S[None, None], 8, window=w)", "istft(S, 8, window=w + 0j)", "istft(S, 8, window=w, onesided=False)",
    ],
)  # fmt: skip
def test_refusals_and_warnings(call):
    agree(f"""
x = torch.arange(40.).sin().double(); w = torch.hann_window(8).double()
S = torch.stft(x, 8, window=w, return_complex=True)
torch.set_warn_always(True)  # whatever has warned before
try:
    print(torch.{call}.shape)
finally:
    torch.set_warn_always(False)
""")
