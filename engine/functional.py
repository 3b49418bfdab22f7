"""Functions that torch writes in Python.  Source: ``torch.functional``."""

from __future__ import annotations

from .ops.construction import block_diag as block_diag
from .ops.construction import cartesian_prod as cartesian_prod
from .ops.construction import meshgrid as meshgrid
from .ops.contraction import chain_matmul as chain_matmul
from .ops.contraction import einsum as einsum
from .ops.contraction import tensordot as tensordot
from .ops.distance import cdist as cdist
from .ops.factorization import lu as lu
from .ops.indexing import unravel_index as unravel_index
from .ops.joining import atleast_1d as atleast_1d
from .ops.joining import atleast_2d as atleast_2d
from .ops.joining import atleast_3d as atleast_3d
from .ops.matrix_norm import norm as norm
from .ops.parts import split as split
from .ops.rearranging import broadcast_shapes as broadcast_shapes
from .ops.rearranging import broadcast_tensors as broadcast_tensors
from .ops.short_time import istft as istft
from .ops.short_time import stft as stft
from .ops.sorting import unique as unique
from .ops.sorting import unique_consecutive as unique_consecutive
from .ops.spectral import pca_lowrank as pca_lowrank
from .ops.spectral import svd_lowrank as svd_lowrank
