"""Layers against torch: what they print, compute and differentiate, under the same seed."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from tests.bothways import agree, torch

LAYERS = {
    "ReLU()": (3, 4), "ReLU(inplace=True)": (3, 4), "ReLU6()": (3, 4), "Threshold(0.1, 20)": (3, 4),
    "Hardtanh(-0.5, 0.7)": (3, 4), "Sigmoid()": (3, 4), "Tanh()": (3, 4), "Hardsigmoid()": (3, 4), "SiLU()": (3, 4),
    "Mish()": (3, 4), "Hardswish()": (3, 4), "ELU(0.5)": (3, 4), "ELU(inplace=True)": (3, 4), "CELU(1.5)": (3, 4),
    "SELU()": (3, 4), "SELU(True)": (3, 4), "GLU()": (3, 4), "GELU()": (3, 4), "GELU(approximate='tanh')": (3, 4),
    "Hardshrink()": (3, 4), "Softshrink(0.2)": (3, 4), "LeakyReLU(0.2)": (3, 4), "LeakyReLU(inplace=True)": (3, 4),
    "LogSigmoid()": (3, 4), "Softplus(2)": (3, 4), "PReLU()": (3, 4), "PReLU(4, 0.1)": (3, 4), "Softsign()": (3, 4),
    "Tanhshrink()": (3, 4), "Softmax(1)": (3, 4), "Softmin(0)": (3, 4), "LogSoftmax(-1)": (3, 4),
    "Softmax2d()": (2, 3, 2, 2), "Dropout()": (5, 4), "Dropout(0.2)": (5, 4), "Dropout(1.0)": (5, 4),
    "Dropout1d()": (5, 4, 3), "Dropout2d()": (2, 3, 4, 4), "Dropout3d(0.3)": (2, 3, 2, 2, 2), "AlphaDropout(0.3)": (5, 4),
    "FeatureAlphaDropout(0.3)": (5, 4, 2), "Linear(4, 2)": (3, 4), "Flatten()": (2, 3, 4), "Identity()": (3, 4),
    "Upsample(scale_factor=2)": (2, 3, 4), "Upsample((5, 3), mode='bilinear')": (2, 3, 4, 4),
    "Upsample(scale_factor=(1.5, 2), mode='bicubic', align_corners=False)": (2, 3, 4, 4),
    "UpsamplingNearest2d(scale_factor=2)": (2, 3, 4, 4), "UpsamplingBilinear2d(7)": (2, 3, 4, 4),
    "PixelShuffle(2)": (1, 8, 3, 3), "PixelUnshuffle(2)": (1, 2, 4, 4), "ChannelShuffle(2)": (1, 4, 3, 3),
    "Unfold(2, padding=1)": (2, 3, 4, 4), "Fold((4, 5), (2, 2))": (1, 12, 12),
    "AdaptiveMaxPool1d(2)": (2, 3, 5), "AdaptiveMaxPool2d((None, 2))": (2, 3, 5, 4),
    "AdaptiveMaxPool3d(2, return_indices=False)": (1, 2, 4, 4, 4),
    "LPPool1d(2, 3)": (2, 3, 7), "LPPool2d(1.5, (3, 2), stride=1, ceil_mode=True)": (2, 3, 7, 6),
    "LPPool3d(2, 2)": (1, 2, 4, 4, 4),
    "Conv1d(3, 4, 2)": (2, 3, 6),
    "Conv2d(4, 6, 3, stride=2, padding=1, groups=2)": (2, 4, 6, 5),
    "Conv2d(3, 4, (3, 5), padding='same', bias=False)": (3, 6, 7),
    "Conv2d(3, 4, 3, padding=1, padding_mode='reflect')": (2, 3, 6, 6),
    "Conv2d(3, 4, 3, padding=2, padding_mode='replicate')": (2, 3, 6, 6),
    "Conv2d(3, 4, 3, padding=1, padding_mode='circular')": (2, 3, 6, 6),
    "Conv3d(2, 3, 2, dilation=2)": (1, 2, 5, 4, 4),
    "ConvTranspose1d(3, 4, 2, stride=2)": (2, 3, 6),
    "ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2)": (2, 4, 5, 4),
    "ConvTranspose3d(2, 3, 2)": (1, 2, 3, 3, 3),
    "ConvTranspose2d(2, 3, 3, stride=2, dilation=4, output_padding=3)": (1, 2, 4, 5),
    "MaxPool1d(2)": (2, 3, 7),
    "MaxPool2d(3, 2, 1)": (2, 3, 7, 8),
    "MaxPool2d((2, 3), ceil_mode=True)": (2, 3, 7, 8),
    "MaxPool3d(2)": (1, 2, 4, 5, 4),
    "AvgPool1d(3, 2)": (2, 3, 7),
    "AvgPool2d(2, count_include_pad=False, padding=1)": (2, 3, 7, 8),
    "AvgPool3d(2)": (1, 2, 4, 5, 4),
    "AdaptiveAvgPool1d(3)": (2, 3, 7),
    "AdaptiveAvgPool2d((2, 3))": (2, 3, 7, 8),
    "AdaptiveAvgPool2d(1)": (2, 3, 7, 8),
    "AdaptiveAvgPool2d((None, 2))": (2, 3, 7, 8),
    "BatchNorm1d(4)": (5, 4),
    "BatchNorm1d(4, affine=False)": (5, 4, 3),
    "BatchNorm2d(3, momentum=None)": (2, 3, 4, 4),
    "BatchNorm2d(3, track_running_stats=False)": (2, 3, 4, 4),
    "BatchNorm2d(3).eval()": (2, 3, 4, 4),
    "BatchNorm3d(2)": (2, 2, 3, 3, 3),
    "LayerNorm(4)": (3, 4),
    "LayerNorm((3, 4), elementwise_affine=False)": (2, 3, 4),
    "GroupNorm(2, 4)": (3, 4, 5),
    "RMSNorm(4)": (3, 4),
    "InstanceNorm1d(4)": (3, 4, 5),
    "InstanceNorm2d(3, affine=True, track_running_stats=True)": (2, 3, 4, 4),
    "InstanceNorm2d(3)": (3, 4, 4),
    "InstanceNorm3d(2)": (2, 2, 3, 3, 3),
    "ConstantPad1d(2, 1.5)": (2, 3, 4),
    "ConstantPad2d((1, 0, 2, 1), 3.0)": (2, 3, 4, 4),
    "ConstantPad3d(1, 0.5)": (2, 3, 4, 4),
    "ZeroPad1d(1)": (2, 3, 4),
    "ZeroPad2d((1, 2, 0, 1))": (2, 3, 4, 4),
    "ZeroPad3d(1)": (1, 2, 3, 3, 3),
    "ReflectionPad1d(2)": (2, 3, 4),
    "ReflectionPad2d((1, 2, 0, 1))": (2, 3, 4, 4),
    "ReflectionPad3d(1)": (1, 2, 3, 3, 3),
    "ReplicationPad1d(2)": (2, 3, 4),
    "ReplicationPad2d((1, 2, 0, 1))": (2, 3, 4, 4),
    "ReplicationPad3d(1)": (1, 2, 3, 3, 3),
    "CircularPad1d(2)": (2, 3, 4), "CircularPad2d((1, 2, 0, 1))": (3, 4, 4), "CircularPad3d(1)": (1, 2, 3, 3, 3),
    "LocalResponseNorm(2)": (2, 3, 4), "LocalResponseNorm(3, alpha=0.1, beta=0.5, k=2)": (2, 4, 3, 3),
    "RReLU()": (3, 4), "RReLU(0.1, 0.2, inplace=True)": (3, 4), "RReLU().eval()": (3, 4),
    "FractionalMaxPool2d(2, output_size=(3, 2))": (2, 3, 6, 5), "FractionalMaxPool3d(2, output_ratio=0.5)": (1, 2, 6, 6, 6),
}  # fmt: skip
"""A layer, and the shape of its input."""

LOSSES = (
    "L1Loss()", "MSELoss()", "MSELoss(reduction='sum')", "SmoothL1Loss(beta=0.5)", "HuberLoss('none', 0.3)",
    "BCEWithLogitsLoss()", "SoftMarginLoss()", "HingeEmbeddingLoss()", "MultiLabelSoftMarginLoss()", "PoissonNLLLoss()",
    "PoissonNLLLoss(log_input=False, full=True)", "PairwiseDistance()", "CosineSimilarity()", "CosineSimilarity(0)", "PairwiseDistance(1, keepdim=True)", "L1Loss(size_average=False)", "MSELoss(reduce=False)",
)  # fmt: skip
CLASS_LOSSES = (
    "CrossEntropyLoss()", "CrossEntropyLoss(label_smoothing=0.1)", "CrossEntropyLoss(ignore_index=1)",
    "CrossEntropyLoss(reduction='none')", "NLLLoss()", "NLLLoss(reduction='sum')", "MultiMarginLoss()",
    "MultiMarginLoss(p=2, margin=0.5)",
)  # fmt: skip


def on_both(layer: str, *arrays: np.ndarray) -> list[list]:
    """Repr, value, node, gradients and state of a layer, in the engine and in torch."""
    found = []
    for module in (engine, torch):
        module.manual_seed(7)
        built = eval(f"nn.{layer}", {"nn": module.nn, "torch": module}).double()
        tensors = [module.from_numpy(one.copy()) for one in arrays]
        tensors[0].requires_grad_()
        result = built(*[tensors[0].clone(), *tensors[1:]])
        (result * module.linspace(0.5, 2, result.numel()).reshape(result.shape)).sum().backward()
        numbers = [result, tensors[0].grad, *[p.grad for p in built.parameters()], *built.state_dict().values()]
        found.append([repr(built), type(result.grad_fn).__name__, *(one.detach().numpy() for one in numbers)])
    return found


def assert_close(mine: list, theirs: list) -> None:
    assert mine[:2] == theirs[:2]
    assert len(mine) == len(theirs)
    for one, other in zip(mine[2:], theirs[2:], strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)


@pytest.mark.filterwarnings("ignore:size_average", "ignore:dropout2d")
@pytest.mark.parametrize("layer", LAYERS)
def test_layer(layer: str):
    drawn = np.random.default_rng(0).standard_normal(LAYERS[layer])
    assert_close(*on_both(layer, drawn))


@pytest.mark.filterwarnings("ignore:size_average")
@pytest.mark.parametrize("loss", LOSSES)
def test_loss(loss: str):
    drawn = np.random.default_rng(1).random((2, 3, 4))
    assert_close(*on_both(loss, *drawn))


@pytest.mark.parametrize("loss", CLASS_LOSSES)
def test_loss_of_classes(loss: str):
    drawn = np.random.default_rng(2).standard_normal((3, 4))
    assert_close(*on_both(loss, drawn, np.array([1, 0, 3])))


EDGES = """
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
x = torch.tensor([[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]], requires_grad=True)
"""


@pytest.mark.parametrize(
    "code",
    [
        "attempt(F.mse_loss, x, torch.zeros(3)); attempt(F.l1_loss, x, torch.zeros(2, 1)); attempt(F.mse_loss, x, torch.zeros(4))",
        "attempt(F.cross_entropy, x, torch.tensor([0, 3])); attempt(F.cross_entropy, x, torch.tensor([0.0, 1.0]))",
        "attempt(F.cross_entropy, x, torch.tensor([0, 1, 2])); attempt(F.cross_entropy, x, torch.tensor([-100, -100]))",
        "attempt(F.binary_cross_entropy, x, x); attempt(F.binary_cross_entropy_with_logits, x, torch.zeros(3))",
        "attempt(F.mse_loss, x, x, reduction='avg'); attempt(nn.Dropout, 1.5); attempt(F.dropout, x, -0.1)",
        "attempt(F.softmax, x); attempt(F.softmax, x, 2); attempt(F.hardtanh, x, 1.0, 0.0); attempt(F.glu, x)",
        "attempt(F.embedding, torch.tensor([3]), x); attempt(F.embedding, torch.tensor([0.0]), x); attempt(F.one_hot, torch.tensor([-1]))",
        "print(F.one_hot(torch.tensor([[0, 2]])), F.one_hot(torch.tensor([1]), 4)); attempt(F.one_hot, torch.tensor([5]), 3)",
        "e = nn.Embedding(4, 2, padding_idx=1); print(e, e.weight[1], nn.Embedding(3, 2)); e(torch.tensor([1, 2, 2])).sum().backward(); print(e.weight.grad)",
        "print(nn.Embedding.from_pretrained(torch.ones(2, 2)).weight, nn.Embedding.from_pretrained(torch.ones(2, 2), freeze=False).weight)",
        "e = nn.Embedding(2, 2, max_norm=1.0); e.weight.data.fill_(3); print(e, e(torch.tensor([0])).detach() < 1, e.weight)",
        "attempt(nn.Embedding, 3, 2, padding_idx=3); print(nn.Embedding(3, 2, padding_idx=-1))",
        "d = nn.Dropout(0.5); print(d(torch.ones(8)), d.eval()(torch.ones(8)), d)",
        "y = F.gumbel_softmax(x, hard=True); print(y, y.grad_fn); print(F.gumbel_softmax(x).sum(1))",
        "print(F.relu(x, inplace=False), F.relu_(x * 1), F.elu(x * 1, inplace=True).grad_fn, F.leaky_relu(x * 1, 0.1, True).grad_fn)",
        "print(F.kl_div(x.log_softmax(1), x.softmax(1).detach(), reduction='batchmean').grad_fn, nn.CrossEntropyLoss(torch.ones(3)).state_dict())",
        "attempt(F.cross_entropy, x, torch.tensor([0, 1]), label_smoothing=2.0); attempt(F.nll_loss, x, torch.tensor([0, 1]), torch.ones(2))",
        "attempt(F.triplet_margin_loss, x, x, x, margin=-1.0); attempt(nn.TripletMarginLoss, -1.0); attempt(F.huber_loss, x, x, delta=0.0)",
    ],
)  # fmt: skip
def test_edges(code: str):
    agree(EDGES + code)


MORE = {
    "bags": """
