"""The log of backward."""

import logging
import re

import engine as torch


def test_a_line_for_every_node(caplog):
    x = torch.ones(2, requires_grad=True)
    loss = (x.to(torch.float64) * 2).unbind()[1]
    with caplog.at_level(logging.DEBUG, "torch.autograd.graph"):
        loss.backward(retain_graph=True)
    lines = [re.sub(r" object at 0x\w+", "", one) for one in caplog.messages]
    assert lines == [
        "Executing: <UnbindBackward0> with grad_outputs: [None,f64[]]",
        "Executing: <MulBackward0> with grad_outputs: [f64[2]]",
        "Executing: <ToCopyBackward0> with grad_outputs: [f64[2]]",
        "Executing: <AccumulateGrad> with grad_outputs: [f32[2]]",
    ]
    caplog.clear()
    loss.backward()
    assert not caplog.messages
