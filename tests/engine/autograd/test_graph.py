"""Wrong arguments and forbidden changes are refused in torch's words."""

import pytest
from bothways import agree

PROGRAMS = [
    "A.graph.saved_tensors_hooks(1, 2).__enter__()",
    "A.graph.register_multi_grad_hook((x, 3), print)",
    "(x * y).sum().grad_fn(3)",
    "A.graph.increment_version(3)",
    "A.graph.increment_version([x, 3])",
    "A.set_detect_anomaly(3)",
    "A.set_detect_anomaly(True, check_nan=1)",
    "with torch.inference_mode(): w = x.view(2, 1)\nw.add_(1)",
    "with torch.inference_mode(): w = x.view(2, 1); w.add_(1)\nw * 2",
    "with torch.no_grad(): w = x.view(2, 1)\nw.add_(1)",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_refused_as_torch_refuses(program):
    agree(
        f"A = torch.autograd; x = torch.ones(2, requires_grad=True); y = torch.ones(2, requires_grad=True)\n{program}"
    )
