"""``torch.sparse``."""

from ..ops.sparse_arithmetic import addmm as addmm
from ..ops.sparse_arithmetic import mm as mm
from ..ops.sparse_arithmetic import sum as sum
from ..ops.sparse_construction import check_sparse_tensor_invariants as check_sparse_tensor_invariants
