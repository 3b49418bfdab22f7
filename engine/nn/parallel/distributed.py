"""A module of which several processes have a copy each, and whose gradients they average.

Source: ``torch.nn.parallel.DistributedDataParallel``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...autograd.modes import is_grad_enabled, no_grad
from ...tensor import Tensor
from ...utils.pytree import tree_leaves
from ..modules.module import Module
from ..parameter import is_lazy

_UNFINISHED = (
    "Expected to have finished reduction in the prior iteration before starting a new one. This error indicates that "
    "your module has parameters that were not used in producing loss. You can enable unused parameter detection by "
    "passing the keyword argument `find_unused_parameters=True` to `torch.nn.parallel.DistributedDataParallel`, and by "
    "\nmaking sure all `forward` function outputs participate in calculating loss. \nIf you already have done the "
    "above, then the distributed data parallel module wasn't able to locate the output tensors in the return value of "
    "your module's `forward` function. Please include the loss function and the structure of the return value of "
    "`forward` of your module when reporting this issue (e.g. list, dict, iterable).\n"
    "Parameter indices which did not receive grad for rank {}: {}\n In addition, you can set the environment variable "
    "TORCH_DISTRIBUTED_DEBUG to either INFO or DETAIL to print out information about which particular parameters did "
    "not receive gradient on this rank as part of this error"
)


class DistributedDataParallel(Module):
    """A module, called; once all its parameters have their gradients, these are averaged over all processes.

    Parameters and buffers begin as those of the first process.

    Args:
        module: has a parameter that requires a gradient.
        device_ids, output_device: None on the CPU.
        broadcast_buffers: whether buffers become those of the first process with each call.
        process_group: the processes; all, unless they are named.
        find_unused_parameters: whether parameters that an output does not depend on are not waited for.
        bucket_cap_mb, gradient_as_bucket_view, static_graph: without effect on what is computed.

    Raises:
        ValueError: without a group of processes, or with devices that do not fit.
        RuntimeError: for a module without parameters to train, or with some that are not initialised.
    """

    __module__ = "torch.nn.parallel.distributed"

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0,
        broadcast_buffers: bool = True, init_sync: bool = True, process_group: Any = None,
        bucket_cap_mb: float | None = None, find_unused_parameters: bool = False, check_reduction: bool = False,
        gradient_as_bucket_view: bool = False, static_graph: bool = False, **_: Any,
    ) -> None:  # fmt: skip
        from ... import distributed

        super().__init__()
        group = process_group if process_group is not None else distributed.world.default()
        trained = [one for one in module.parameters() if one.requires_grad]
        if not trained:
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
                "gradient."
            )
        if device_ids is not None and len(device_ids) > 1:
            raise ValueError("device_ids can only be None or contain a single element.")
        self.device = trained[0].device
        if device_ids or output_device:
            raise ValueError(
                "DistributedDataParallel device_ids and output_device arguments only work with single-device/"
                f"multiple-device GPU modules or CPU modules, but got device_ids {device_ids}, output_device "
                f"{output_device}, and module parameters { {one.device for one in trained} }."
            )
        if any(is_lazy(one) for one in trained):
            raise RuntimeError(
                "Modules with uninitialized parameters can't be used with `DistributedDataParallel`. Run a dummy "
                "forward pass to correctly initialize the modules"
            )
        self.device_ids = self.output_device = None
        self.is_multi_device_module, self.device_type, self.dim = False, self.device.type, dim
        self.module, self.process_group = module, group
        self.broadcast_buffers, self.find_unused_parameters = broadcast_buffers, find_unused_parameters
        self.gradient_as_bucket_view, self.static_graph = gradient_as_bucket_view, static_graph
        self.bucket_bytes_cap = int((bucket_cap_mb or 25) * 2**20)
        self.require_backward_grad_sync = True
        self._reducer = _Reducer(trained, group)
        if init_sync:
            _first_ones([*module.parameters(), *module.buffers()], group)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's value.

        Raises:
            RuntimeError: if parameters that are waited for got no gradient in the last backward.
        """
        synchronizes = is_grad_enabled() and self.require_backward_grad_sync
        if synchronizes:
            self._reducer.must_be_finished()
        if self.broadcast_buffers:
            _first_ones([*self.module.buffers()], self.process_group)
        output = self.module(*inputs, **kwargs)
        if synchronizes:
            self._reducer.expect(output if self.find_unused_parameters else None)
        return output

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Calls within leave gradients as they are, to be averaged with those of the next call outside."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def train(self, mode: bool = True) -> DistributedDataParallel:
        """Training or evaluation, of the module too."""
        super().train(mode)
        return self


class _Reducer:
    """Averages gradients when the last of those that are expected has come."""

    def __init__(self, parameters: Sequence[Tensor], group: Any) -> None:
        self.parameters, self.group = parameters, group
        self.expects = self.begun = False
        self.missing: set[int] = set()
        for number, one in enumerate(parameters):
            one.register_post_accumulate_grad_hook(lambda _, number=number: self.got(number))

    def must_be_finished(self) -> None:
        """Raises RuntimeError if some gradients have come, but not all."""
        if self.begun:
            raise RuntimeError(_UNFINISHED.format(self.group.rank(), " ".join(map(str, sorted(self.missing)))))

    def expect(self, output: Any) -> None:
        """Expect gradients of all parameters; given what was computed, of those that it depends on."""
        self.expects = True
        self.missing = {*range(len(self.parameters))}
        if output is not None:
            found = _leaves(output)
            self.missing = {number for number in self.missing if id(self.parameters[number]) in found}
        self.used = {*self.missing}

    def got(self, number: int) -> None:
        """A parameter has its gradient."""
        if not self.expects:
            return
        self.begun = True
        self.missing.discard(number)
        if not self.missing:
            self.begun = self.expects = False
            if self.group.size() > 1:
                self.average()

    def average(self) -> None:
        """Each gradient becomes the mean of all processes'; where none of them has used the parameter, it stays."""
        from ... import distributed

        used = [number in self.used for number in range(len(self.parameters))]
        anywhere = [any(column) for column in zip(*self.group.exchange(bytes(used)), strict=True)]
        for number, one in enumerate(self.parameters):
            if anywhere[number]:
                if one.grad is None:
                    one.grad = one.detach().new_zeros(one.shape)
                one.grad.data.mul_(1 / self.group.size())
                distributed.all_reduce(one.grad, group=self.group)


def _leaves(output: Any) -> set[int]:
    """The ids of the leaves that the tensors in a structure depend on."""
    nodes = [one.grad_fn for one in tree_leaves(output) if isinstance(one, Tensor) and one.grad_fn is not None]
    seen, found = set(nodes), set()
    while nodes:
        node = nodes.pop()
        if (leaf := getattr(node, "variable", None)) is not None:
            found.add(id(leaf))
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                nodes.append(following)
    return found


def _first_ones(tensors: Sequence[Tensor], group: Any) -> None:
    """Replace tensors by those of the first process."""
    from ... import distributed

    if group.size() > 1:
        with no_grad():
            for one in tensors:
                distributed.broadcast(one.data, group=group, group_src=0)
