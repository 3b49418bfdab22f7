"""MyGrad and HIPS autograd as targets."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.targets.capture import observe
from conformance.targets.foreign.facade import Backend, Torch
from conformance.targets.protocol import Description, Inexpressible, Isolation, Unavailable, Value


class Foreign:
    """A target whose cells say `import torch` and get a facade over another engine."""

    isolation: Isolation = "fork"

    def __init__(self, module: str, backend: Callable[[], Backend], lacks: dict[str, str]) -> None:
        self._module, self._backend, self._lacks = module, backend, lacks
        self._facade = f"{module}_as_torch"
        self.imports = {"torch": self._facade, "torchviz": f"{self._facade}.torchviz"}

    def load(self) -> Description:
        """Raises Unavailable where the engine is not installed."""
        if importlib.util.find_spec(self._module) is None:
            raise Unavailable(f"{self._module} is not installed")
        self._torch = sys.modules[self._facade] = Torch(self._facade, self._backend())
        importlib.import_module("engine")  # lays out what is printed
        self.reset(0)
        str(self._torch.ones(1))
        versions = {self._module: importlib.metadata.version(self._module), "python": platform.python_version()}
        return Description(versions={**versions, "numpy": np.__version__}, lacks=self._lacks)

    def reset(self, seed: int) -> None:
        np.random.seed(seed % 2**32)

    def random_state(self) -> object:
        return 0  # nothing here draws

    def state(self) -> object:
        return 0

    def observe(self, value: object) -> Value:
        return observe(value)


def _lacks(name: str) -> dict[str, str]:
    """What is not compared, by aspect, with the reason."""
    words = f"{name} has no words of torch's for what goes wrong"
    return {
        "grad_fn": f"{name} has no grad_fn",
        "graph": f"{name} has no graph to look at",
        "version": f"{name} has no version counters",
        "warnings": f"{name} has no warnings of torch's",
        "error type": words,
        "error message": words,
    }


class MyGrad(Foreign):
    """https://github.com/rsokl/MyGrad"""

    def __init__(self) -> None:
        super().__init__("mygrad", _MyGrad, _lacks("mygrad"))


class Hips(Foreign):
    """https://github.com/HIPS/autograd"""

    def __init__(self) -> None:
        super().__init__("autograd", _Hips, _lacks("autograd"))


class _MyGrad:
    name = "mygrad"

    def __init__(self) -> None:
        self._mygrad: Any = importlib.import_module("mygrad")

    def variable(self, data: Any, requires_grad: bool) -> Any:
        return self._mygrad.tensor(data, constant=not requires_grad, copy=requires_grad)

    def data(self, variable: Any) -> Any:
        return variable.data if isinstance(variable, self._mygrad.Tensor) else variable

    def requires_grad(self, variable: Any) -> bool:
        return isinstance(variable, self._mygrad.Tensor) and not variable.constant

    def function(self, name: str) -> Callable[..., Any] | None:
        found = getattr(self._mygrad, name, None)
        return found if callable(found) else None

    def grad(self, variable: Any) -> Any:
        return variable.grad if isinstance(variable, self._mygrad.Tensor) else None

    def clear(self, variable: Any) -> None:
        variable.null_grad()

    def backward(self, variable: Any, gradient: Any) -> None:
        variable.backward(gradient)

    def grads(self, variable: Any, inputs: list[Any], gradient: Any) -> list[Any]:
        raise Inexpressible("mygrad has no torch.autograd.grad: it writes to .grad only")

    def no_grad(self) -> contextlib.AbstractContextManager[Any]:
        return self._mygrad.no_autodiff


class _Hips:
    """The tape that `autograd.grad` makes and walks, made once for all cells and walked from any tensor.

    Its own interface has no `.grad`: here `backward` adds to it, as torch's does. So it is the gradients' values that
    are compared, and of what a gradient can be taken, not how they are kept.
    """

    name = "autograd"

    def __init__(self) -> None:
        self._numpy: Any = importlib.import_module("autograd.numpy")
        self._core: Any = importlib.import_module("autograd.core")
        self._tracer: Any = importlib.import_module("autograd.tracer")
        self._trace = self._tracer.trace_stack.new_trace().__enter__()
        self._grads: dict[int, tuple[Any, Any]] = {}
        """By the identity of a leaf's node, the node and its gradient."""

    def variable(self, data: Any, requires_grad: bool) -> Any:
        if not requires_grad:
            return data
        return self._tracer.new_box(data, self._trace, self._core.VJPNode.new_root())

    def data(self, variable: Any) -> Any:
        return self._tracer.getval(variable)

    def requires_grad(self, variable: Any) -> bool:
        return bool(self._tracer.isbox(variable))

    def function(self, name: str) -> Callable[..., Any] | None:
        found = getattr(self._numpy, name, None)
        return found if callable(found) else None

    def grad(self, variable: Any) -> Any:
        return self._grads.get(id(getattr(variable, "_node", None)), (None, None))[1]

    def clear(self, variable: Any) -> None:
        self._grads.pop(id(getattr(variable, "_node", None)), None)

    def backward(self, variable: Any, gradient: Any) -> None:
        for node, grad in self._walk(variable, gradient):
            before = self._grads.get(id(node), (node, None))[1]
            if before is None or before.shape != grad.shape:
                self._grads[id(node)] = node, np.array(grad if before is None else before + grad)
            else:
                before[...] += grad

    def grads(self, variable: Any, inputs: list[Any], gradient: Any) -> list[Any]:
        found = {id(node): grad for node, grad in self._walk(variable, gradient)}
        if any(id(getattr(each, "_node", None)) not in found for each in inputs):
            raise Inexpressible("autograd gives zeros for what an output does not depend on")
        return [found[id(each._node)] for each in inputs]

    def no_grad(self) -> contextlib.AbstractContextManager[Any]:
        raise Inexpressible("autograd has no torch.no_grad")

    def _walk(self, variable: Any, gradient: Any) -> list[tuple[Any, Any]]:
        """The leaves behind a tensor and their gradients, as `autograd.core.backward_pass` finds that of one leaf."""
        if not self.requires_grad(variable):
            raise ValueError("the output does not depend on a variable")
        value = self.data(variable)
        if gradient is None and np.size(value) != 1:
            raise TypeError("Grad only applies to real scalar-output functions.")
        start = np.ones_like(value) if gradient is None else gradient
        outgoing, leaves = {variable._node: (start, False)}, []
        for node in self._tracer.toposort(variable._node):
            gradient_here = outgoing.pop(node)
            if not node.parents:
                leaves.append((node, gradient_here[0]))
                continue
            for parent, each in zip(node.parents, node.vjp(gradient_here[0]), strict=True):
                outgoing[parent] = self._core.add_outgrads(outgoing.get(parent), each)
        return leaves
