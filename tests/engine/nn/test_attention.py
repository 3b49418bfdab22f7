"""Attention and encoders against torch: initial weights, values, gradients, graphs and messages under the same seed."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from tests.bothways import agree, torch

TOOLS = """
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
def walk(node, depth=0):
    print(" " * depth + type(node).__name__)
    for one, _ in node.next_functions:
        if one is not None:
            walk(one, depth + 1)
def leaf(*shape):
    return torch.ones(shape, requires_grad=True)
attend = F.scaled_dot_product_attention
"""

# Shapes of query, key and value, and the options.
DRAWN = np.random.default_rng(4)
CAUSAL = np.tri(3, 5, dtype=bool)
BLIND = np.array([[False] * 5, [True] * 5, [True, False] * 2 + [True]])
SHAPES = {
    "one step": ((2, 4, 3, 6), (2, 4, 5, 6), (2, 4, 5, 6)),
    "other features of values": ((2, 4, 3, 6), (2, 4, 5, 6), (2, 4, 5, 2)),
    "fewer heads": ((2, 4, 3, 6), (2, 2, 5, 6), (2, 2, 5, 6)),
    "one head": ((4, 3, 6), (4, 5, 6), (4, 5, 6)),
    "matrices": ((3, 6), (5, 6), (5, 2)),
}
OPTIONS: dict[str, dict] = {
    "plain": {}, "causal": {"is_causal": True}, "scale": {"scale": 0.3}, "negative scale": {"scale": -0.3},
    "boolean mask": {"attn_mask": CAUSAL}, "added mask": {"attn_mask": DRAWN.standard_normal((3, 5))},
    "blind query": {"attn_mask": BLIND}, "blind query, added": {"attn_mask": np.where(BLIND, 0.0, -np.inf)},
}  # fmt: skip


def flat(result) -> list:
    if isinstance(result, tuple):
        return [one for part in result if part is not None for one in flat(part)]
    return [result]


def assert_close(mine: list, theirs: list) -> None:
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        left, right = one.detach().numpy(), other.detach().numpy()
        assert left.dtype == right.dtype
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("options", OPTIONS)
def test_products_and_gradients(shapes: str, options: str):
    arrays = [np.random.default_rng(n).standard_normal(shape) for n, shape in enumerate(SHAPES[shapes])]
    found = []
    for module in (engine, torch):
        inputs = [module.from_numpy(one.copy()).requires_grad_() for one in arrays]
        given = {
            k: module.from_numpy(v.copy()) if isinstance(v, np.ndarray) else v for k, v in OPTIONS[options].items()
        }
        if shapes == "fewer heads":
            given["enable_gqa"] = True
        result = module.nn.functional.scaled_dot_product_attention(*inputs, **given)
        (result * result).sum().backward()
        found.append((type(result.grad_fn).__name__, result.stride(), [result, *(one.grad for one in inputs)]))
    assert found[0][:2] == found[1][:2]
    assert_close(found[0][2], found[1][2])


@pytest.mark.parametrize(
    "code",
    [
        "walk(attend(leaf(2, 3, 4, 8), leaf(2, 3, 5, 8), leaf(2, 3, 5, 6)).grad_fn)",
        "walk(attend(leaf(2, 3, 4, 8), leaf(2, 3, 5, 8), leaf(2, 3, 5, 8), leaf(4, 5)).grad_fn)",
        "walk(attend(leaf(2, 3, 4, 8), leaf(2, 3, 5, 8), leaf(2, 3, 5, 8), dropout_p=0.5).grad_fn)",
        "walk(attend(leaf(2, 4, 4, 8), leaf(2, 2, 5, 8), leaf(2, 2, 5, 6), enable_gqa=True).grad_fn)",
        "walk(attend(leaf(4, 8), leaf(5, 8), leaf(5, 8), is_causal=True).grad_fn)",
        "x = leaf(1, 2, 3, 4)\ng, = torch.autograd.grad(attend(x, x, x).sum(), x, create_graph=True)\nattempt(g.sum().backward)",
        "print(attend(torch.ones(1, 1, 3, 4), torch.ones(1, 1, 4, 4), torch.eye(4)[None, None], dropout_p=0.5))",
        "x = leaf(2, 3, 2, 4).transpose(1, 2); print(attend(x, x, x).stride())",
        "x = leaf(1, 2, 2, 4); print(attend(x, x[:, :, :0], x[:, :, :0]).detach(), attend(x.half(), x.half(), x.half()[..., :2]))",
        "x = leaf(1, 2, 2, 4); attempt(attend, x, x, x[..., :2], torch.zeros(2, 2), is_causal=True); attempt(attend, x, x.double(), x)",
        "x = leaf(1, 2, 2, 4); attempt(attend, x[0, 0, 0], x, x); attempt(attend, x, x, x, torch.zeros(2, 2, dtype=torch.long))",
        "x = leaf(1, 2, 2, 4); attempt(attend, x, x, x, torch.zeros(2)); attempt(attend, x, x, x, torch.zeros(2, 3))",
        "x = leaf(1, 2, 2, 4); attempt(attend, x.long(), x.long(), x.long()); attempt(attend, x, x, x, dropout_p=2.0)",
        "x = leaf(1, 4, 2, 4); attempt(attend, x, x[:, :3], x[:, :3], enable_gqa=True); attempt(attend, x, x[:, :2], x)",
    ],
)  # fmt: skip
def test_graphs_and_errors(code: str):
    agree(TOOLS + code)


def test_a_mask_beside_the_causal_one():
    arrays = [np.random.default_rng(n).standard_normal((1, 2, 4, 4)) for n in range(3)]
    mask = np.random.default_rng(3).standard_normal((4, 4))
    mine, theirs = (
        [module.nn.functional.scaled_dot_product_attention(
            *map(module.from_numpy, arrays), module.from_numpy(mask), is_causal=True)]
        for module in (engine, torch)
    )  # fmt: skip
    assert_close(mine, theirs)


MODULES = (
    "MultiheadAttention(8, 2)", "MultiheadAttention(8, 4, batch_first=True, bias=False)",
    "MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True)", "MultiheadAttention(8, 2, dropout=0.3)",
    "MultiheadAttention(8, 2, kdim=8, vdim=8, add_zero_attn=True, batch_first=True)",
)  # fmt: skip
ENCODERS = (
    "TransformerEncoderLayer(8, 2, 16)", "TransformerEncoderLayer(8, 2, 16, norm_first=True, batch_first=True)",
    "TransformerEncoderLayer(8, 2, 16, 0.0, 'gelu')", "TransformerEncoderLayer(8, 2, 16, bias=False, dropout=0.0)",
    "TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2)",
    "TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2, nn.LayerNorm(8), enable_nested_tensor=False)",
)  # fmt: skip


def on_both(built_by: str, call, grads: bool = True) -> list:
    """Repr, initial state, results and gradients of a module, in the engine and in torch."""
    found = []
    for module in (engine, torch):
        module.manual_seed(3)
        built = eval(f"nn.{built_by}", {"nn": module.nn})
        state = {name: one.detach().numpy().copy() for name, one in built.state_dict().items()}
        built.double()
        results = flat(call(module, built))
        numbers = list(results)
        if grads:
            sum((one * one).sum() for one in results).backward()
            numbers += [p.grad for p in built.parameters()]
        found.append((repr(built), state, [type(one.grad_fn).__name__ for one in results], numbers))
    mine, theirs = found
    assert (mine[0], list(mine[1]), mine[2]) == (theirs[0], list(theirs[1]), theirs[2])
    assert all(np.array_equal(mine[1][name], theirs[1][name]) for name in mine[1])
    assert_close(mine[3], theirs[3])
    return mine[3]


def drawn(module, *shape: int, seed: int = 0):
    return module.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def boolean(module, mask) -> object:
    return module.from_numpy(np.array(mask))


@pytest.mark.parametrize("network", MODULES)
@pytest.mark.parametrize("need_weights", [True, False])
def test_of_itself(network: str, need_weights: bool):
    def call(module, built):
        x = drawn(module, 3, 3, 8)
        return built(x, x, x, need_weights=need_weights), built(x[0], x[0], x[0], average_attn_weights=False)

    on_both(network, call)


@pytest.mark.parametrize("network", MODULES)
@pytest.mark.parametrize("need_weights", [True, False])
def test_of_another_under_masks(network: str, need_weights: bool):
    def call(module, built):
        x, y, z = (drawn(module, 3, 3, 8, seed=seed) for seed in range(3))
        mask, padding = (
            boolean(module, ~np.tri(3, dtype=bool)),
            boolean(module, [[False] * 3, [False, False, True], [False] * 3]),
        )
        return (
            built(x, y, y, need_weights=need_weights, attn_mask=mask),
            built(x, y, z, need_weights=need_weights, key_padding_mask=padding),
            built(x, y, z, need_weights=need_weights, key_padding_mask=padding, attn_mask=mask, is_causal=True),
            built(x, y, z, need_weights=need_weights, attn_mask=mask, is_causal=True),
        )  # fmt: skip

    on_both(network, call)


def test_other_features_of_keys_and_values():
    on_both(
        "MultiheadAttention(8, 2, kdim=4, vdim=3, add_bias_kv=True)",
        lambda module, built: built(drawn(module, 5, 2, 8), drawn(module, 4, 2, 4), drawn(module, 4, 2, 3)),
    )


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("network", ENCODERS)
def test_encoder(network: str):
    def call(module, built):
        x = drawn(module, 4, 4, 8)
        mask = module.full((4, 4), float("-inf"), dtype=module.float64).triu(1)
        padding = boolean(module, [[False, False, True, True]] * 4)
        return built(x), built(x, mask), built(x, src_key_padding_mask=padding), built(x[0])

    on_both(network, call)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor", "ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("network", ENCODERS)
@pytest.mark.parametrize("padded", [[False, False, True, True], [True, False, False, True]])
def test_encoder_in_evaluation(network: str, padded: list[bool]):
    def call(module, built):
        built.eval()
        x = drawn(module, 2, 4, 8) if "batch_first=True" in network else drawn(module, 4, 2, 8)
        padding = boolean(module, [[False] * 4, padded])
        with module.no_grad():
            return built(x), built(x, src_key_padding_mask=padding)

    on_both(network, call, grads=False)


@pytest.mark.parametrize(
    "code",
    [
        "attempt(nn.MultiheadAttention, 8, 3); attempt(nn.MultiheadAttention, 0, 3); attempt(nn.MultiheadAttention, 8, 0)",
        "attempt(m, x, x, x[0]); attempt(m, x[0, 0], x, x); attempt(m, x[0], x, x); attempt(m, x[..., :4], x, x)",
        "attempt(m, x, x, x[:4]); attempt(m, x, x[..., :4], x); attempt(m, x, x[:4, :2], x[:4, :2])",
        "attempt(m, x, x, x, attn_mask=torch.zeros(4, 4)); attempt(m, x, x, x, attn_mask=torch.zeros(4))",
        "attempt(m, x, x, x, attn_mask=torch.zeros(5, 5, 5)); attempt(m, x, x, x, attn_mask=torch.zeros(5, 5).long())",
        "attempt(m, x, x, x, torch.zeros(3, 5).long()); attempt(m, x, x, x, torch.zeros(3, 4)); attempt(m, x, x, x, torch.zeros(3))",
        "y = x[:, 0]; attempt(m, y, y, y, torch.zeros(3, 5)); attempt(m, y, y, y, attn_mask=torch.zeros(3, 5, 5))",
        "attempt(m, x, x, x, is_causal=True); print(m(x, x, x, torch.zeros(3, 5).bool(), attn_mask=torch.zeros(5, 5))[0].shape)",
        "attempt(nn.TransformerEncoderLayer, 8, 2, activation='tanh'); l = nn.TransformerEncoderLayer(8, 2, 16)\n"
        "attempt(l, x[..., :4]); attempt(l, x, is_causal=True); attempt(l, x, torch.zeros(5, 5).long())",
        "for kw in ({}, {'batch_first': True, 'activation': torch.tanh}, {'batch_first': True, 'norm_first': True},\n"
        "           {'batch_first': True, 'bias': False}, {'batch_first': True, 'activation': nn.GELU()}):\n"
        "    print(nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, **kw), 1).use_nested_tensor)\n"
        "nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 3, 16, batch_first=True), 1)",
        "walk(m(x, x, x)[0].grad_fn); walk(m(x, x[:4], x[:4], need_weights=False)[0].grad_fn); walk(m(x[0], x[0], x[0])[1].grad_fn)",
        "y = x[:4]; walk(m(x, y, y)[0].grad_fn); walk(nn.MultiheadAttention(8, 2, batch_first=True)(x, x, x)[0].grad_fn)",
        "walk(nn.TransformerEncoderLayer(8, 2, 16)(x).grad_fn); walk(nn.TransformerEncoderLayer(8, 2, 16, norm_first=True)(x).grad_fn)",
    ],
)  # fmt: skip
def test_edges_of_modules(code: str):
    agree(TOOLS + "m = nn.MultiheadAttention(8, 2); x = torch.ones(5, 3, 8)\n" + code)


TRANSFORMERS = (
    "Transformer(8, 2, 1, 2, 12)", "Transformer(8, 2, 2, 1, 12, 0.0, 'gelu', batch_first=True, norm_first=True)",
    "Transformer(8, 4, 1, 1, 12, bias=False)",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("network", TRANSFORMERS)
@pytest.mark.parametrize("training", [True, False])
def test_transformer(network: str, training: bool):
    drawn = np.random.default_rng(0)
    source, target = drawn.standard_normal((5, 3, 8)), drawn.standard_normal((4, 3, 8))
    found = []
    for module in (engine, torch):
        module.manual_seed(1)
        m = eval(f"nn.{network}", {"nn": module.nn}).train(training)
        first = [p.detach().numpy().copy() for p in m.parameters()]
        m = m.double()
        src, tgt = (module.from_numpy(one.copy()).requires_grad_() for one in (source, target))
        padding = module.zeros(3, 5, dtype=module.bool)
        padding[1, 3:] = True
        if m.batch_first:
            src, tgt = src.transpose(0, 1).detach().requires_grad_(), tgt.transpose(0, 1).detach().requires_grad_()
        causal = m.generate_square_subsequent_mask(4, dtype=module.float64)
        module.manual_seed(5)
        out = m(src, tgt, tgt_mask=causal, src_key_padding_mask=padding.double() * -9, memory_key_padding_mask=padding)
        (out * out).sum().backward()
        numbers = [out, src.grad, tgt.grad, causal, *[p.grad for p in m.parameters()]]
        found.append([repr(m), list(m.state_dict()), first, [one.detach().numpy() for one in numbers]])
    mine, theirs = found
    assert mine[:2] == theirs[:2]
    assert all(np.array_equal(a, b) for a, b in zip(mine[2], theirs[2], strict=True))
    for one, other in zip(mine[3], theirs[3], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-10)


def test_transformer_refuses_what_torch_refuses():
    agree("""
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs).shape)
    except Exception as error:
        print(type(error).__name__, error)
