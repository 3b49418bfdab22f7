"""The log of backward."""

import logging
import logging.handlers
import re

import engine as torch


def test_a_line_for_every_node():
    log, lines = logging.getLogger("torch.autograd.graph"), logging.handlers.BufferingHandler(100)
    x = torch.ones(2, requires_grad=True)
    loss = (x.to(torch.float64) * 2).unbind()[1]
    log.addHandler(lines)
    log.setLevel(logging.DEBUG)
    try:
        loss.backward(retain_graph=True)
    finally:
        log.setLevel(logging.NOTSET)
    assert [re.sub(r" object at 0x\w+", "", one.getMessage()) for one in lines.buffer] == [
        "Executing: <UnbindBackward0> with grad_outputs: [None,f64[]]",
        "Executing: <MulBackward0> with grad_outputs: [f64[2]]",
        "Executing: <ToCopyBackward0> with grad_outputs: [f64[2]]",
        "Executing: <AccumulateGrad> with grad_outputs: [f32[2]]",
    ]
    lines.flush()
    loss.backward()
    log.removeHandler(lines)
    assert not lines.buffer
