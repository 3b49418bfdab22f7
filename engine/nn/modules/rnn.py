"""Recurrent networks.

One step of a layer, with gates by rows of the weights in torch's order:

    RNN     h' = tanh(a)                                 a = x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh
    LSTM    c' = f * c + i * g,  h' = o * tanh(c')       a is i, f, g, o; g by tanh, the others by sigmoid
    GRU     h' = n + z * (h - n)                         n = tanh(x's part + r * h's part); r, z by sigmoid

Source: ``torch.nn.RNN``, ``LSTM``, ``GRU`` and their cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from ...ops.creation import empty
from ...ops.joining import cat, stack
from ...tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

Weights = tuple[Tensor, Tensor, Tensor | None, Tensor | None]
"""``weight_ih``, ``weight_hh``, ``bias_ih``, ``bias_hh``."""
State = tuple[Tensor, ...]
"""``(h,)``, or ``(h, c)`` of an LSTM."""
Step = Callable[[Tensor, State, Weights], State]


def _simple(activation: Callable[[Tensor], Tensor]) -> Step:
    def step(x: Tensor, state: State, weights: Weights) -> State:
        w_ih, w_hh, b_ih, b_hh = weights
        return (activation(F.linear(x, w_ih, b_ih) + F.linear(state[0], w_hh, b_hh)),)

    return step


def _lstm(x: Tensor, state: State, weights: Weights) -> State:
    w_ih, w_hh, b_ih, b_hh = weights
    i, f, g, o = (F.linear(x, w_ih, b_ih) + F.linear(state[0], w_hh, b_hh)).chunk(4, -1)
    c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def _gru(x: Tensor, state: State, weights: Weights) -> State:
    w_ih, w_hh, b_ih, b_hh = weights
    (h,) = state
    x_r, x_z, x_n = F.linear(x, w_ih, b_ih).chunk(3, -1)
    h_r, h_z, h_n = F.linear(h, w_hh, b_hh).chunk(3, -1)
    n = (x_n + (x_r + h_r).sigmoid() * h_n).tanh()
    return ((h - n) * (x_z + h_z).sigmoid() + n,)


_STEPS: dict[str, Step] = {"RNN_TANH": _simple(F.tanh), "RNN_RELU": _simple(F.relu), "LSTM": _lstm, "GRU": _gru}
_GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


def _draw(module: Module, hidden_size: int) -> None:
    bound = 1.0 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for weight in module.parameters():
        init.uniform_(weight, -bound, bound)


class RNNBase(Module):
    """Layers of a recurrent network over a sequence.

    Shapes: input ``(L, N, input_size)``, ``(N, L, input_size)`` if ``batch_first``, or ``(L, input_size)``; output the
    same with ``directions * hidden_size``; states ``(layers * directions, N, hidden_size)``.
    """

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, dropout, bidirectional
        rows = _GATES[mode] * hidden_size
        for layer in range(num_layers):
            columns = input_size if layer == 0 else hidden_size * (1 + bidirectional)
            for direction in range(1 + bidirectional):
                shapes: list[tuple[int, ...]] = [(rows, columns), (rows, hidden_size), *[(rows,)] * (2 * bias)]
                for name, shape in zip(self._names(layer, direction), shapes, strict=True):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _names(self, layer: int, direction: int) -> list[str]:
        ends = f"_l{layer}{'_reverse' * direction}"
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh") if self.bias else ("weight_ih", "weight_hh")
        return [kind + ends for kind in kinds]

    def _weights(self, layer: int, direction: int) -> Weights:
        found = [getattr(self, name) for name in self._names(layer, direction)]
        return (*found, None, None)[:4]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [
            [getattr(self, name) for name in self._names(layer, direction)]
            for layer in range(self.num_layers)
            for direction in range(1 + self.bidirectional)
        ]

    def reset_parameters(self) -> None:
        """Draw all parameters."""
        _draw(self, self.hidden_size)

    def flatten_parameters(self) -> None:
        """Nothing: the parameters need not lie beside each other."""

    def _run(self, input: Tensor, states: list[Tensor] | None) -> tuple[Tensor, list[Tensor]]:
        """The output and the last states, each ``(layers * directions, N, hidden_size)``."""
        if input.dim() not in (2, 3):
            raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )
        batched = input.dim() == 3
        if not batched:
            input, states = input.unsqueeze(1), states and [one.unsqueeze(1) for one in states]
        elif self.batch_first:
            input = input.transpose(0, 1)
        directions = 1 + self.bidirectional
        if states is None:
            shape = (self.num_layers * directions, input.shape[1], self.hidden_size)
            states = [input.new_zeros(shape) for _ in range(1 + (self.mode == "LSTM"))]
        last: list[State] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                state: State = tuple(one[layer * directions + direction] for one in states)
                steps = input.unbind(0)[:: -1 if direction else 1]
                found = []
                for x in steps:
                    state = _STEPS[self.mode](x, state, self._weights(layer, direction))
                    found.append(state[0])
                outputs.append(stack(found[:: -1 if direction else 1]))
                last.append(state)
            input = outputs[0] if directions == 1 else cat(outputs, 2)
            if self.dropout and layer < self.num_layers - 1:
                input = F.dropout(input, self.dropout, self.training)
        ends = [stack(one) for one in zip(*last, strict=True)]
        if not batched:
            return input.squeeze(1), [one.squeeze(1) for one in ends]
        return input.transpose(0, 1) if self.batch_first else input, ends

    def forward(self, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Any]:
        """The outputs of the last layer, and the last state of each."""
        output, (h,) = self._run(input, None if hx is None else [hx])
        return output, h

    def extra_repr(self) -> str:
        """Sizes, and the options that are not the default's."""
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False}
        shown = [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *shown])


