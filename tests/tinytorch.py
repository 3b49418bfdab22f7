"""As much of torch as the harness's own tests need: four operations, backward, and torch's words for what goes wrong.

It is small so that a worker starts in the time that NumPy needs.
"""

import warnings

import numpy as np

__version__ = "2.13.0"


class dtype:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


float32, float64, int64, uint8 = map(dtype, ("float32", "float64", "int64", "uint8"))
_DTYPES = {each.name: each for each in (float32, float64, int64, uint8)}
_state = {"default": float32, "generator": np.random.default_rng(0)}


class Node:
    def __init__(self, kind, inputs, backward):
        self._kind, self._backward = kind, backward
        self.next_functions = tuple((each and each._node(), 0) for each in inputs)

    def name(self):
        return self._kind


class Tensor:
    def __init__(self, data, requires_grad=False, grad_fn=None):
        self._data = data
        self.requires_grad = requires_grad or grad_fn is not None
        self.grad_fn, self._grad, self._version, self.retains_grad = grad_fn, None, 0, False

    dtype = property(lambda self: _DTYPES[str(self._data.dtype)])
    shape = property(lambda self: self._data.shape)
    is_leaf = property(lambda self: self.grad_fn is None)
    device = property(lambda self: "cpu")

    @property
    def grad(self):
        if not self.is_leaf:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. "
                "(Triggered internally at /build/TensorBody.h:493.)",
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value):
        self._grad = value

    def _node(self):
        if self.grad_fn is None and self.requires_grad:
            if not hasattr(self, "_accumulate"):
                self._accumulate = Node("torch::autograd::AccumulateGrad", (), self._add)
                self._accumulate.variable = self
            return self._accumulate
        return self.grad_fn

    def _add(self, grad):
        self._grad = Tensor(grad if self._grad is None else self._grad._data + grad)
        return ()

    def detach(self):
        return Tensor(self._data)

    def numpy(self):
        return self._data

    def backward(self):
        if not self.requires_grad:
            raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
        stack = [(self._node(), np.ones_like(self._data))]
        while stack:
            node, grad = stack.pop()
            grads = node._backward(grad)
            stack.extend((below, each) for (below, _), each in zip(node.next_functions, grads, strict=True) if below)

    def __mul__(self, other):
        if not isinstance(other, Tensor):
            return _record("MulBackward0", (self,), self._data * self._data.dtype.type(other), lambda g: (g * other,))
        a, b = self._data, other._data
        return _record("MulBackward0", (self, other), a * b, lambda g: (g * b, g * a))

    __rmul__ = __mul__

    def __add__(self, other):
        return _record("AddBackward0", (self, other), self._data + other._data, lambda g: (g, g))

    def sum(self):
        data = self._data
        return _record("SumBackward0", (self,), data.sum(), lambda g: (np.broadcast_to(g, data.shape).copy(),))

    def __repr__(self):
        numbers = np.array2string(self._data, separator=", ", formatter={"float_kind": lambda x: f"{x:.4f}"})
        named = "" if self.dtype in (float32, int64) else f", dtype={self.dtype}"
        suffix = f", grad_fn=<{self.grad_fn.name()}>" if self.grad_fn else ", requires_grad=True" * self.requires_grad
        return f"tensor({numbers}{named}{suffix})"


def _record(kind, inputs, data, backward):
    if any(each.requires_grad for each in inputs):
        inputs = [each if each.requires_grad else None for each in inputs]
        return Tensor(np.asarray(data), grad_fn=Node(kind, inputs, backward))
    return Tensor(np.asarray(data))


def tensor(data, dtype=None, requires_grad=False):
    array = np.asarray(data)
    kind = dtype or (_state["default"] if array.dtype.kind == "f" else _DTYPES[str(array.dtype)])
    return Tensor(array.astype(kind.name), requires_grad)


def ones(*shape):
    return tensor(np.ones(shape))


def rand(*shape):
    return tensor(_state["generator"].random(shape))


def manual_seed(seed):
    _state["generator"] = np.random.default_rng(seed)


def get_rng_state():
    return Tensor(np.frombuffer(repr(_state["generator"].bit_generator.state).encode(), np.uint8))


def set_default_dtype(kind):
    _state["default"] = kind
