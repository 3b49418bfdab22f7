"""Recurrent networks.  What a step computes is in ``ops/recurrent.py``.

Source: ``torch.nn.RNN``, ``LSTM``, ``GRU`` and their cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from numbers import Number
from typing import Any, ClassVar

from ...dispatch.autocast import AUTOCAST
from ...ops import recurrent
from ...ops.creation import empty, zeros
from ...tensor import Tensor
from ...warning import warn
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

_NETWORKS: dict[str, Callable[..., tuple[Tensor, ...]]] = {
    "RNN_TANH": recurrent.rnn_tanh, "RNN_RELU": recurrent.rnn_relu, "LSTM": recurrent.lstm, "GRU": recurrent.gru,
}  # fmt: skip
_GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


def _draw(module: Module, hidden_size: int) -> None:
    bound = 1.0 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for weight in module.parameters():
        init.uniform_(weight, -bound, bound)


def _check_type(name: str, value: Any, wanted: type) -> None:
    if not isinstance(value, wanted):
        raise TypeError(f"{name} should be of type {wanted.__name__}, got: {type(value).__name__}")


_FLAT = ("_flat_weights_names", "_all_weights", "_flat_weights")


class RNNBase(Module):
    """Layers of a recurrent network over a sequence.

    Shapes: input ``(L, N, input_size)``, ``(N, L, input_size)`` if ``batch_first``, or ``(L, input_size)``; output the
    same with ``directions * hidden_size``; states ``(layers * directions, N, hidden_size)``.  Sequences of several
    lengths go in and come out as a `PackedSequence`.  With ``proj_size``, which only `LSTM` takes, that is the size of
    outputs and of ``h``.

    Raises:
        TypeError, ValueError: for sizes and options that cannot be.
    """

    __constants__: ClassVar = [
        "mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional",
        "proj_size",
    ]  # fmt: skip

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, float(dropout), bidirectional
        self.proj_size = proj_size
        self._check_options(dropout)
        if mode not in _GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}")
        rows, outputs = _GATES[mode] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            columns = input_size if layer == 0 else outputs * (1 + bidirectional)
            for direction in range(1 + bidirectional):
                shapes: list[tuple[int, ...]] = [(rows, columns), (rows, outputs), *[(rows,)] * (2 * bias)]
                shapes += [(proj_size, hidden_size)] * (proj_size > 0)
                for name, shape in zip(self._names(layer, direction), shapes, strict=True):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _check_options(self, dropout: Any) -> None:
        if not isinstance(dropout, Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:  # type: ignore[operator]
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if self.dropout and self.num_layers == 1:
            warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={self.num_layers}"
            )
        _check_type("bias", self.bias, bool)
        _check_type("batch_first", self.batch_first, bool)
        for name in ("input_size", "hidden_size"):
            value = getattr(self, name)
            _check_type(name, value, int)
            if value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")

    def _names(self, layer: int, direction: int) -> list[str]:
        kinds = ["weight_ih", "weight_hh", *["bias_ih", "bias_hh"][: 2 * self.bias]]
        kinds += ["weight_hr"] * (self.proj_size > 0)
        return [f"{kind}_l{layer}{'_reverse' * direction}" for kind in kinds]

    def _places(self) -> Iterator[tuple[int, int]]:
        return ((layer, direction) for layer in range(self.num_layers) for direction in range(1 + self.bidirectional))

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in self._names(*place)] for place in self._places()]

    @property
    def _all_weights(self) -> list[list[str]]:
        """The names of the parameters of each layer and direction."""
        return [[*self._names(*place)] for place in self._places()]

    @property
    def _flat_weights_names(self) -> list[str]:
        """The names of all parameters."""
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Parameter]:
        """All parameters."""
        return [getattr(self, name) for name in self._flat_weights_names]

    def reset_parameters(self) -> None:
        """Draw all parameters."""
        _draw(self, self.hidden_size)

    def __getstate__(self) -> dict[str, Any]:
        """What torch's has besides: without it torch does not read the module from a file."""
        return {**vars(self), **{name: getattr(self, name) for name in _FLAT}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        kept = {name: value for name, value in state.items() if name not in _FLAT}
        parent: Any = super()
        parent.__setstate__(kept) if hasattr(parent, "__setstate__") else vars(self).update(kept)

    def flatten_parameters(self) -> None:
        """Nothing: the parameters need not lie beside each other."""

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise unless the input has the dtype of the weights, the rank of its kind, and ``input_size`` features."""
        wanted = self.weight_ih_l0._dtype
        if input._dtype is not wanted and AUTOCAST.get() is None:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({wanted}). Convert input: "
                f"input.to({wanted}), or convert model: model.to({input.dtype})"
            )
        rank = 3 if batch_sizes is None else 2
        if input.dim() != rank:
            raise RuntimeError(f"input must have {rank} dimensions, got {input.dim()}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Raise unless a state has this shape."""
        if hx.shape != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def _check_ranks(self, states: Sequence[Tensor], batched: bool) -> None:
        """Raise unless the states that were given fit the input's rank."""
        rank = 3 if batched else 2
        if any(one.dim() != rank for one in states):
            found = ", ".join(f"{one.dim()}-D" for one in states)
            if len(states) > 1:
                names, found, noun = "hx and cx", f"({found})", "tensors"
            else:
                names, noun = "hx", "tensor"
            kind = "batched 3-D" if batched else "unbatched 2-D"
            raise RuntimeError(f"For {kind} input, {names} should also be {rank}-D but got {found} {noun}")

    def _run(self, input: Any, states: list[Tensor] | None) -> tuple[Any, list[Tensor]]:
        """The output and the last states, each ``(layers * directions, N, hidden_size)``."""
        packed = input if isinstance(input, PackedSequence) else None
        squeezed = None
        if packed is not None:
            input = packed.data
            batch = int(packed.batch_sizes[0])
        else:
            if input.dim() not in (2, 3):
                kind = "tensor " if self.mode.startswith("RNN") else ""
                raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D {kind}instead")
            batched = input.dim() == 3
            self._check_ranks(states or (), batched)
            if not batched:
                squeezed = 0 if self.batch_first else 1
                input, states = input.unsqueeze(squeezed), states and [one.unsqueeze(1) for one in states]
            batch = input.shape[0 if self.batch_first else 1]
        places = self.num_layers * (1 + self.bidirectional)
        shapes = [(places, batch, self.proj_size or self.hidden_size), (places, batch, self.hidden_size)]
        shapes = shapes[: 1 + (self.mode == "LSTM")]
        if states is None:
            states = [zeros(shape, dtype=input.dtype, device=input.device) for shape in shapes]
        elif packed is not None:
            states = _permuted(states, packed.sorted_indices)
        self.check_input(input, None if packed is None else packed.batch_sizes)
        for place, (one, shape) in enumerate(zip(states, shapes, strict=True)):
            which = f"hidden[{place}]" if len(shapes) > 1 else "hidden"
            self.check_hidden_size(one, shape, f"Expected {which} size {{}}, got {{}}")
        weights = [weight for group in self.all_weights for weight in group]
        given = [states if self.mode == "LSTM" else states[0], weights, self.bias, self.num_layers, self.dropout]
        given += [self.training, self.bidirectional]
        network = _NETWORKS[self.mode]
        if packed is not None:
            output, *ends = network(input, packed.batch_sizes, *given)
            return packed._replace(data=output), _permuted(ends, packed.unsorted_indices)
        output, *ends = network(input, *given, self.batch_first)
        if squeezed is None:
            return output, ends
        return output.squeeze(squeezed), [one.squeeze(1) for one in ends]

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Any]:
        """The outputs of the last layer, and the last state of each."""
        output, (h,) = self._run(input, None if hx is None else [hx])
        return output, h

    def extra_repr(self) -> str:
        """Sizes, and the options that are not the default's."""
        usual = {
            "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False,
        }  # fmt: skip
        shown = [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *shown])


