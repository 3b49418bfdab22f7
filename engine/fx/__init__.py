"""``torch.fx``: programs as graphs, to be read, changed and run again.

A function or a module is run once on stand-ins for its inputs (``proxy.py``, ``tracer.py``), which note each call in a
graph (``graph.py``, ``node.py``); of that, Python is written (``code.py``), which a module runs (``graph_module.py``).

Source: ``torch.fx``.
"""

from .code import CodeGen as CodeGen
from .graph import Graph as Graph
from .graph_module import GraphModule as GraphModule
from .interpreter import Interpreter as Interpreter
from .interpreter import Transformer as Transformer
from .node import Node as Node
from .node import has_side_effect as has_side_effect
from .node import map_arg as map_arg
from .proxy import Proxy as Proxy
from .rewriting import replace_pattern as replace_pattern
from .tracer import Tracer as Tracer
from .tracer import symbolic_trace as symbolic_trace
from .tracer import wrap as wrap
