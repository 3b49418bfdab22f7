"""Attention with masks and scores by functions.  What it prints and refuses was seen on torch 2.13; its own import of
what compiles takes seconds, so that no test runs it."""

from __future__ import annotations

import pytest

import engine as torch
from engine.nn.attention import flex_attention as module
from engine.nn.attention.flex_attention import (
    AuxRequest,
    and_masks,
    create_block_mask,
    create_mask,
    flex_attention,
    noop_mask,
    or_masks,
)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(module, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", True)


def causal(b, h, i, j):
    return i >= j


def drawn(*shapes):
    torch.manual_seed(0)
    return [torch.randn(shape) for shape in shapes]


SHAPE = (2, 2, 6, 8)


def test_a_causal_mask_is_causal_attention():
    q, k, v = drawn(SHAPE, SHAPE, SHAPE)
    wanted = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    mask = create_block_mask(causal, None, None, 6, 6, BLOCK_SIZE=2)
    torch.testing.assert_close(flex_attention(q, k, v, block_mask=mask), wanted)
    by_score = flex_attention(q, k, v, lambda s, b, h, i, j: torch.where(i >= j, s, -float("inf")))
    torch.testing.assert_close(by_score, wanted)
    torch.testing.assert_close(flex_attention(q[:, :, :4], k[:, :, :4], v[:, :, :4], block_mask=mask._adjust(4, 4)),
                               wanted[:, :, :4])  # fmt: skip


def test_scores_by_place_head_and_table():
    q, k, v = drawn(SHAPE, (2, 1, 5, 8), (2, 1, 5, 3))
    table = torch.randn(2, 12)
    out, aux = flex_attention(
        q, k, v, lambda s, b, h, i, j: s * (b + 1) + table[h, i - j + 6], scale=0.5, enable_gqa=True,
        return_aux=AuxRequest(lse=True),
    )  # fmt: skip
    place = torch.arange(6)[:, None] - torch.arange(5) + 6
    scores = q @ k.transpose(-2, -1) * 0.5 * torch.tensor([1.0, 2.0])[:, None, None, None] + table[:, place]
    torch.testing.assert_close(out, scores.softmax(-1) @ v)
    torch.testing.assert_close(aux.lse, scores.logsumexp(-1))
    assert aux.max_scores is None


def test_what_sees_nothing_gets_zeros():
    q, k, v = drawn((1, 1, 4, 8), (1, 1, 4, 8), (1, 1, 4, 8))
    mask = create_block_mask(lambda b, h, i, j: (i > 0) & (j > 1), 1, 1, 4, 4, BLOCK_SIZE=2)
    assert (flex_attention(q, k, v, block_mask=mask)[0, 0, 0] == 0).all()


def test_how_a_mask_is_shown():
    mask = create_block_mask(causal, 1, 2, 512, 384)
    assert str(mask) == (
        "BlockMask(shape=(1, 2, 512, 384), sparsity=25.00%, \n(0, 0)\n██    \n████  \n██████\n██████\n\n"
        "(0, 1)\n██    \n████  \n██████\n██████\n)"
    )
    assert repr(create_block_mask(causal, None, None, 4, 4)) == (
        "BlockMask(\n    kv_num_blocks=torch.Size([1, 1, 1]),\n    kv_indices=torch.Size([1, 1, 1, 1]),\n"
        "    full_kv_num_blocks=torch.Size([1, 1, 1]),\n    full_kv_indices=torch.Size([1, 1, 1, 1]),\n"
        "    q_num_blocks=torch.Size([1, 1, 1]),\n    q_indices=torch.Size([1, 1, 1, 1]),\n"
        "    full_q_num_blocks=torch.Size([1, 1, 1]),\n    full_q_indices=torch.Size([1, 1, 1, 1]),\n"
        "    BLOCK_SIZE=(128, 128),\n    shape=(1, 1, 4, 4),\n    sparsity=-102300.00%,\n    mask_mod=causal\n)"
    )
    doc = torch.tensor([0, 0, 0, 1, 1, 1])
    inside = and_masks(causal, lambda b, h, i, j: doc[i] == doc[j])
    assert create_block_mask(inside, 2, 2, 6, 6, BLOCK_SIZE=(2, 3)).to_string(grid_size=2, limit=1) == (
        "(0, 0)\n██░░\n  ██\n\n...\nTo print out more, set BlockMask.to_string(limit=N)\n"
        "You can also index (BlockMask[batch, head]) to choose a specific batch or head"
    )


def test_which_blocks_a_mask_keeps():
    mask = create_block_mask(causal, None, None, 6, 6, BLOCK_SIZE=2)
    assert mask.kv_num_blocks.tolist() == [[[1, 1, 1]]]
    assert mask.full_kv_num_blocks is not None and mask.full_kv_num_blocks.tolist() == [[[0, 1, 2]]]
    assert mask.kv_indices[0, 0, :, 0].tolist() == [0, 1, 2] and mask.kv_indices.dtype is torch.int32
    assert mask.full_q_num_blocks is not None and mask.full_q_num_blocks.tolist() == [[[2, 1, 0]]]
    assert mask.to_dense().tolist() == [[[[1, 0, 0], [1, 1, 0], [1, 1, 1]]]]
    assert (mask.numel(), mask.shape) == (36, (1, 1, 6, 6))
    whole = create_block_mask(noop_mask, 1, 1, 5, 5, BLOCK_SIZE=4, separate_full_blocks=False)
    assert whole.full_kv_indices is None and whole.sparsity() == pytest.approx(-156)
    assert mask[:, :, -1].kv_num_blocks.tolist() == [[[1]]] and mask[0].shape == (1, 1, 6, 6)
    assert len(mask.as_tuple()) == 17 and len(mask.as_tuple(flatten=False)) == 15
    near = or_masks(lambda b, h, i, j: (i - j).abs() <= 1, lambda b, h, i, j: j == 0)
    assert create_mask(near, 1, 1, 3, 3).int().tolist() == [[[[1, 1, 0], [1, 1, 1], [1, 1, 1]]]]


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("flex_attention(q.requires_grad_(), k, v)", NotImplementedError, "does not support backward on CPU"),
        ("flex_attention(q[0], k[0], v[0])", NotImplementedError, "must be 4D"),
        ("flex_attention(q, k[..., :4], v)", ValueError, "but got E=8 and E=4."),
        ("flex_attention(q[:, :1], k, v)", ValueError, "but got Hq=1 and Hkv=2. Try setting enable_gqa=True"),
        ("flex_attention(q[:, :1], k, v, enable_gqa=True)", ValueError, "multiple of kv heads"),
        ("flex_attention(q[:1], k, v)", ValueError, "but got block_mask=None, Bq=1, and Bkv=2."),
        ("flex_attention(q, k[:, :, :4], v[:, :, :4], block_mask=mask)", ValueError, "created for a larger length"),
        ("flex_attention(q, k.repeat(1, 1, 2, 1), v, block_mask=mask)", ValueError, "created for a smaller length"),
        ("flex_attention(q, k, v, block_mask=mask[0])", RuntimeError, "Cannot use mask_mod from a sliced BlockMask"),
        ("mask[0].mask_mod(*[torch.tensor(0)] * 4)", RuntimeError, "Incorrect usage"),
        ("flex_attention(q, k, v, return_lse=True, return_aux=AuxRequest())", ValueError, "Cannot specify both"),
        ("flex_attention(q, k, v, return_aux=AuxRequest(max_scores=True))", NotImplementedError, "max scores"),
        ("create_block_mask(lambda b, h, i: i, 1, 1, 4, 4)", AssertionError, "Expected 4 or 5 positional args, got 3"),
        ("create_block_mask(lambda s, b, h, i, j: s, 1, 1, 4, 4)", AssertionError, "requires a mask_mod function"),
        ("create_block_mask(lambda b, h, i, j: i, 1, 1, 4, 4)", AssertionError, "got torch.int64"),
        ("create_block_mask(lambda b, h, i, j: True, 1, 1, 4, 4)", ValueError, "must only return Tensors"),
        ("create_block_mask(lambda b, h, i, j: i > j if i > 2 else j, 1, 1, 4, 4)", RuntimeError, "control flow"),
        ("and_masks(3)", RuntimeError, "should be callable mask_mods"),
        ("module.BlockMask.from_kv_blocks(torch.ones(1), torch.ones(1))", RuntimeError, "at least 2 dimensions"),
    ],
)  # fmt: skip
def test_what_is_refused(code, error, message):
    q, k, v = drawn(SHAPE, SHAPE, SHAPE)
    mask = create_block_mask(causal, None, None, 6, 6, BLOCK_SIZE=2)
    with pytest.raises(error, match=message.replace("(", r"\(")):
        eval(code, {**globals(), "q": q, "k": k, "v": v, "mask": mask})


def test_it_advises_to_compile_once(monkeypatch):
    monkeypatch.setattr(module, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", False)
    torch.warning.forget_given()
    q, k, v = drawn(SHAPE, SHAPE, SHAPE)
    with pytest.warns(UserWarning, match="called without torch.compile"):
        flex_attention(q, k, v)
    flex_attention(q, k, v)
