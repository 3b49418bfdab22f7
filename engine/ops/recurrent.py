"""Recurrent networks, and sequences of several lengths packed for them.

One step of a layer, with gates by rows of the weights in torch's order:

    RNN     h' = tanh(a)                                 a = x @ w_ih.T + b_ih + h @ w_hh.T + b_hh
    LSTM    c' = f * c + i * g,  h' = o * tanh(c')       a is i, f, g, o; g by tanh, the others by sigmoid
    GRU     h' = n + z * (h - n)                         n = tanh(x's part + r * h's part); r, z by sigmoid

The input's part of all steps is one product.  Graphs are torch's: a step is recorded operation by operation, but for
the layers of an LSTM in float32, which torch leaves to oneDNN and records as one node each.

Source: ``torch.nn.RNN``, ``LSTM``, ``GRU``, their cells, and ``torch.nn.utils.rnn``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ..declare.op import op
from ..dtypes import float32, int64
from ..formulas.recurrent import lstm_layer_backward
from ..kernels import recurrent as kernels
from ..tensor import Tensor
from ..warning import warn
from .data import tensor as make_tensor
from .dropout import dropout as drop
from .joining import cat, stack
from .matmul import linear
from .parts import unsafe_chunk

Weights = tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None]
"""``w_ih``, ``w_hh``, ``b_ih``, ``b_hh``, ``w_hr`` of one layer and direction."""
State = tuple[Tensor, ...]
"""``(h,)``, or ``(h, c)`` of an LSTM."""
Step = Callable[[Tensor, State, Weights], State]
"""From the input's part of the gates and the state to the next state."""


def _simple(activation: Callable[[Tensor], Tensor]) -> Step:
    def step(given: Tensor, state: State, weights: Weights) -> State:
        return (activation(linear(state[0], weights[1], weights[3]).add_(given)),)

    return step


def _lstm_step(given: Tensor, state: State, weights: Weights) -> State:
    i, f, g, o = unsafe_chunk(linear(state[0], weights[1], weights[3]).add_(given), 4, 1)
    c = (f.sigmoid_() * state[1]).add_(i.sigmoid_() * g.tanh_())
    h = o.sigmoid_() * c.tanh()
    return (h if weights[4] is None else h.matmul(weights[4].t())), c


def _gru_step(given: Tensor, state: State, weights: Weights) -> State:
    (h,) = state
    x_r, x_z, x_n = unsafe_chunk(given, 3, 1)
    h_r, h_z, h_n = unsafe_chunk(linear(h, weights[1], weights[3]), 3, 1)
    r = h_r.add_(x_r).sigmoid_()
    z = h_z.add_(x_z).sigmoid_()
    n = x_n.add(h_n.mul_(r)).tanh_()
    return ((h - n).mul_(z).add_(n),)


STEPS: dict[str, Step] = {
    "rnn_tanh": _simple(lambda gates: gates.tanh()), "rnn_relu": _simple(lambda gates: gates.relu()),
    "lstm": _lstm_step, "gru": _gru_step,
}  # fmt: skip


# One direction of a layer, by what kind of sequence it runs over.


def _over_steps(step: Step, input: Tensor, state: State, weights: Weights, reverse: bool) -> tuple[Tensor, State]:
    given = linear(input, weights[0], weights[2]).unbind(0)
    found = []
    for one in given[:: -1 if reverse else 1]:
        state = step(one, state, weights)
        found.append(state[0])
    return stack(found[:: -1 if reverse else 1]), state


def _over_packed(
    step: Step, input: Tensor, state: State, weights: Weights, reverse: bool, sizes: Sequence[int]
) -> tuple[Tensor, State]:
    """A batch whose sequences end one after the other; in reverse, begin so."""
    given = linear(input, weights[0], weights[2])
    found, ended = [], []
    start, whole = (len(input), state) if reverse else (0, state)
    running = sizes[-1] if reverse else sizes[0]
    if reverse:
        state = tuple(one.narrow(0, 0, running) for one in whole)
    for size in sizes[:: -1 if reverse else 1]:
        if size < running:
            ended.append(tuple(one.narrow(0, size, running - size) for one in state))
            state = tuple(one.narrow(0, 0, size) for one in state)
        elif size > running:
            joining = [one.narrow(0, running, size - running) for one in whole]
            state = tuple(cat(pair) for pair in zip(state, joining, strict=True))
        start -= size * reverse
        state = step(given.narrow(0, start, size), state, weights)
        start += size * (not reverse)
        running = size
        found.append(state[0])
    if not reverse:
        parts = [*ended, state][::-1]
        state = tuple(cat(list(one)) for one in zip(*parts, strict=True))
    return cat(found[:: -1 if reverse else 1]), state


