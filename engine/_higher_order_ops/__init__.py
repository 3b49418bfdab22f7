"""Operators that take functions, run as Python: ``torch.cond``, loops, scans.

torch compiles what they are given; here it runs.  So it may do what torch refuses: give back its inputs, or change what
it sees.

Source: ``torch.cond``; ``torch._higher_order_ops``.
"""

from .associative_scan import associative_scan as associative_scan
from .cond import cond as cond
from .map import map as map
from .scan import scan as scan
from .while_loop import while_loop as while_loop
