"""Processes that work together: ``torch.distributed``.

There is one backend, ``gloo`` by name: what processes exchange goes through the store by which they find each other
(``group.py``).  That is enough for a program that is one of one, and for a few processes on one machine; it is no way
to be fast.
"""

from __future__ import annotations

from .collectives import P2POp as P2POp
from .collectives import all_gather as all_gather
from .collectives import all_gather_single as all_gather_single
from .collectives import all_reduce as all_reduce
from .collectives import all_to_all as all_to_all
from .collectives import all_to_all_single as all_to_all_single
from .collectives import barrier as barrier
from .collectives import batch_isend_irecv as batch_isend_irecv
from .collectives import broadcast as broadcast
from .collectives import gather as gather
from .collectives import irecv as irecv
from .collectives import isend as isend
from .collectives import monitored_barrier as monitored_barrier
from .collectives import recv as recv
from .collectives import reduce as reduce
from .collectives import reduce_scatter as reduce_scatter
from .collectives import reduce_scatter_single as reduce_scatter_single
from .collectives import scatter as scatter
from .collectives import send as send
from .collectives import supports_complex as supports_complex
from .errors import DistBackendError as DistBackendError
from .errors import DistError as DistError
from .errors import DistNetworkError as DistNetworkError
from .errors import DistStoreError as DistStoreError
from .errors import QueueEmptyError as QueueEmptyError
from .former import all_gather_into_tensor as all_gather_into_tensor
from .former import reduce_op as reduce_op
from .former import reduce_scatter_tensor as reduce_scatter_tensor
from .group import ProcessGroup as ProcessGroup
from .group import Work as Work
from .names import Backend as Backend
from .names import ReduceOp as ReduceOp
from .objects import all_gather_object as all_gather_object
from .objects import broadcast_object_list as broadcast_object_list
from .objects import gather_object as gather_object
from .objects import scatter_object_list as scatter_object_list
from .store import FileStore as FileStore
from .store import HashStore as HashStore
from .store import PrefixStore as PrefixStore
from .store import Store as Store
from .store import TCPStore as TCPStore
from .world import GroupMember as GroupMember
from .world import default_pg_timeout as default_pg_timeout
from .world import destroy_process_group as destroy_process_group
from .world import get_backend as get_backend
from .world import get_backend_config as get_backend_config
from .world import get_global_rank as get_global_rank
from .world import get_group_rank as get_group_rank
from .world import get_node_local_rank as get_node_local_rank
from .world import get_pg_count as get_pg_count
from .world import get_process_group_ranks as get_process_group_ranks
from .world import get_rank as get_rank
from .world import get_world_size as get_world_size
from .world import group as group
from .world import init_process_group as init_process_group
from .world import is_available as is_available
from .world import is_backend_available as is_backend_available
from .world import is_gloo_available as is_gloo_available
from .world import is_initialized as is_initialized
from .world import is_mpi_available as is_mpi_available
from .world import is_nccl_available as is_nccl_available
from .world import is_torchelastic_launched as is_torchelastic_launched
from .world import is_ucc_available as is_ucc_available
from .world import is_xccl_available as is_xccl_available
from .world import new_group as new_group
from .world import new_subgroups as new_subgroups
