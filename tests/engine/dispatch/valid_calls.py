"""Valid calls that a schema does not suggest, by operation: what the agreement of both paths is tried on besides."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import engine
from engine.tensor import Tensor

FLOATS = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)


def leaf(*shape: int) -> Tensor:
    return engine.from_numpy(np.resize(FLOATS, shape)).requires_grad_()


def places(*values: int) -> Tensor:
    return engine.from_numpy(np.array(values))


def square(n: int) -> Tensor:
    """A positive-definite matrix."""
    return engine.from_numpy(np.eye(n, dtype=np.float32) * 3 + 1).requires_grad_()


def gates(n: int) -> list[Any]:
    """The weights of a recurrent layer with two features in and out, and so many gates."""
    return [leaf(2 * n, 2), leaf(2 * n, 2), leaf(2 * n), leaf(2 * n)]


UPSAMPLED = {
    "upsample_linear1d": 1, "upsample_bilinear2d": 2, "upsample_bicubic2d": 2, "upsample_trilinear3d": 3,
    "_upsample_bilinear2d_aa": 2, "_upsample_bicubic2d_aa": 2, "_upsample_lanczos2d_aa": 2,
}  # fmt: skip
"""Interpolations that have ``align_corners``, and how many dimensions they resample."""


def quantized() -> list[Any]:
    return [leaf(2, 3), engine.ones(3), engine.zeros(3, dtype=engine.int32), 1, -8, 7]


def rows_of_eye() -> Tensor:
    with warnings.catch_warnings(action="ignore"):  # torch's support of them is in beta state
        return engine.eye(2).to_sparse_csr()


# Valid calls that the schema does not suggest; a dictionary at the end has keywords.
CALLS: dict[str, list[Callable[[], list[Any]]]] = {
    "_grouped_mm": [lambda: [leaf(2, 3, 4), leaf(2, 4, 8)]],
    "_coalesce": [lambda: [engine.eye(2, 3).to_sparse().requires_grad_()]],
    "sparse_mask": [lambda: [engine.ones(2, 3), engine.eye(2, 3).to_sparse()]],
    "_sparse_addmm": [lambda: [engine.ones(2, 2), engine.eye(2, 3).to_sparse(), engine.ones(3, 2)]],
    "hspmm": [lambda: [engine.eye(2, 3).to_sparse(), engine.ones(3, 2)]],
    "sspaddmm": [lambda: [engine.eye(2).to_sparse(), engine.eye(2, 3).to_sparse(), engine.ones(3, 2)]],
    "smm": [lambda: [engine.eye(2, 3).to_sparse(), engine.ones(3, 2)]],
    "sparse_sampled_addmm": [lambda: [rows_of_eye(), engine.ones(2, 3), engine.ones(3, 2)]],
    "_sparse_softmax": [lambda: [engine.eye(2, 3).to_sparse(), 1, False]],
    "_sparse_log_softmax": [lambda: [engine.eye(2, 3).to_sparse(), 1, False]],
    "_sparse_softmax_backward_data": [lambda: [*[engine.eye(2, 3).to_sparse()] * 2, 1, engine.eye(2, 3).to_sparse()]],
    "_sparse_log_softmax_backward_data": [
        lambda: [*[engine.eye(2, 3).to_sparse()] * 2, 1, engine.eye(2, 3).to_sparse()]
    ],
    "_sparse_sparse_matmul": [lambda: [engine.eye(2, 3).to_sparse(), engine.ones(3, 2).to_sparse()]],
    "view_as_complex": [lambda: [leaf(3, 2)]],
    "view_as_real": [lambda: [engine.complex(leaf(2, 2), leaf(2, 2))]],
    "can_cast": [lambda: [engine.float32, engine.int64]],
    "promote_types": [lambda: [engine.int8, engine.uint8]],
    "view.dtype": [lambda: [leaf(2, 2), engine.int32]],
    "view_as_complex_copy": [lambda: [leaf(3, 2)]],
    "view_as_real_copy": [lambda: [engine.complex(leaf(2, 2), leaf(2, 2))]],
    "view_copy.dtype": [lambda: [leaf(2, 2), engine.int32]],
    "unfold_copy": [lambda: [leaf(4, 2), 0, 2, 1]],
    "as_strided_copy": [lambda: [leaf(2, 3), (2, 2), (1, 1), 1]],
    "fake_quantize_per_channel_affine": [quantized],
    "fake_quantize_per_channel_affine_cachemask": [quantized],
    "fake_quantize_per_tensor_affine.tensor_qparams": [
        lambda: [leaf(2, 3), engine.tensor([0.5]), engine.tensor([0], dtype=engine.int32), 0, 255]
    ],
    "as_strided_scatter": [lambda: [leaf(2, 3), leaf(2, 2), (2, 2), (1, 2), 1]],
    "movedim.intlist": [lambda: [leaf(2, 3, 4), (0, 1), (2, 0)]],
    "index.Tensor": [lambda: [leaf(3, 2), (places(0, 2),)], lambda: [leaf(3, 2), (None, places(1, 1))]],
    "index_put": [lambda: [leaf(3, 2), (places(0, 2),), leaf(2, 2), True]],
    "index_select": [lambda: [leaf(3, 2), 0, places(0, 2, 2)], lambda: [leaf(3, 2), -1, places(1)]],
    "index_add": [lambda: [leaf(3, 2), 0, places(0, 2), leaf(2, 2)]],
    "select_scatter": [lambda: [leaf(3, 2), leaf(2), 0, 1]],
    "slice_scatter": [lambda: [leaf(3, 2), leaf(2, 2), 0, 1]],
    "slice_backward": [lambda: [leaf(1, 2), (3, 2), 0, 1, 2, 1]],
    "select_backward": [lambda: [leaf(2), (3, 2), 0, 1]],
    "diagonal_backward": [lambda: [leaf(2), (2, 2), 0, 0, 1]],
    "convolution": [
        lambda: [leaf(1, 2, 4), leaf(3, 2, 2), leaf(3), (1,), (0,), (1,), False, (0,), 1],
        lambda: [leaf(1, 2, 4), leaf(2, 3, 2), None, (2,), (1,), (1,), True, (1,), 1],
    ],
    "_convolution_weight_gradient": [lambda: [leaf(1, 2, 4), leaf(1, 3, 3), (2,), (1,), (0,), (1,), 1]],
    **{
        f"conv{n}d{kind}": [lambda n=n: [leaf(1, 2, *[4] * n), leaf(3, 2, *[2] * n), leaf(3)]]
        for n in (1, 2, 3)
        for kind in ("", ".padding")
    },
    "conv_tbc": [lambda: [leaf(4, 2, 3), leaf(2, 3, 2), leaf(2), 1]],
    "conv_transpose1d": [lambda: [leaf(1, 2, 4), leaf(2, 3, 2), leaf(3)]],
    "conv_transpose2d.input": [lambda: [leaf(1, 2, 4, 4), leaf(2, 3, 2, 2), leaf(3)]],
    "conv_transpose3d.input": [lambda: [leaf(1, 2, 3, 3, 3), leaf(2, 3, 2, 2, 2), leaf(3)]],
    "constant_pad_nd": [lambda: [leaf(2, 3), (1, 0, 0, 2), 1.5]],
    "pad": [lambda: [leaf(2, 3), (1, 0, 0, 2)], lambda: [leaf(2, 3, 3), (1, 0, 0, 2), "circular"]],
    **{
        f"{kind}_pad{n}d": [lambda n=n: [leaf(2, *[3] * n), (1, 0) * n]]
        for n in (1, 2, 3)
        for kind in ("reflection", "replication")
    },
    **{
        f"{kind}_pad{n}d_backward": [lambda n=n: [leaf(2, *[4] * n), leaf(2, *[3] * n), (1, 0) * n]]
        for n in (1, 2, 3)
        for kind in ("reflection", "replication")
    },
    "_pad_circular": [lambda: [leaf(2, 3, 3), (1, 0, -1, 2)]],
    **{
        f"{name}{n}d{kind}": [lambda n=n: [leaf(2, 2, *[4] * n), 2]]
        for n in (1, 2, 3)
        for name, kind in (
            ("max_pool", ""),
            ("max_pool", "_with_indices"),
            ("avg_pool", ""),
            ("adaptive_avg_pool", ""),
            ("_adaptive_avg_pool", ""),
        )
    },
    **{
        f"avg_pool{n}d_backward": [
            lambda n=n: [leaf(2, *[2] * n), leaf(2, *[4] * n), (2,), (2,), (0,), False, True, None]
        ]
        for n in (2, 3)
    },
    **{f"_adaptive_avg_pool{n}d_backward": [lambda n=n: [leaf(2, *[2] * n), leaf(2, *[4] * n)]] for n in (2, 3)},
    **{
        f"{name}{n}d{overload}": [lambda n=n, given=given: [leaf(1, 2, *[2] * n), (3,) * n, *given]]
        for name in ("upsample_nearest", "_upsample_nearest_exact")
        for n in (1, 2, 3)
        for overload, given in (("", (2.0,) * n), (".vec", (None,)))
    },
    **{
        f"{name}{n}d_backward": [lambda n=n: [leaf(1, 2, *[3] * n), (3,) * n, (1, 2, *[2] * n)]]
        for name in ("upsample_nearest", "_upsample_nearest_exact")
        for n in (1, 2, 3)
    },
    **{
        f"{name}{overload}": [lambda n=n, given=given: [leaf(1, 2, *[2] * n), (3,) * n, *given]]
        for name, n in UPSAMPLED.items()
        for overload, given in (("", (False,)), (".vec", (True, None)))
    },
    **{
        f"{name}_backward": [lambda n=n: [leaf(1, 2, *[3] * n), (3,) * n, (1, 2, *[2] * n), False]]
        for name, n in UPSAMPLED.items()
    },
    "im2col": [lambda: [leaf(1, 2, 3, 3), (2, 2), (1, 1), (0, 0), (1, 1)]],
    "col2im": [lambda: [leaf(1, 8, 4), (3, 3), (2, 2), (1, 1), (0, 0), (1, 1)]],
    "pixel_shuffle": [lambda: [leaf(1, 4, 2, 2), 2]],
    "pixel_unshuffle": [lambda: [leaf(1, 1, 2, 4), 2]],
    "channel_shuffle": [lambda: [leaf(1, 4, 2, 2), 2]],
    **{f"grid_sampler{kind}": [lambda: [leaf(1, 2, 3, 3), leaf(1, 2, 2, 2), 0, 1, False]] for kind in ("", "_2d")},
    "grid_sampler_2d_backward": [
        lambda: [leaf(1, 2, 2, 2), leaf(1, 2, 3, 3), leaf(1, 2, 2, 2), 2, 0, True, (True, True)]
    ],
    "grid_sampler_3d": [lambda: [leaf(1, 1, 2, 2, 2), leaf(1, 1, 1, 2, 3), 0, 0, True]],
    "grid_sampler_3d_backward": [
        lambda: [leaf(1, 1, 1, 1, 2), leaf(1, 1, 2, 2, 2), leaf(1, 1, 1, 2, 3), 0, 2, True, (True, True)]
    ],
    "affine_grid_generator": [lambda: [leaf(1, 2, 3), (1, 1, 2, 3), True]],
    **{f"adaptive_max_pool{n}d": [lambda n=n: [leaf(2, 2, *[4] * n), 2]] for n in (1, 2, 3)},
    **{
        f"{name}_pool{n}d{kind}_backward": [
            lambda n=n, given=given: [leaf(1, *[1] * n), leaf(1, *[2] * n), *given, places(1).view(1, *[1] * n)]
        ]
        for n in (2, 3)
        for name, kind, given in (
            ("max", "_with_indices", ((2,) * n, (2,) * n, (0,) * n, (1,) * n, False)),
            ("adaptive_max", "", ()),
            ("fractional_max", "", ((2,) * n, (1,) * n)),
        )
    },
    **{
        f"fractional_max_pool{n}d": [
            lambda n=n: [leaf(1, 2, *[5] * n), (2,) * n, (2,) * n, leaf(1, 2, n).sigmoid().detach()]
        ]
        for n in (2, 3)
    },
    "max_unpool2d": [lambda: [leaf(1, 1, 2), places(0, 3).view(1, 1, 2), (2, 2)]],
    "max_unpool3d": [lambda: [leaf(1, 1, 1, 2), places(0, 3).view(1, 1, 1, 2), (2, 2, 1), (1, 1, 1), (0, 0, 0)]],
    "_embedding_bag": [lambda: [leaf(4, 3), places(0, 1, 3), places(0, 2), False, 1]],
    "embedding_bag": [lambda: [leaf(4, 3), places(0, 1, 3), places(0, 2)]],
    "embedding_bag.padding_idx": [lambda: [leaf(4, 3), places(0, 1, 3), places(0, 2), False, 2, False, None, False, 1]],
    "_embedding_bag_backward": [
        lambda: [leaf(1, 2), places(0, 1), places(0), places(0, 0), places(2), places(2), 3, False, 1, False, None]
    ],
    "_scaled_mm": [
        lambda: [
            *(leaf(*shape).detach().to(engine.float8_e4m3fn) for shape in ((2, 3), (3, 2))),
            *(engine.ones(()) for _ in range(2)),
        ]
    ],
    "_embedding_bag_per_sample_weights_backward": [
        lambda: [leaf(1, 2), leaf(3, 2), places(0, 1), places(0), places(0, 0), 0]
    ],
    "ctc_loss.IntList": [lambda: [leaf(4, 1, 3), places(1, 2).view(1, 2), (4,), (2,)]],
    "ctc_loss.Tensor": [lambda: [leaf(4, 1, 3), places(1, 2).view(1, 2), places(4), places(2)]],
    "_ctc_loss": [lambda: [leaf(4, 1, 3), places(1, 2).view(1, 2), (4,), (2,)]],
    "_ctc_loss_backward": [
        lambda: [leaf(1), leaf(2, 1, 2), places(1).view(1, 1), (2,), (1,), leaf(1), leaf(1, 2, 3), 0]
    ],
    "pdist": [lambda: [leaf(3, 2)]],
    "_pdist_forward": [lambda: [leaf(3, 2)]],
    "_pdist_backward": [lambda: [leaf(3), leaf(3, 2), 2.0, leaf(3)]],
    "mkldnn_rnn_layer": [
        lambda: [
            leaf(3, 1, 2),
            leaf(8, 2),
            leaf(8, 2),
            leaf(8),
            leaf(8),
            leaf(1, 2),
            leaf(1, 2),
            False,
            (),
            2,
            2,
            1,
            True,
            False,
            False,
            True,
        ]
    ],
    "lstm.input": [lambda: [leaf(3, 1, 2), [leaf(1, 1, 2)] * 2, gates(4), True, 1, 0.0, True, False, False]],
    "lstm.data": [lambda: [leaf(3, 2), places(2, 1), [leaf(1, 2, 2)] * 2, gates(4), True, 1, 0.0, True, False]],
    **{
        f"{name}.input": [lambda n=n: [leaf(3, 1, 2), leaf(1, 1, 2), gates(n), True, 1, 0.0, True, False, False]]
        for name, n in (("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1))
    },
    **{
        f"{name}.data": [lambda n=n: [leaf(3, 2), places(2, 1), leaf(1, 2, 2), gates(n), True, 1, 0.0, True, False]]
        for name, n in (("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1))
    },
    "lstm_cell": [lambda: [leaf(1, 2), [leaf(1, 2)] * 2, *gates(4)]],
    "gru_cell": [lambda: [leaf(1, 2), leaf(1, 2), *gates(3)]],
    "rnn_tanh_cell": [lambda: [leaf(1, 2), leaf(1, 2), *gates(1)]],
    "rnn_relu_cell": [lambda: [leaf(1, 2), leaf(1, 2), *gates(1)]],
    "_pack_padded_sequence": [lambda: [leaf(3, 2), places(3, 1), False]],
    "_pack_padded_sequence_backward": [lambda: [leaf(4), (3, 2), places(2, 1, 1), False]],
    "_pad_packed_sequence": [lambda: [leaf(4), places(2, 1, 1), False, 0.0, 3]],
    "_weight_norm_interface": [lambda: [leaf(2, 3), leaf(2, 1)]],
    "_weight_norm": [lambda: [leaf(2, 3), leaf(2, 1)]],
    "index_reduce": [lambda: [leaf(3, 2), 0, places(0, 2), leaf(2, 2), "amax"]],
    "rrelu_with_noise": [lambda: [leaf(3), leaf(3).detach(), 0.1, 0.3, True]],
    "_safe_softmax": [lambda: [leaf(2, 3), 1], lambda: [leaf(2, 3), -3]],
    "scaled_dot_product_attention": [
        lambda: [leaf(1, 2, 3, 4), leaf(1, 2, 2, 4), leaf(1, 2, 2, 4)],
        lambda: [leaf(3, 4), leaf(2, 4), leaf(2, 2), leaf(3, 2), 0.0, False, {"scale": 0.5}],
    ],
    "_scaled_dot_product_flash_attention_for_cpu": [
        lambda: [leaf(1, 2, 3, 4), leaf(1, 2, 2, 4), leaf(1, 2, 2, 4), 0.0, True]
    ],
    "_scaled_dot_product_flash_attention_for_cpu_backward": [
        lambda: [leaf(1, 1, 2, 2), *[leaf(1, 1, 2, 2)] * 4, leaf(1, 1, 2), 0.0, False]
    ],
    "native_layer_norm": [lambda: [leaf(2, 3), (3,), leaf(3), leaf(3), 1e-5]],
    "layer_norm": [lambda: [leaf(2, 3), (3,), leaf(3)]],
    "native_layer_norm_backward": [
        lambda: [leaf(2, 3), leaf(2, 3), (3,), leaf(2, 1), leaf(2, 1), leaf(3), leaf(3), (True, True, True)]
    ],
    "convolution_backward": [
        lambda: [
            leaf(1, 2, 3),
            leaf(1, 2, 4),
            leaf(2, 2, 2),
            (2,),
            (1,),
            (0,),
            (1,),
            False,
            (0,),
            1,
            (True, True, True),
        ]
    ],
    "_softmax_backward_data": [lambda: [leaf(2, 3), leaf(2, 3), 1, engine.float32]],
    "_log_softmax_backward_data": [lambda: [leaf(2, 3), leaf(2, 3), 1, engine.float32]],
    "native_group_norm": [lambda: [leaf(2, 4, 3), leaf(4), None, 2, 4, 3, 2, 1e-5]],
    "group_norm": [lambda: [leaf(2, 4, 3), 2]],
    "native_batch_norm": [lambda: [leaf(2, 3), leaf(3), None, None, None, True, 0.1, 1e-5]],
    "_native_batch_norm_legit": [
        lambda: [leaf(2, 3), leaf(3), None, places(0, 0, 0).float(), places(1, 2, 3).float(), True, 0.0, 1e-5]
    ],
    "_native_batch_norm_legit.no_stats": [lambda: [leaf(2, 3), leaf(3), None, True, 0.1, 1e-5]],
    "_native_batch_norm_legit_no_training": [
        lambda: [leaf(2, 3), leaf(3), None, places(0, 1, 2).float(), places(1, 2, 3).float(), 0.1, 1e-5]
    ],
    "_batch_norm_with_update": [
        lambda: [leaf(2, 3), leaf(3), None, places(0, 1, 2).float(), places(1, 2, 3).float(), 0.0, 1e-5]
    ],
    "_batch_norm_no_update": [
        lambda: [leaf(2, 3), leaf(3), None, places(0, 1, 2).float(), places(1, 2, 3).float(), 0.1, 1e-5]
    ],
    "batch_norm_backward": [
        lambda: [leaf(2, 3), leaf(2, 3), leaf(3), None, None, leaf(3), leaf(3), True, 1e-5, (True, True, True), leaf(0)]
    ],
    "segment_reduce": [lambda: [leaf(3, 2), "max", {"lengths": places(1, 0, 2)}]],
    "_segment_reduce_backward": [lambda: [leaf(3), leaf(3), leaf(4), "sum", {"lengths": places(1, 0, 3)}]],
    "_unsafe_masked_index": [lambda: [leaf(2, 3), places(1, 0) > 0, (places(0, 5),), 2]],
    "_unsafe_masked_index_put_accumulate": [
        lambda: [leaf(2, 3), places(1, 0)[:, None] > 0, (places(0, 5),), leaf(2, 3)]
    ],
    "batch_norm": [lambda: [leaf(2, 3), leaf(3), None, None, None, True, 0.1, 1e-5, False]],
    "instance_norm": [lambda: [leaf(2, 3, 4), None, None, None, None, True, 0.1, 1e-5, False]],
    "rms_norm": [lambda: [leaf(2, 3), (3,)]],
    "nll_loss_forward": [lambda: [leaf(2, 3), places(0, 2), None, 1, -100]],
    "nll_loss2d_forward": [lambda: [leaf(1, 3, 1, 2), places(0, 2).reshape(1, 1, 2), None, 0, -100]],
    "multi_margin_loss_backward": [lambda: [leaf(), leaf(2, 3), places(0, 2), 1, 1.0, None, 1]],
    "nll_loss_backward": [lambda: [leaf(2), leaf(2, 3), places(0, 2), None, 0, -100, leaf().detach()]],
    "nll_loss2d_backward": [
        lambda: [leaf(1, 1, 2), leaf(1, 3, 1, 2), places(0, 2).reshape(1, 1, 2), None, 0, 0, leaf().detach()]
    ],
    "nll_loss_nd": [lambda: [leaf(2, 3), places(0, 2)]],
    "multi_margin_loss": [lambda: [leaf(2, 3), places(0, 2)]],
    "multilabel_margin_loss_forward": [lambda: [leaf(3), places(0, 2, -1), 1]],
    "multilabel_margin_loss": [lambda: [leaf(3), places(0, 2, -1)]],
    "cosine_embedding_loss": [lambda: [leaf(2, 3), leaf(2, 3), leaf(2)]],
    "_trilinear": [lambda: [leaf(2, 3), leaf(4, 3, 2), leaf(2, 2), (1, 3), (0,), (1, 2), (2, 3)]],
    "bilinear": [lambda: [leaf(2, 3), leaf(2, 2), leaf(4, 3, 2), leaf(4)]],
    "mm": [lambda: [leaf(2, 3), leaf(3, 2)]],
    "_foreach_mm": [lambda: [[leaf(2, 3), leaf(1, 2)], [leaf(3, 2), leaf(2, 2)]]],
    "mv": [lambda: [leaf(2, 3), leaf(3)]],
    "vdot": [lambda: [leaf(3), leaf(3)]],
    "dot": [lambda: [leaf(3), leaf(3)]],
    "bmm": [lambda: [leaf(2, 2, 3), leaf(2, 3, 2)]],
    "addmm": [lambda: [leaf(2), leaf(2, 3), leaf(3, 2)], lambda: [leaf(2, 2), leaf(2, 3), leaf(3, 2), {"alpha": 2}]],
    "addmv": [lambda: [leaf(2), leaf(2, 3), leaf(3)]],
    "addbmm": [lambda: [leaf(2), leaf(2, 2, 3), leaf(2, 3, 2)], lambda: [leaf(2, 2), leaf(4, 2, 3), leaf(4, 3, 2)]],
    "baddbmm": [
        lambda: [leaf(2), leaf(2, 2, 3), leaf(2, 3, 2)],
        lambda: [leaf(2, 2, 2), leaf(2, 2, 3), leaf(2, 3, 2)],
    ],
    "linear": [lambda: [leaf(2, 3), leaf(2, 3), leaf(2)], lambda: [leaf(4, 2, 3), leaf(2, 3)]],
    **{
        f"{name}": [lambda: [square(3)]]
        for name in (
            "_linalg_det",
            "linalg_det",
            "det",
            "_linalg_slogdet",
            "linalg_slogdet",
            "slogdet",
            "logdet",
            "linalg_inv_ex",
            "linalg_inv",
            "inverse",
            "linalg_cholesky_ex",
            "linalg_cholesky",
            "cholesky",
            "_linalg_eigh",
            "linalg_eigh",
            "linalg_eigvalsh",
            "linalg_eig",
            "_linalg_eigvals",
            "linalg_eigvals",
            "linalg_matrix_exp",
            "matrix_exp",
            "linalg_cond",
        )
    },
    "linalg_cond.p_str": [lambda: [square(3), "fro"]],
    "linalg_matrix_power": [lambda: [square(3), 2]],
    "matrix_power": [lambda: [square(3), 2]],
    "linalg_matrix_norm": [lambda: [square(3), 1]],
    "linalg_matrix_norm.str_ord": [lambda: [square(3), "nuc"]],
    "linalg_norm.ord_str": [lambda: [square(3), "fro"]],
    "_linalg_solve_ex": [lambda: [square(3), leaf(3, 2)]],
    "linalg_solve_ex": [lambda: [square(3), leaf(3, 2)]],
    "linalg_solve": [lambda: [square(3), leaf(3)]],
    "linalg_lu_solve": [lambda: [square(3), places(1, 2, 3).int(), leaf(3, 2)]],
    "lu_solve": [lambda: [leaf(3, 2), square(3), places(1, 2, 3).int()]],
    "lu_unpack": [lambda: [square(3), places(1, 2, 3).int()]],
    "linalg_solve_triangular": [lambda: [square(3), leaf(3, 2), {"upper": True}]],
    "cholesky_inverse": [lambda: [square(3).tril()]],
    "cholesky_solve": [lambda: [leaf(3, 2), square(3).tril()]],
    "geqrf": [lambda: [leaf(3, 2)]],
    "linalg_householder_product": [lambda: [leaf(3, 2), leaf(2)]],
    "orgqr": [lambda: [leaf(3, 2), leaf(2)]],
    "ormqr": [lambda: [leaf(3, 2), leaf(2), leaf(3, 4)], lambda: [leaf(3, 2), leaf(2), leaf(4, 3), False, True]],
    "linalg_ldl_factor": [lambda: [square(3)]],
    "linalg_ldl_factor_ex": [lambda: [square(3)]],
    "linalg_ldl_solve": [lambda: [square(3).tril(), places(1, 2, 3).int(), leaf(3, 2)]],
    "linalg_lstsq": [lambda: [leaf(3, 2), leaf(3, 2)], lambda: [leaf(3, 2), leaf(3), {"driver": "gelsd"}]],
    "linalg_tensorinv": [lambda: [square(6).reshape(2, 3, 6)]],
    "linalg_tensorsolve": [lambda: [square(6).reshape(2, 3, 6), leaf(2, 3)]],
    "triangular_solve": [lambda: [leaf(3, 2), square(3)]],
    "_lu_with_info": [lambda: [square(3)]],
    "dsplit.array": [lambda: [leaf(2, 2, 2), (1,)]],
    "dsplit.int": [lambda: [leaf(2, 2, 2), 2]],
    "scatter_reduce.two": [lambda: [leaf(3, 2), 0, places(0, 2).view(1, 2), leaf(1, 2), "amax"]],
    "diagonal_scatter": [lambda: [leaf(2, 3), leaf(2)]],
    "linalg_cross": [lambda: [leaf(2, 3), leaf(2, 3)]],
    "linalg_qr": [lambda: [leaf(3, 2)]],
    "linalg_svd": [lambda: [leaf(3, 2)]],
    "_linalg_svd": [lambda: [leaf(3, 2)]],
    "block_diag": [lambda: [[leaf(2, 2), leaf(1, 3)]]],
    "linalg_multi_dot": [lambda: [[leaf(2, 3), leaf(3, 2)]]],
    "tensordot": [lambda: [leaf(2, 3), leaf(3, 2), (1,), (0,)]],
    "addr": [lambda: [leaf(2, 3), leaf(2), leaf(3)]],
    "_cdist_forward": [lambda: [leaf(2, 3), leaf(4, 3), 2.0, None]],
    "_cdist_backward": [lambda: [leaf(2, 4), leaf(2, 3), leaf(4, 3), 1.0, leaf(2, 4)]],
    "renorm": [lambda: [leaf(2, 3), 2, 0, 1.0]],
    "_histogramdd_from_bin_tensors": [lambda: [leaf(2, 2), [leaf(2), leaf(3)]]],
    "histogram.bins_tensor": [lambda: [leaf(2, 2), leaf(3)]],
    "bincount": [lambda: [places(0, 2)]],
    "searchsorted.Scalar": [lambda: [places(0, 2), 1]],
    "unfold": [lambda: [leaf(4, 2), 0, 2, 1]],
    "where": [lambda: [leaf(2, 2) > 0]],
    "random": [lambda: [leaf(2, 3)]],
    "random.to": [lambda: [leaf(2, 3), 5]],
    "random_.to": [lambda: [leaf(2, 3).detach(), 5]],
    "index_fill.int_Tensor": [lambda: [leaf(2, 3), 1, places(0, 2), leaf()]],
    "bernoulli": [lambda: [leaf(2, 2).detach().sigmoid()]],
    "multinomial": [lambda: [leaf(2, 2).detach().sigmoid(), 2, True]],
    "as_strided": [lambda: [leaf(2, 3), (2, 2), (1, 1), 1]],
    "normal_functional": [lambda: [leaf(2, 3), 1.0, 2.0]],
    "uniform": [lambda: [leaf(2, 3), -1.0, 1.0]],
    "random.from": [lambda: [leaf(2, 3), 0, 5]],
}
