"""Drawings of the recorded graph: for graphviz (`make_dot`, torchviz's) and for a terminal (`text_tree`).

They read what torch's tensors and nodes show as well, so they draw graphs of either; and `import torchviz` can be
bound to this package.
"""

from .dot import make_dot as make_dot
from .dot import make_dot_from_trace as make_dot_from_trace
from .text import text_tree as text_tree
