"""``torch.sparse``."""

from ..ops.sparse_arithmetic import addmm as addmm
from ..ops.sparse_arithmetic import mm as mm
from ..ops.sparse_arithmetic import sum as sum
from ..ops.sparse_construction import check_sparse_tensor_invariants as check_sparse_tensor_invariants
from .legacy import BFloat16Tensor as BFloat16Tensor
from .legacy import ByteTensor as ByteTensor
from .legacy import CharTensor as CharTensor
from .legacy import DoubleTensor as DoubleTensor
from .legacy import FloatTensor as FloatTensor
from .legacy import HalfTensor as HalfTensor
from .legacy import IntTensor as IntTensor
from .legacy import LongTensor as LongTensor
from .legacy import ShortTensor as ShortTensor
