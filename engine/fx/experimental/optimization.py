"""Modules made faster for inference.  Source: ``torch.fx.experimental.optimization``."""

from __future__ import annotations

import copy
from typing import Any

from ...nn.modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from ...nn.modules.conv import Conv1d, Conv2d, Conv3d
from ...nn.modules.dropout import Dropout
from ...nn.modules.module import Module
from ...nn.utils.fusion import fuse_conv_bn_eval
from ..graph_module import GraphModule
from ..node import Node
from ..tracer import Tracer, symbolic_trace

_FUSED = ((Conv1d, BatchNorm1d), (Conv2d, BatchNorm2d), (Conv3d, BatchNorm3d))


def matches_module_pattern(pattern: Any, node: Node, modules: dict[str, Any]) -> bool:
    """Whether a node calls a module of the second class with what one of the first gives."""
    if not node.args:
        return False
    for one, expected in zip((node.args[0], node), pattern, strict=True):
        if not isinstance(one, Node) or one.op != "call_module" or one.target not in modules:
            return False
        if type(modules[one.target]) is not expected:
            return False
    return True


def fuse(model: Module, inplace: bool = False, no_trace: bool = False) -> Module:
    """A module in whose convolutions the batch norms after them are.

    Args:
        model: in evaluation mode.
        inplace: change its own modules.
        no_trace: it is a `GraphModule` already.
    """
    if not inplace:
        model = copy.deepcopy(model)
    traced: Any = model if no_trace and isinstance(model, GraphModule) else symbolic_trace(model)
    modules = dict(traced.named_modules())
    graph = copy.deepcopy(traced.graph)
    for pattern in _FUSED:
        for node in graph.nodes:
            if not matches_module_pattern(pattern, node, modules):
                continue
            if len(node.args[0].users) > 1:  # others need the convolution as it is
                continue
            norm = modules[node.target]
            if not norm.track_running_stats:
                continue
            fused = fuse_conv_bn_eval(modules[node.args[0].target], norm)
            *path, name = node.args[0].target.split(".")
            setattr(modules[".".join(path)], name, fused)
            modules[node.args[0].target] = fused
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
    return GraphModule(traced, graph)


def remove_dropout(model: Module) -> Module:
    """A module without its dropouts."""

    class DropoutRemover(Tracer):
        """Leaves out dropouts."""

        def call_module(self, m: Module, forward: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
            return args[0] if isinstance(m, Dropout) else super().call_module(m, forward, args, kwargs)

    return GraphModule(model, DropoutRemover().trace(model))
