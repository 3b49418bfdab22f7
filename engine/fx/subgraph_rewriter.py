"""Parts of graphs that are found and replaced, by torch's name for the module.

Source: ``torch.fx.subgraph_rewriter``.
"""

from .rewriting import Match as Match
from .rewriting import replace_pattern as replace_pattern

__all__ = ["Match", "replace_pattern"]
