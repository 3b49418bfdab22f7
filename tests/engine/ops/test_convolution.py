"""Convolutions of nothing, and those that are refused."""

import pytest

from tests.bothways import agree

EMPTY = """
x, w = torch.zeros({x}, requires_grad=True), torch.ones({w}, requires_grad=True)
y = F.{name}(x, w)
y.sum().backward()
print(y, x.grad, w.grad)
"""


@pytest.mark.parametrize(
    ("name", "x", "w"),
    [
        ("conv1d", (0, 2, 5), (3, 2, 2)),
        ("conv1d", (2, 0, 5), (3, 0, 2)),
        ("conv2d", (0, 2, 4, 5), (3, 2, 2, 2)),
        ("conv3d", (0, 1, 2, 2, 2), (1, 1, 1, 1, 2)),
        ("conv_transpose1d", (0, 2, 5), (2, 3, 2)),
        ("conv_transpose2d", (0, 2, 5, 5), (2, 3, 2, 2)),
    ],
)
def test_of_nothing(name, x, w):
    agree(EMPTY.format(name=name, x=x, w=w))


REFUSED = [
    "F.conv_transpose1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), output_padding=1)",
    "F.conv_transpose2d(torch.ones(1, 2, 4, 4), torch.ones(2, 2, 2, 2), output_padding=(1, 3), stride=2)",
    "F.conv_transpose3d(torch.ones(1, 2, 4, 4, 4), torch.ones(2, 2, 2, 2, 2), output_padding=2, stride=2)",
    "F.conv_transpose1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), output_padding=-1)",
    "F.conv_transpose1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), output_padding=(1, 1))",
    "F.conv_transpose2d(torch.ones(1, 2, 4, 4), torch.ones(2, 2, 2, 2), padding=5)",
    "F.conv_transpose2d(torch.ones(1, 2, 4, 4), torch.ones(2, 2, 2, 2), dilation=0)",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2))",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2, 2))",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), padding=(1, 2))",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), dilation=0)",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 0))",
    "F.conv3d(torch.ones(1, 2, 4, 4, 4), torch.ones(2, 2, 0, 1, 1))",
    "F.conv1d(torch.ones(1, 3, 4), torch.ones(2, 1, 2), groups=3)",
    "F.conv1d(torch.ones(1, 2, 4), torch.ones(2, 2, 2), torch.ones(2).double())",
    "F.conv1d(torch.ones(1, 2, 4) + 1j, torch.ones(2, 2, 2))",
    "F.conv2d(torch.ones(1, 2, 4, 0), torch.ones(2, 2, 2, 1))",
    "F.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 2, 2), padding='same')",
    "F.conv1d(torch.ones(1, 1, 4), torch.ones(1, 1, 2), padding='same', stride=(1, 1))",
]


@pytest.mark.parametrize("call", REFUSED)
def test_what_is_refused(call):
    agree(call)
