"""``torch.autograd.graph``: nodes and places in the graph."""

from .api import GradientEdge, get_gradient_edge
from .node import Node

__all__ = ["GradientEdge", "Node", "get_gradient_edge"]
