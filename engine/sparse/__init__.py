"""``torch.sparse``."""

from ..ops.sparse import addmm as addmm
from ..ops.sparse import check_sparse_tensor_invariants as check_sparse_tensor_invariants
from ..ops.sparse import mm as mm
from ..ops.sparse import sum as sum