for options in ({}, {"mode": "sum"}, {"mode": "max"}, {"padding_idx": 1}, {"include_last_offset": True}, {"max_norm": 1.0, "norm_type": 1}):
    torch.manual_seed(0)
    m = nn.EmbeddingBag(5, 2, **options)
    y = m(torch.tensor([0, 1, 3, 3, 4]), torch.tensor([0, 2, 5 if options.get("include_last_offset") else 4]))
    y.sum().backward()
    print(m, m.weight[1], y, m.weight.grad)
print(nn.EmbeddingBag(5, 2)(torch.tensor([[0, 1], [3, 3]])), nn.EmbeddingBag.from_pretrained(torch.ones(2, 2), mode="sum").weight)
attempt(nn.EmbeddingBag, 2, 2, padding_idx=2); attempt(nn.EmbeddingBag(2, 2), torch.tensor([0])); attempt(nn.EmbeddingBag, 2, 2, _weight=torch.ones(3, 2))
w = torch.tensor([0.5, 2.0]); print(nn.EmbeddingBag(3, 2, mode="sum")(torch.tensor([0, 2]), torch.tensor([0]), w))
""",
    "adaptive": """
m = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [3, 6], div_value=2.0)
print(m, m.cutoffs, m.head_size)
x = torch.randn(5, 4)
out, loss = m(x, torch.tensor([0, 4, 9, 2, 7]))
loss.backward()
print(out, loss, m.head.weight.grad, m.tail[1][0].weight.grad, m.log_prob(x).exp().sum(1), m.predict(x), m(x[0], torch.tensor(3)))
attempt(m, x, torch.tensor([0, 1, 2, 3, 10])); attempt(m, x, torch.tensor([0])); attempt(m, x[0], torch.tensor([0, 1, 2, 3])); attempt(m, x, torch.zeros(5, 1).long()); attempt(m, x, torch.tensor(1))
for cutoffs in ([], [2, 1], [0], [10], [1.5], [2, 2]): attempt(nn.AdaptiveLogSoftmaxWithLoss, 4, 10, cutoffs)
m.reset_parameters(); print(m.head.weight[0])
""",
    "losses": """