class RNN(RNNBase):
    """A plain recurrent network, with ``tanh`` or ``relu``."""

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", **options: Any
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, **options)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997)."""

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, **options: Any) -> None:
        super().__init__("LSTM", input_size, hidden_size, num_layers, **options)

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """The outputs of the last layer, and the last states ``(h, c)``."""
        output, states = self._run(input, None if hx is None else list(hx))
        return output, tuple(states)


class GRU(RNNBase):
    """Gated recurrent units (Cho et al., 2014)."""

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, **options: Any) -> None:
        super().__init__("GRU", input_size, hidden_size, num_layers, **options)


class RNNCellBase(Module):
    """One step of a layer, on ``(N, input_size)`` or ``(input_size,)``."""

    _mode: ClassVar[str]

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = _GATES[self._mode] * hidden_size
        options = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty((rows, input_size), **options))
        self.weight_hh = Parameter(empty((rows, hidden_size), **options))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, **options)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters."""
        _draw(self, self.hidden_size)

    def _step(self, input: Tensor, state: State | None) -> State:
        if input.dim() not in (1, 2):
            raise ValueError(f"{self._get_name()}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        if state is None:
            zeros = input.new_zeros((*input.shape[:-1], self.hidden_size))
            state = (zeros, zeros)[: 1 + (self._mode == "LSTM")]
        return self._function()(input, state, (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh))

    def _function(self) -> Step:
        return _STEPS[self._mode]

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Any:
        """The next state."""
        return self._step(input, None if hx is None else (hx,))[0]

    def extra_repr(self) -> str:
        """Sizes, and whether there is no bias."""
        return f"{self.input_size}, {self.hidden_size}{'' if self.bias else ', bias=False'}"


class RNNCell(RNNCellBase):
    """One step of a plain recurrent network."""

    _mode = "RNN_TANH"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", **options: Any
    ) -> None:
        super().__init__(input_size, hidden_size, bias, **options)
        self.nonlinearity = nonlinearity

    def _function(self) -> Step:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return _STEPS[f"RNN_{self.nonlinearity.upper()}"]

    def extra_repr(self) -> str:
        """Sizes, and the options that are not the default's."""
        tanh = self.nonlinearity == "tanh"
        return super().extra_repr() + ("" if tanh else f", nonlinearity={self.nonlinearity}")


class LSTMCell(RNNCellBase):
    """One step of an LSTM."""

    _mode = "LSTM"

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The next states ``(h, c)``."""
        return self._step(input, hx if hx is None else tuple(hx))


class GRUCell(RNNCellBase):
    """One step of a GRU."""

    _mode = "GRU"
