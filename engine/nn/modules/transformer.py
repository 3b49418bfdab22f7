"""Encoders and decoders made of attention and of networks applied at each place (Vaswani et al., 2017)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

from ...ops.creation import full
from ...tensor import Tensor
from ...tensor_base import GRAD
from ...warning import warn
from .. import functional as F
from .. import init
from ..functions.attention import added_mask
from .activation import GELU, ReLU
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}


def _activation(given: str | Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """An activation by its name, or itself."""
    if not isinstance(given, str):
        return given
    if given not in _ACTIVATIONS:
        raise RuntimeError(f"activation should be relu/gelu, not {given}")
    return _ACTIVATIONS[given]


class TransformerEncoderLayer(Module):
    """Attention, then two affine maps with an activation between them; each added to its input and normalised.

    Shapes: ``(L, N, d_model)``, or ``(N, L, d_model)`` if ``batch_first``, or ``(L, d_model)``, in and out.

    Args:
        d_model: features.
        nhead: heads of the attention.
        dim_feedforward: features between the two maps.
        dropout: in training, of weights, of what is between the maps, and of what is added.
        activation: ``relu``, ``gelu``, or a function.
        layer_norm_eps: of the normalisations.
        batch_first: the order of the dimensions.
        norm_first: normalise what goes in, not the sum.
        bias: whether maps and normalisations have one.

    Raises:
        RuntimeError: for another name of an activation.
    """

    __constants__ = ("norm_first",)

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        options: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first, **options)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, **options)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, **options)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        activation = _activation(activation)
        if activation is F.relu or isinstance(activation, ReLU):
            self.activation_relu_or_gelu = 1
        else:
            self.activation_relu_or_gelu = 2 if activation is F.gelu or isinstance(activation, GELU) else 0
        self.activation = activation

    def forward(
        self, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The layer's value; the masks are as in `MultiheadAttention`."""
        padding = added_mask(src_key_padding_mask, "src_key_padding_mask", src, src_mask, "src_mask")
        mask = added_mask(src_mask, "src_mask", src)
        if self.norm_first:
            src = src + self._attended(self.norm1(src), mask, padding, is_causal)
            return src + self._fed_forward(self.norm2(src))
        src = self.norm1(src + self._attended(src, mask, padding, is_causal))
        return self.norm2(src + self._fed_forward(src))

    def _attended(self, x: Tensor, mask: Tensor | None, padding: Tensor | None, is_causal: bool) -> Tensor:
        found, _ = self.self_attn(
            x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False, is_causal=is_causal
        )
        return self.dropout1(found)

    def _fed_forward(self, x: Tensor) -> Tensor:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