log_probs = torch.randn(5, 2, 4).log_softmax(2).requires_grad_()
m = nn.CTCLoss(reduction="sum")
loss = m(log_probs, torch.tensor([[1, 2], [3, 3]]), (5, 5), (2, 1)); loss.backward()
print(m, loss, log_probs.grad.shape, nn.CTCLoss(1, "none", True)(log_probs, torch.tensor([[0, 2], [3, 3]]), torch.tensor([5, 4]), torch.tensor([2, 1])))
t = nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(-1), margin=2.0, swap=True)
print(t, t(x, x + 0.5, -x), nn.TripletMarginWithDistanceLoss()(x, x + 1, x - 1)); attempt(nn.TripletMarginWithDistanceLoss, margin=0)
print(nn.NLLLoss2d()(torch.zeros(1, 2, 1, 1), torch.zeros(1, 1, 1).long()))
""",
    "of a map": """
w, g = torch.arange(12.0).reshape(4, 3).div(7).requires_grad_(), torch.tensor([0, 3])
for options in ({}, {"reduction": "sum"}, {"reduction": "none"}, {"label_smoothing": 0.1}, {"ignore_index": 3}, {"weight": torch.ones(4)}, {"linear_bias": torch.ones(4)}):
    print(F.linear_cross_entropy(x, w, g, **options))