m = nn.Transformer(4, 2, 1, 1, 3)
z = torch.zeros
attempt(m, z(3, 2, 4), z(5, 2, 4)); attempt(m, z(3, 2, 4), z(5, 1, 4)); attempt(m, z(3, 2, 5), z(3, 2, 5))
attempt(m, z(3, 4), z(5, 4)); attempt(nn.Transformer, 4, 3); attempt(nn.TransformerDecoderLayer, 4, 2, activation="x")
print(nn.Transformer.generate_square_subsequent_mask(3), m.generate_square_subsequent_mask(2, dtype=torch.bool))
d = nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 3, batch_first=True), 2, nn.LayerNorm(4))
attempt(d, z(2, 3, 4), z(2, 5, 4), tgt_mask=nn.Transformer.generate_square_subsequent_mask(3)); print(d)
attempt(d, z(2, 3, 4), z(2, 5, 4), tgt_is_causal=True)
""")


def test_choice_of_the_kernel():
    agree("""
from torch.nn.attention import SDPBackend, sdpa_kernel
q = torch.ones(1, 2, 3, 4, requires_grad=True)
def attend(**options):
    return F.scaled_dot_product_attention(q, q, q, **options).grad_fn.name()
B = SDPBackend
print(repr(B.MATH), B.FLASH_ATTENTION, B.CUDNN_ATTENTION.value, attend())
for chosen in (B.MATH, B.FLASH_ATTENTION, B.EFFICIENT_ATTENTION, [B.MATH, B.FLASH_ATTENTION], [B.CUDNN_ATTENTION], [], "x", 3):
    for options in ({}, {"dropout_p": 0.1}):
        try:
            with sdpa_kernel(chosen):
                print(chosen, attend(**options))
        except (RuntimeError, AssertionError) as error:
            print(chosen, type(error).__name__, error)
print(attend())
""")