def _why_not_nested(layer: Module) -> str:
    """What keeps torch from leaving padded places out with layers of this kind; empty if nothing does."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer was not TransformerEncoderLayer"
    attention = layer.self_attn
    if layer.norm_first:
        return "encoder_layer.norm_first was True"
    if not attention.batch_first:
        return "encoder_layer.self_attn.batch_first was not True(use batch_first for better inference performance)"
    if attention.in_proj_bias is None:
        return "encoder_layer.self_attn was passed bias=False"
    if not layer.activation_relu_or_gelu:
        return "encoder_layer.activation_relu_or_gelu was not True"
    if attention.num_heads % 2:
        return "encoder_layer.self_attn.num_heads is odd"
    return ""


class TransformerEncoder(Module):
    """Layers one after the other.

    Args:
        encoder_layer: of which each layer is a copy.
        num_layers: how many.
        norm: applied at the end.
        enable_nested_tensor: in evaluation, where nothing is recorded, zero what is padded at the end: torch leaves it
            out, in nested tensors.
        mask_check: first see that what is padded is at the end.
    """

    __constants__ = ("norm",)

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm
        self.enable_nested_tensor = enable_nested_tensor
        why_not = _why_not_nested(encoder_layer)
        self.use_nested_tensor = enable_nested_tensor and not why_not
        self.mask_check = mask_check
        if enable_nested_tensor and why_not:
            warn(f"enable_nested_tensor is True, but self.use_nested_tensor is False because {why_not}")

    def forward(
        self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:  # fmt: skip
        """The last layer's value; the masks are as in `MultiheadAttention`.

        Without ``is_causal``, a mask is looked at: whether it is the causal one.
        """
        padding = added_mask(src_key_padding_mask, "src_key_padding_mask", src, mask, "mask")
        mask = added_mask(mask, "mask", src)
        if is_causal is None:
            is_causal = _is_causal(mask, _length(src, self.layers[0].self_attn.batch_first))
        output = src
        for layer in self.layers:
            output = layer(output, src_mask=mask, is_causal=is_causal, src_key_padding_mask=padding)
        if padding is not None and mask is None and self._leaves_out(src, padding):
            output = output.masked_fill(padding.ne(0).unsqueeze(-1), 0)
        return output if self.norm is None else self.norm(output)

    def _leaves_out(self, src: Tensor, padding: Tensor) -> bool:
        """Whether padded places are zero in the end."""
        if not self.use_nested_tensor or self.training or src.dim() != 3:
            return False
        if GRAD.get() and any(one.requires_grad for one in (src, *self.layers.parameters())):
            return False
        padded = padding.ne(0)
        return not self.mask_check or not (padded[:, :-1] & ~padded[:, 1:]).any()


def _length(x: Tensor, batch_first: bool) -> int:
    """How many places a sequence has."""
    return x.shape[1] if x.dim() == 3 and batch_first else x.shape[0]


def _is_causal(mask: Tensor | None, size: int) -> bool:
    """Whether it is the causal mask of this size."""
    return mask is not None and mask.shape == (size, size) and bool(mask.eq(_causal(size, dtype=mask.dtype)).all())


def _causal(size: int, device: Any = None, dtype: Any = None) -> Tensor:
    """``-inf`` above the diagonal, zero elsewhere."""
    return full((size, size), -math.inf, dtype=dtype, device=device).triu(1)


class TransformerDecoderLayer(Module):
    """Attention to itself, attention to a memory, then two affine maps; each added to its input and normalised.

    Shapes: as of `TransformerEncoderLayer`; the memory may have another length.

    Args:
        d_model: features.
        nhead: heads of each attention.
        dim_feedforward: features between the two maps.
        dropout: in training, of weights, of what is between the maps, and of what is added.
        activation: ``relu``, ``gelu``, or a function.
        layer_norm_eps: of the normalisations.
        batch_first: the order of the dimensions.
        norm_first: normalise what goes in, not the sum.
        bias: whether maps and normalisations have one.

    Raises:
        RuntimeError: for another name of an activation.
    """

    __constants__ = ("norm_first",)

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        options: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first, **options)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first, **options)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, **options)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, **options)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, **options)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The layer's value; the masks are as in `MultiheadAttention`."""

        def own(x: Tensor) -> Tensor:
            return self._attended(self.self_attn, x, x, tgt_mask, tgt_key_padding_mask, tgt_is_causal)

        def across(x: Tensor) -> Tensor:
            masks = (memory_mask, memory_key_padding_mask)
            return self._attended(self.multihead_attn, x, memory, *masks, memory_is_causal)

        parts = (
            (own, self.norm1, self.dropout1), (across, self.norm2, self.dropout2),
            (self._fed_forward, self.norm3, self.dropout3),
        )  # fmt: skip
        for part, norm, dropout in parts:
            tgt = tgt + dropout(part(norm(tgt))) if self.norm_first else norm(tgt + dropout(part(tgt)))
        return tgt

    def _attended(
        self, attention: Module, x: Tensor, memory: Tensor, mask: Tensor | None, padding: Tensor | None,
        is_causal: bool,
    ) -> Tensor:  # fmt: skip
        found, _ = attention(
            x, memory, memory, attn_mask=mask, key_padding_mask=padding, is_causal=is_causal, need_weights=False
        )
        return found

    def _fed_forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerDecoder(Module):
    """Layers one after the other, each with the same memory.

    Args:
        decoder_layer: of which each layer is a copy.
        num_layers: how many.
        norm: applied at the end.
    """

    __constants__ = ("norm",)

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Tensor | None = None, memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The last layer's value; the masks are as in `MultiheadAttention`.

        Without ``tgt_is_causal``, ``tgt_mask`` is looked at: whether it is the causal one.
        """
        if tgt_is_causal is None:
            tgt_is_causal = _is_causal(tgt_mask, _length(tgt, self.layers[0].self_attn.batch_first))
        output = tgt
        for layer in self.layers:
            output = layer(
                output, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """An encoder, and a decoder that attends to what it gives.

    Shapes: source ``(S, N, d_model)`` and target ``(T, N, d_model)``, with ``N`` first if ``batch_first``, or without;
    the result is shaped as the target.

    Args:
        d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias: of all
            layers.
        num_encoder_layers: of the encoder.
        num_decoder_layers: of the decoder.
        custom_encoder: in the encoder's place.
        custom_decoder: in the decoder's place.

    Raises:
        RuntimeError: when called, for batches that differ, or features that are not ``d_model``.
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: str | Callable[[Tensor], Tensor] = F.relu,
        custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        options: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first)
        if custom_encoder is None:
            layer: Module = TransformerEncoderLayer(*sizes, **options)
            norm = LayerNorm(d_model, eps=layer_norm_eps, **options)
            custom_encoder = TransformerEncoder(layer, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            layer = TransformerDecoderLayer(*sizes, **options)
            norm = LayerNorm(d_model, eps=layer_norm_eps, **options)
            custom_decoder = TransformerDecoder(layer, num_decoder_layers, norm)
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None, tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None, memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Tensor:  # fmt: skip
        """The decoder's value for the target, given the encoder's for the source."""
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )  # fmt: skip

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """A mask ``(sz, sz)`` by which no place sees a later one: ``-inf`` there, zero elsewhere."""
        return _causal(sz, device, dtype)

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() > 1:
                init.xavier_uniform_(parameter)
