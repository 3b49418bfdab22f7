"""What of calls of torch.nn.functional is handed to who takes them over, beside torch's."""

import inspect

import pytest
from bothways import agree, torch

import engine

NAMES = [
    "adaptive_max_pool1d_with_indices", "alpha_dropout", "batch_norm", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "celu", "cosine_embedding_loss", "cross_entropy", "ctc_loss", "dropout",
    "dropout2d", "elu", "embedding", "embedding_bag", "fold", "gaussian_nll_loss", "glu", "grid_sample", "group_norm",
    "gumbel_softmax", "hardsigmoid", "hardtanh", "hinge_embedding_loss", "huber_loss", "instance_norm", "interpolate",
    "kl_div", "layer_norm", "leaky_relu", "local_response_norm", "log_softmax", "lp_pool2d",
    "margin_ranking_loss", "max_pool2d_with_indices", "max_unpool2d", "mish", "mse_loss", "multi_margin_loss",
    "nll_loss", "normalize", "pad", "poisson_nll_loss", "relu", "relu6", "rms_norm",
    "rrelu", "selu", "silu", "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin", "softsign", "tanhshrink",
    "triplet_margin_loss", "triplet_margin_with_distance_loss", "unfold",
]  # fmt: skip
TAKER = """
class Taker:
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        shown = {k: v for k, v in (kwargs or {}).items() if not callable(v)}
        print(function.__name__, [type(one).__name__ for one in args], shown)
        return torch.ones(1)
one = Taker()
"""


@pytest.mark.parametrize("name", NAMES)
def test_functions_are_taken_over_as_a_whole(name):
    needed = inspect.signature(getattr(torch.nn.functional, name)).parameters.values()
    count = sum(one.default is one.empty for one in needed)
    agree(f"{TAKER}F.{name}({', '.join(['one'] * count)})")


@pytest.mark.parametrize(
    "code",
    [
        "F.max_pool2d(one, 2)", "F.adaptive_max_pool2d(one, 2)", "F.relu(input=one)",
        "F.softmax(one, 1, dtype=torch.float64)", "F.cross_entropy(torch.ones(1), one)", "F.relu(one, True, 3)",
        "F.dropout(one, training=False)",
    ],
)  # fmt: skip
def test_ways_to_call_them(code):
    agree(TAKER + code)


def test_a_mode_sees_the_function_and_not_what_it_is_made_of():
    agree(
        """
from torch.overrides import TorchFunctionMode
class Seen(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        print(function.__name__, sorted(kwargs or {}))
        return function(*args, **(kwargs or {}))
m, x = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Dropout(), nn.LayerNorm(2)), torch.ones(3, 2)
with Seen(): F.cross_entropy(m(x), torch.tensor([0, 1, 0]))
"""
    )


def test_a_parameter_takes_nothing_over():
    assert engine.nn.functional.relu(engine.nn.Parameter(engine.ones(1))).item() == 1