def _layers(
    run: Callable[[Tensor, State, Weights, bool], tuple[Tensor, State]], input: Tensor, states: Sequence[Tensor],
    params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float, train: bool, bidirectional: bool,
    projected: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """All layers, one over the other: the output, and the last state of each layer and direction."""
    directions = 1 + bidirectional
    count = 2 + 2 * has_biases + projected
    if len(params) != num_layers * directions * count:
        raise RuntimeError("got an incorrect number of RNN parameters")
    starts = list(zip(*(one.unbind(0) for one in states), strict=True))
    ends = []
    for layer in range(num_layers):
        outputs = []
        for direction in range(directions):
            place = layer * directions + direction
            own = list(params[place * count : (place + 1) * count])
            last = own.pop() if projected else None
            biases = own[2:] if has_biases else [None, None]
            output, end = run(input, starts[place], (own[0], own[1], biases[0], biases[1], last), direction == 1)
            outputs.append(output)
            ends.append(end)
        input = outputs[0] if directions == 1 else cat(outputs, outputs[0].dim() - 1)
        if dropout and train and layer < num_layers - 1:
            input = drop(input, dropout, True)
    return input, *(stack(list(one)) for one in zip(*ends, strict=True))


# The layer of an LSTM that is one operation.

mkldnn_rnn_layer = op(
    "mkldnn_rnn_layer(Tensor input, Tensor weight0, Tensor weight1, Tensor weight2, Tensor weight3, Tensor hx_, "
    "Tensor cx_, bool reverse, int[] batch_sizes, int mode, int hidden_size, int num_layers, bool has_biases, "
    "bool bidirectional, bool batch_first, bool train) -> (Tensor, Tensor, Tensor, Tensor)",
    lambda input, w_ih, w_hh, b_ih, b_hh, h, c, reverse, *_: (
        *kernels.lstm_layer(input, w_ih, w_hh, b_ih, b_hh, h, c, reverse), input[:0]),
    jointly=lambda grads, input, weight0, weight1, weight2, weight3, hx_, cx_, result0, result1, result2, result3,
    reverse, batch_sizes, mode, hidden_size, num_layers, has_biases, bidirectional, batch_first, train: (
        lstm_layer_backward(grads, input, (weight0, weight1, weight2, weight3), hx_, cx_, result0, reverse)),
    method=False, forward=False,
)  # fmt: skip

_LSTM_MODE = 2  # by which oneDNN knows an LSTM


def _one_node(
    input: Tensor, state: State, weights: Weights, reverse: bool, *, num_layers: int, bidirectional: bool,
    batch_first: bool, train: bool,
) -> tuple[Tensor, State]:  # fmt: skip
    w_ih, w_hh, b_ih, b_hh, _ = weights
    biased = b_ih is not None
    size = w_hh.shape[1]
    biases = (b_ih, b_hh) if biased else (w_ih.new_zeros(len(w_ih)),) * 2
    output, h, c, _ = mkldnn_rnn_layer(
        input, w_ih, w_hh, *biases, *state, reverse, (), _LSTM_MODE, size, num_layers, biased, bidirectional,
        batch_first, train,
    )  # fmt: skip
    return output, (h, c)


# What torch calls them by.


def _of_input(name: str) -> Callable[..., tuple[Tensor, ...]]:
    step = STEPS[name]

    def call(
        input: Tensor, hx: Any, params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float,
        train: bool, bidirectional: bool, batch_first: bool,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        states = list(hx) if name == "lstm" else [hx]
        projected = name == "lstm" and states[0].shape[2] != states[1].shape[2]
        if batch_first:
            input = input.transpose(0, 1)
        if not len(input):
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        fused = name == "lstm" and input._dtype is float32 and bool(input.numel()) and not input.is_meta
        if fused and projected:
            warn("LSTM with projections is not supported with oneDNN. Using default implementation.", once=True)
            fused = False

        def run(input: Tensor, state: State, weights: Weights, reverse: bool) -> tuple[Tensor, State]:
            if not fused:
                return _over_steps(step, input, state, weights, reverse)
            return _one_node(
                input, state, weights, reverse, num_layers=num_layers, bidirectional=bidirectional,
                batch_first=batch_first, train=train,
            )  # fmt: skip

        output, *ends = _layers(
            run, input, states, params, has_biases, num_layers, dropout, train, bidirectional, projected
        )
        if batch_first:
            output = output.transpose(0, 1) if name == "lstm" else output.transpose_(0, 1)
        return output, *ends

    return call


def _of_data(name: str) -> Callable[..., tuple[Tensor, ...]]:
    step = STEPS[name]

    def call(
        data: Tensor, batch_sizes: Tensor, hx: Any, params: Sequence[Tensor], has_biases: bool, num_layers: int,
        dropout: float, train: bool, bidirectional: bool,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        states = list(hx) if name == "lstm" else [hx]
        projected = name == "lstm" and states[0].shape[2] != states[1].shape[2]
        sizes = batch_sizes.tolist()
        return _layers(
            lambda input, state, weights, reverse: _over_packed(step, input, state, weights, reverse, sizes),
            data, states, params, has_biases, num_layers, dropout, train, bidirectional, projected,
        )  # fmt: skip

    return call


_OPTIONS = "Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional"


def _network(name: str, state: str, results: str) -> Any:
    op(
        f"{name}.data(Tensor data, Tensor batch_sizes, {state} hx, {_OPTIONS}) -> ({results})",
        composite=_of_data(name), method=False,
    )  # fmt: skip
    return op(
        f"{name}.input(Tensor input, {state} hx, {_OPTIONS}, bool batch_first) -> ({results})",
        composite=_of_input(name), method=False,
    )  # fmt: skip


lstm = _network("lstm", "Tensor[]", "Tensor, Tensor, Tensor")
gru = _network("gru", "Tensor", "Tensor, Tensor")
rnn_tanh = _network("rnn_tanh", "Tensor", "Tensor, Tensor")
rnn_relu = _network("rnn_relu", "Tensor", "Tensor, Tensor")


# Cells.


def _check_cell(input: Tensor, state: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor) -> None:
    if input.shape[1] != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {input.shape[1]} expected {w_ih.shape[1]}")
    for place, one in enumerate(state):
        if input.shape[0] != one.shape[0]:
            raise RuntimeError(
                f"Input batch size {input.shape[0]} doesn't match hidden{place} batch size {one.shape[0]}"
            )
        if one.shape[1] != w_hh.shape[1]:
            raise RuntimeError(
                f"hidden{place} has inconsistent hidden_size: got {one.shape[1]}, expected {w_hh.shape[1]}"
            )


def _cell(name: str) -> Callable[..., Any]:
    step = STEPS[name]

    def call(
        input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None
    ) -> Tensor | State:
        state = tuple(hx) if name == "lstm" else (hx,)
        if len(state) != 1 + (name == "lstm"):
            raise RuntimeError("lstm_cell expects two hidden states")
        _check_cell(input, state, w_ih, w_hh)
        found = step(linear(input, w_ih, b_ih), state, (w_ih, w_hh, b_ih, b_hh, None))
        return found if name == "lstm" else found[0]

    return call


_CELL = "Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None"
lstm_cell = op(
    f"lstm_cell(Tensor input, Tensor[] hx, {_CELL}) -> (Tensor, Tensor)", composite=_cell("lstm"), method=False
)
gru_cell = op(f"gru_cell(Tensor input, Tensor hx, {_CELL}) -> Tensor", composite=_cell("gru"), method=False)
rnn_tanh_cell = op(
    f"rnn_tanh_cell(Tensor input, Tensor hx, {_CELL}) -> Tensor", composite=_cell("rnn_tanh"), method=False
)
rnn_relu_cell = op(
    f"rnn_relu_cell(Tensor input, Tensor hx, {_CELL}) -> Tensor", composite=_cell("rnn_relu"), method=False
)


# Packing.


def _check_lengths(input: Tensor, lengths: Tensor, batch_first: bool) -> None:
    if lengths.dim() != 1 or lengths._dtype is not int64:
        kind = lengths.type().removeprefix("torch.").removesuffix("Tensor")
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.dim()}D cpu {kind} tensor"
        )
    batch = input.size(0 if batch_first else 1)
    if not input.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    if len(lengths) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size={batch})"
        )
    values = lengths.tolist()
    if values[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if any(one < other for one, other in itertools.pairwise(values)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you "
            "do not need ONNX exportability."
        )


_pack_padded_sequence = op(
    "_pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first) -> (Tensor, Tensor)", kernels.pack,
    input=lambda grad, input_sym_sizes, result1, batch_first: _pack_padded_sequence_backward(
        grad, input_sym_sizes, result1, batch_first),
    check=_check_lengths, structural=True, method=False, node="PackPaddedSequenceBackward0", forward=False,
)  # fmt: skip


def _unpacked(grad: Tensor, input_size: Sequence[int], batch_sizes: Tensor, batch_first: bool) -> Tensor:
    """The gradient of what was packed, back in its places among zeros."""
    size = [input_size[1], input_size[0], *input_size[2:]] if batch_first else list(input_size)
    found = grad.new_zeros(size)
    start = 0
    for t, count in enumerate(batch_sizes.tolist()[: len(found)]):
        found[t].narrow(0, 0, count).add_(grad.narrow(0, start, count))
        start += count
    return found.transpose(0, 1) if batch_first else found


_pack_padded_sequence_backward = op(
    "_pack_padded_sequence_backward(Tensor grad, SymInt[] input_size, Tensor batch_sizes, bool batch_first) -> Tensor",
    composite=_unpacked, method=False,
)  # fmt: skip


def _lengths(batch_sizes: Tensor) -> Tensor:
    """How long each sequence is."""
    sizes = batch_sizes.tolist()
    return make_tensor([sum(size > place for size in sizes) for place in range(sizes[0])], dtype=int64)


def _pad_packed(
    data: Tensor, batch_sizes: Tensor, batch_first: bool, padding_value: float, total_length: int
) -> tuple[Tensor, Tensor]:
    sizes = batch_sizes.tolist()
    rest = data.shape[1:]
    output = data.new_empty((max(total_length, len(sizes)), sizes[0], *rest)).fill_(padding_value)  # counts as a change
    start = offset = 0
    for t, size in enumerate(sizes):
        if t + 1 < len(sizes) and sizes[t + 1] == size:
            continue
        steps = t + 1 - start
        part = data.narrow(0, offset, steps * size).view((steps, size, *rest))
        output.narrow(0, start, steps).narrow(1, 0, size).copy_(part)
        start, offset = t + 1, offset + steps * size
    return output.transpose(0, 1) if batch_first else output, _lengths(batch_sizes)


_pad_packed_sequence = op(
    "_pad_packed_sequence(Tensor data, Tensor batch_sizes, bool batch_first, Scalar padding_value, int total_length)"
    " -> (Tensor, Tensor)", composite=_pad_packed, method=False,
)  # fmt: skip


def _pad_sequence(sequences: Sequence[Tensor], batch_first: bool, padding_value: float, padding_side: str) -> Tensor:
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not sequences[0].dim():
        raise RuntimeError("ArrayRef: invalid slice, N = 1; size = 0")
    longest = max(len(one) for one in sequences)
    outer = (len(sequences), longest) if batch_first else (longest, len(sequences))
    found = sequences[0].new_empty((*outer, *sequences[0].shape[1:])).fill_(padding_value)
    for place, one in enumerate(sequences):
        start = longest - len(one) if padding_side == "left" else 0
        found.select(0 if batch_first else 1, place).narrow(0, start, len(one)).copy_(one)
    return found


pad_sequence = op(
    'pad_sequence(Tensor[] sequences, bool batch_first=False, float padding_value=0.0, str padding_side="right")'
    " -> Tensor", composite=_pad_sequence, method=False,
)  # fmt: skip