print(F.linear_cross_entropy(x[0], w, g[0]), F.linear_cross_entropy(x, w, torch.full((2, 4), 0.25)), F.linear_cross_entropy(x, w.view(2, 2, 3), torch.zeros(2, 2).long()))
attempt(F.linear_cross_entropy, x, w[:, :2], g); attempt(F.linear_cross_entropy, x, w, g, linear_bias=torch.ones(2)); attempt(F.linear_cross_entropy, x, w, torch.ones(2, 4), ignore_index=1)
attempt(F.linear_cross_entropy, x[0], w.view(2, 2, 3), g); attempt(F.linear_cross_entropy, x[None], w, g); attempt(F.linear_cross_entropy, x, w[0], g)
m = nn.LinearCrossEntropyLoss(3, 4, bias=True); m(x, g).backward(); print(m, list(m.state_dict()), m.linear.weight.grad)
attempt(nn.LinearCrossEntropyLoss, 3, 4, weight=torch.ones(2)); attempt(nn.LinearCrossEntropyLoss, 3, 4, label_smoothing=-1)
""",
    "synchronised": """
m = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Sequential(nn.BatchNorm1d(2, affine=False)))
s = nn.SyncBatchNorm.convert_sync_batchnorm(m)
print(s, list(s.state_dict()), s[1].weight is m[1].weight, s(x), s[1].running_mean, s.eval()(x))
attempt(nn.SyncBatchNorm(2), torch.ones(2)); attempt(nn.SyncBatchNorm(2), torch.ones(2, 0))
""",
    "refused": """
