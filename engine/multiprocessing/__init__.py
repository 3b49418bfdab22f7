"""``torch.multiprocessing``: Python's, to which tensors go by the memory that they have, not by value."""

from multiprocessing import *  # noqa: F403  the same names, whatever Python's are

from .reductions import get_all_sharing_strategies as get_all_sharing_strategies
from .reductions import get_sharing_strategy as get_sharing_strategy
from .reductions import init_reductions as init_reductions
from .reductions import set_sharing_strategy as set_sharing_strategy
from .spawn import ProcessContext as ProcessContext
from .spawn import ProcessExitedException as ProcessExitedException
from .spawn import ProcessRaisedException as ProcessRaisedException
from .spawn import SpawnContext as SpawnContext
from .spawn import spawn as spawn
from .spawn import start_processes as start_processes

init_reductions()
