"""Tensors of other objects' memory."""

import pytest
from bothways import agree

CALLS = [
    "torch.frombuffer(array('i', [1, 2, 3]), dtype=torch.int32)",
    "torch.frombuffer(array('B', [255] * 8), dtype=torch.int32)",
    "torch.frombuffer(bytearray(16), dtype=torch.float32, offset=4, count=2)",
    "torch.frombuffer(bytearray(range(8)), dtype=torch.int16, count=2, offset=1)",
    "torch.frombuffer(bytearray(8), dtype=torch.float32, requires_grad=True)",
    "torch.frombuffer(b'abcd', dtype=torch.uint8)",
    "torch.frombuffer(bytearray(5), dtype=torch.int32)",
    "torch.frombuffer(bytearray(8), dtype=torch.int32, count=3)",
    "torch.frombuffer(bytearray(0), dtype=torch.int32)",
    "torch.frombuffer(bytearray(8), dtype=torch.int32, offset=9)",
    "torch.frombuffer(bytearray(8), dtype=torch.int32, count=0)",
    "torch.frombuffer([1, 2], dtype=torch.int32)",
    "torch.from_numpy(np.broadcast_to(np.ones(2), (2, 2)))",
]


@pytest.mark.parametrize("call", CALLS)
def test_it_does_what_torchs_does(call):
    agree(f"from array import array\nimport numpy as np\nprint({call})")


def test_the_memory_is_shared():
    agree("from array import array\na = array('i', [1, 2])\ntorch.frombuffer(a, dtype=torch.int32)[0] = 5\nprint(a)")


@pytest.mark.parametrize(
    "call",
    [
        "np.sin(t)", "np.add(t, np.ones(3))", "np.isnan(t)", "np.mean(t)", "np.sum(t, axis=0)", "np.argmax(t)",
        "np.sqrt(t[0])",
        "np.clip(t, 0, 2)", "np.modf(t)", "np.array(t)", "np.asarray(t)", "np.asarray(t, dtype=int)",
        "np.array(t, copy=False)",
        "np.concatenate([t, t])", "np.where(t > 1, t, 0)", "np.linspace(0, t[1], 3)", "np.matmul(t, t.T)",
        "np.sin(t.requires_grad_())",
        "np.cumsum(t)", "np.logical_not(t)", "np.add.reduce(t)", "np.transpose(t)", "np.maximum(t, 0)",
        "np.arange(t[2].long())",
    ],
)  # fmt: skip
def test_numpys_functions_take_tensors(call):
    agree(f"import numpy as np\nt = torch.arange(3.)\nfound = {call}\nprint(type(found).__name__, found)")