attempt(nn.CircularPad1d(1), x[0]); attempt(nn.CircularPad2d(1), x); attempt(nn.FractionalMaxPool2d, 2); attempt(nn.FractionalMaxPool2d, 2, 2, 0.5)
attempt(nn.FractionalMaxPool3d, 0, 2); attempt(nn.FractionalMaxPool2d, 2, None, 1.5); print(nn.FractionalMaxPool2d(2, output_ratio=(0.5, 0.6)))
attempt(nn.LocalResponseNorm(2), x)
""",
    "functions": """
y = x.detach().clone()
print(F.elu_(y * 1), F.celu_(y * 1), F.selu_(y * 1), F.hardtanh_(y * 1, -0.5, 0.5), F.leaky_relu_(y * 1), F.threshold_(y * 1, 0.6, -1), torch.sin_(y), torch.selu_((x * 1)).grad_fn, torch.abs_(x * 1).grad_fn)
attempt(torch.sqrt_, 3); attempt(torch.relu_, x)
z = torch.arange(16.0).reshape(1, 1, 4, 4)
print(F.max_pool2d_with_indices(z, 2), F.adaptive_max_pool2d_with_indices(z, 1), F.max_pool1d_with_indices(z[0], 2)[1].shape, F.native_channel_shuffle(z.view(1, 4, 2, 2), 2).flatten())
a, w, b = torch.arange(30.0).reshape(5, 2, 3).requires_grad_(), torch.arange(24.0).reshape(2, 3, 4).requires_grad_(), torch.ones(4, requires_grad=True)
c = F.conv_tbc(a, w, b, 1); c.sum().backward(); print(c, a.grad, w.grad, b.grad)
attempt(F.conv_tbc, a, w, torch.ones(3)); attempt(F.conv_tbc, a[0], w, b); attempt(F.conv_tbc, a[..., :2], w, b)
""",
}


@pytest.mark.parametrize("what", MORE)
def test_more(what: str):
    agree(EDGES + MORE[what])


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpooling(rank):
    agree(f"""
