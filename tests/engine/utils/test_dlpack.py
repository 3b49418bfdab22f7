"""Exchange of memory, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "code",
    [
        "x = torch.arange(4.)\nprint(x.__dlpack_device__())\n"
        "y = torch.utils.dlpack.from_dlpack(x.__dlpack__())\ny[0] = 5\nprint(x)",
        "import numpy as np\na = np.arange(3)\nx = torch.from_dlpack(a)\nx[0] = 7\nprint(x, a)",
        "import numpy as np\nx = torch.ones(2, 3).T\nprint(np.from_dlpack(x).strides, torch.from_dlpack(x).stride())",
        "print(torch.from_dlpack(torch.ones(2, dtype=torch.bfloat16)))",
        "torch.ones(1, requires_grad=True).__dlpack__()",
        "torch.from_dlpack(torch.ones(1, requires_grad=True))",
        "x = torch.ones(1, requires_grad=True)\nprint(torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(x)))",
        "torch.from_dlpack(3)",
    ],
)
def test_memory_is_exchanged_as_torch_does(code):
    agree(code)