def _permuted(states: Sequence[Tensor], permutation: Tensor | None) -> list[Tensor]:
    """The states with their batch in another order."""
    return list(states) if permutation is None else [one.index_select(1, permutation) for one in states]


def _refuse_projection(options: dict[str, Any]) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """A plain recurrent network, with ``tanh`` or ``relu``.

    Raises:
        ValueError: for another ``nonlinearity``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        if len(args) > 3:
            self.nonlinearity = args[3]
            args = (*args[:3], *args[4:])
        else:
            self.nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if self.nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{self.nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{self.nonlinearity.upper()}", *args, **kwargs)


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The outputs of the last layer, and the last states ``(h, c)``."""
        output, states = self._run(input, None if hx is None else [hx[0], hx[1]])
        return output, tuple(states)


class GRU(RNNBase):
    """Gated recurrent units (Cho et al., 2014)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """One step of a layer, on ``(N, input_size)`` or ``(input_size,)``."""

    __constants__: ClassVar = ["input_size", "hidden_size", "bias"]

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        options = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty((rows, input_size), **options))
        self.weight_hh = Parameter(empty((rows, hidden_size), **options))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, **options)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters."""
        _draw(self, self.hidden_size)

    def _step(self, cell: Callable[..., Any], input: Tensor, states: Sequence[Tensor] | None, names: list[str]) -> Any:
        """The cell's value on a batch, or on a batch of one that is taken off again.

        Args:
            cell: computes it.
            input: ``(N, input_size)`` or ``(input_size,)``.
            states: one for each name; None for zeros.
            names: by which errors call the states.
        """
        if input.dim() not in (1, 2):
            raise ValueError(f"{self._get_name()}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for name, one in zip(names, () if states is None else states, strict=False):
            if one.dim() not in (1, 2):
                raise ValueError(f"{self._get_name()}: Expected {name} to be 1D or 2D, got {one.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input, states = input.unsqueeze(0), None if states is None else [one.unsqueeze(0) for one in states]
        if states is None:
            states = [zeros((input.shape[0], self.hidden_size), dtype=input.dtype, device=input.device)] * len(names)
        hx = states if len(names) > 1 else states[0]
        found = cell(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        if batched:
            return found
        return found.squeeze(0) if isinstance(found, Tensor) else tuple(one.squeeze(0) for one in found)

    def extra_repr(self) -> str:
        """Sizes, and whether there is no bias."""
        bias = "" if self.bias is True else f", bias={self.bias}"
        return f"{self.input_size}, {self.hidden_size}{bias}"


class RNNCell(RNNCellBase):
    """One step of a plain recurrent network."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        return self._step(self._cell, input, None if hx is None else [hx], ["hidden"])

    def _cell(self, *args: Any) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return (recurrent.rnn_tanh_cell if self.nonlinearity == "tanh" else recurrent.rnn_relu_cell)(*args)

    def extra_repr(self) -> str:
        """Sizes, and the options that are not the default's."""
        tanh = self.nonlinearity == "tanh"
        return super().extra_repr() + ("" if tanh else f", nonlinearity={self.nonlinearity}")


class LSTMCell(RNNCellBase):
    """One step of an LSTM."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Tensor]:
        """The next states ``(h, c)``."""
        return self._step(recurrent.lstm_cell, input, hx, ["hx[0]", "hx[1]"])


class GRUCell(RNNCellBase):
    """One step of a GRU."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        return self._step(recurrent.gru_cell, input, None if hx is None else [hx], ["hidden"])