pool, back = nn.MaxPool{rank}d(2, return_indices=True), nn.MaxUnpool{rank}d(2)
x = torch.arange(4. ** {rank}).reshape(1, 1, *[4] * {rank}).requires_grad_()
y = back(*pool(x))
print(back, y)
y.sum().backward()
print(x.grad, back(*pool(x), output_size=[5] * {rank}).shape)
""")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("channels", [0, 1, 2, 6])
def test_normalisation_over_channels(size, channels):
    agree(f"""
x = torch.randn(2, {channels}, 2, 3, dtype=torch.double, requires_grad=True)
m = nn.CrossMapLRN2d({size}, alpha=0.3, k=2)
y = m(x)
print(m, y.grad_fn.name(), y)
print(*torch.autograd.grad((y * torch.arange(y.numel()).reshape(y.shape)).sum(), x))
torch.autograd.grad(y.sum(), x, create_graph=True)
""")


@pytest.mark.parametrize("x", ["torch.ones(2, 3, 4)", "torch.ones(1, 2, 3, 3, dtype=torch.int64)"])
def test_normalisation_over_channels_refuses(x):
    agree(f"nn.CrossMapLRN2d(2)({x})")


@pytest.mark.parametrize(
    "code",
    [
        "b = nn.BatchNorm1d(2); s = dict(b.state_dict()); del s['num_batches_tracked']\n"
        "print(b.load_state_dict(s), b.num_batches_tracked)",
        "b = nn.BatchNorm1d(2); s = b.state_dict(); del s['num_batches_tracked']; b.load_state_dict(s)",
        "nn.InstanceNorm1d(2).load_state_dict({'running_mean': torch.ones(2), 'running_var': torch.ones(2)})",
    ],
)
def test_states_of_before_batches_were_counted(code):
    agree(code)


@pytest.mark.parametrize(
    "code",
    [
        "nn.BatchNorm1d(2, eps=-1.0)(torch.ones(3, 2))",
        "nn.BatchNorm1d(2, eps=0)(torch.ones(3, 2))",
        "nn.BatchNorm1d(2, eps=-1).eval()(torch.ones(3, 2))",
        "print(nn.BatchNorm1d(2, eps=0.0).eval()(torch.ones(3, 2)))",
        "print(nn.BatchNorm2d(2)(torch.ones(0, 2, 3, 3)).shape)",
        "nn.HuberLoss(delta=1j)",
        "nn.HuberLoss(delta=torch.tensor(1.0))",
        "print(type(nn.AdaptiveLogSoftmaxWithLoss(4, 6, [3])(torch.zeros(2, 4), torch.tensor([0, 5]))))",
        "print(nn.GRUCell(1, 2, 'relu'), nn.RNNCell(1, 2, 'relu'), nn.RNNCell(1, 2, False))",
    ],
)
def test_odd_options(code):
    agree(f"nn = torch.nn\n{code}")


@pytest.mark.parametrize(
    "call",
    [
        "embedding(torch.tensor([5]), w", "embedding(torch.tensor([-1]), w", "embedding(torch.tensor([1.]), w",
        "embedding(torch.tensor([1]), w[0]", "embedding(torch.tensor([0]), w[:0]",
        "embedding_bag(torch.tensor([1.]), w, torch.tensor([0])",
    ],
)  # fmt: skip
def test_rows_that_cannot_be_shortened(call):
    agree(f"w = torch.full((5, 3), 2.); F.{call}, max_norm=1.)")


@pytest.mark.parametrize(
    "loss", ["multi_margin_loss(x, torch.tensor(1))", "multilabel_margin_loss(x, torch.tensor([1, -1, 0]))"]
)
def test_losses_without_a_second_derivative(loss):
    agree(f"""
