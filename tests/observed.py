"""Plain data for tests of what compares and renders it."""

from dataclasses import replace

import numpy as np

from conformance.targets.capture import array
from conformance.targets.protocol import ArrayState, Graph, Scalar, TensorState


def tensor(data, dtype="float32", **properties):
    """A tensor's state: a leaf that does not require grad, unless told otherwise."""
    elements = np.asarray(data, dtype)
    state = TensorState(
        type="Tensor",
        dtype=dtype,
        shape=elements.shape,
        device="cpu",
        layout="strided",
        requires_grad=False,
        is_leaf=True,
        version=0,
        values=array(elements, dtype),
    )
    return replace(state, **properties)


def numpy_array(data, dtype="float64"):
    return ArrayState("ndarray", array(np.asarray(data, dtype), dtype))


def scalar(value):
    return Scalar(type(value).__name__, value if isinstance(value, str) else repr(value))


MUL = Graph((("MulBackward0", ((1, 0), None)), ("AccumulateGrad", ())))
SUM = Graph((("SumBackward0", ((1, 0),)), ("AccumulateGrad", ())))
