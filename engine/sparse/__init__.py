"""``torch.sparse``."""

from ..ops.sparse_arithmetic import addmm as addmm
from ..ops.sparse_arithmetic import mm as mm
from ..ops.sparse_arithmetic import sum as sum
from ..ops.sparse_construction import check_sparse_tensor_invariants as check_sparse_tensor_invariants
from ..ops.sparse_construction import spdiags as spdiags
from ..ops.sparse_products import sampled_addmm as sampled_addmm
from ..ops.sparse_softmax import log_softmax as log_softmax
from ..ops.sparse_softmax import softmax as softmax
from .legacy import BFloat16Tensor as BFloat16Tensor
from .legacy import ByteTensor as ByteTensor
from .legacy import CharTensor as CharTensor
from .legacy import DoubleTensor as DoubleTensor
from .legacy import FloatTensor as FloatTensor
from .legacy import HalfTensor as HalfTensor
from .legacy import IntTensor as IntTensor
from .legacy import LongTensor as LongTensor
from .legacy import ShortTensor as ShortTensor