x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
g, = torch.autograd.grad(torch.nn.functional.{loss}, x, create_graph=True)
print(g)
g.sum().backward()
""")


def test_the_last_classes_of_a_margin_with_weights():
    agree("""
x = torch.tensor([[1.0, 2.0, 4.0], [0.5, -1.0, 0.25]], requires_grad=True)
for p in (1, 2):
    for reduction in ("mean", "sum", "none"):
        loss = torch.nn.functional.multi_margin_loss(
            x, torch.tensor([2, 0]), p, 0.5, torch.tensor([0.5, 1.0, -2.0]), reduction=reduction)
        print(loss, torch.autograd.grad(loss.sum(), x))
""")


def test_gradients_of_losses_by_logits_count_what_is_done_in_place():
    agree("""
F, x, t = torch.nn.functional, torch.tensor([0.5, 0.25], requires_grad=True), torch.tensor([0.0, 1.0])
for options in ({}, {"reduction": "sum"}, {"weight": t}, {"pos_weight": t + 1}, {"weight": t, "pos_weight": t + 1}):
    x.grad = None
    F.binary_cross_entropy_with_logits(x, t, **options).backward()
    g, = torch.autograd.grad(F.binary_cross_entropy_with_logits(x, t, **options), x, create_graph=True)
    print(x.grad, x.grad._version, g._version, torch.autograd.grad(g.sum(), x))
""")


def test_without_a_slope_gradients_keep_their_signs():
    agree("""
x = torch.tensor([-1.0, 2.0, 0.0, float("nan")], requires_grad=True)
for slope in (0.0, 0.1, -0.5):
    x.grad = None
    torch.nn.functional.leaky_relu(x, slope).backward(-torch.ones(4))
    print(x.grad)
""")


@pytest.mark.parametrize(
    "code",
    [
        """
made = (
    (nn.Conv2d, (3, 8)), (nn.BatchNorm2d, ()), (nn.AvgPool2d, ()), (nn.LazyConv2d, (1,)), (nn.ZeroPad2d, ()),
    (nn.LSTM, ()), (nn.ConvTranspose1d, (1,)), (nn.MaxUnpool2d, ()), (nn.SiLU, (1, 2)), (nn.Softmin, (1, 2)),
    (nn.ReflectionPad1d, ()), (nn.Linear, ()), (nn.CELU, (1, 2, 3)),
)
for made, given in made:
    try: print(made(*given))
    except TypeError as error: print(error)
class Mine(nn.Conv2d):
    def __init__(self, *args, **options): super().__init__(*args, **options); self.x = 1
print(Mine(1, 2, 3), nn.LazyConv2d(2, 3), nn.LazyConv2d(4, 1)(torch.ones(1, 2, 3, 3)).shape, nn.CELU(.5))
import copy; print(copy.deepcopy(nn.Conv2d(1, 1, 1)), nn.ZeroPad2d(1)(torch.ones(1, 1)).shape)
""",
        "n = nn.InstanceNorm2d(3)\nfor s in ((1, 4, 2, 2), (4, 2, 2), (3, 2, 2)): print(n(torch.ones(s)).shape)",
        "nn.InstanceNorm1d(3, affine=True)(torch.ones(1, 4, 2))",
        "nn.InstanceNorm1d(3, affine=True)(torch.ones(4, 2))",
    ],
)
def test_constructors_and_channels_are_told_by_the_class(code):
    agree(code)
