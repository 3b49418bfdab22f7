"""``torch.linalg``."""

from __future__ import annotations

from .ops.construction import linalg_vander as vander
from .ops.contraction import linalg_multi_dot as multi_dot
from .ops.factorization import linalg_cholesky as cholesky
from .ops.factorization import linalg_cholesky_ex as cholesky_ex
from .ops.factorization import linalg_ldl_factor as ldl_factor
from .ops.factorization import linalg_ldl_factor_ex as ldl_factor_ex
from .ops.factorization import linalg_ldl_solve as ldl_solve
from .ops.factorization import linalg_lu as lu
from .ops.factorization import linalg_lu_factor as lu_factor
from .ops.factorization import linalg_lu_factor_ex as lu_factor_ex
from .ops.factorization import linalg_lu_solve as lu_solve
from .ops.factorization import linalg_qr as qr
from .ops.least_squares import linalg_lstsq as lstsq
from .ops.least_squares import linalg_tensorinv as tensorinv
from .ops.least_squares import linalg_tensorsolve as tensorsolve
from .ops.linalg import linalg_cross as cross
from .ops.linalg import linalg_det as det
from .ops.linalg import linalg_diagonal as diagonal
from .ops.linalg import linalg_inv as inv
from .ops.linalg import linalg_inv_ex as inv_ex
from .ops.linalg import linalg_matrix_exp as matrix_exp
from .ops.linalg import linalg_matrix_power as matrix_power
from .ops.linalg import linalg_slogdet as slogdet
from .ops.linalg import linalg_solve as solve
from .ops.linalg import linalg_solve_ex as solve_ex
from .ops.linalg import linalg_solve_triangular as solve_triangular
from .ops.linalg import linalg_vecdot as vecdot
from .ops.matmul import matmul as matmul
from .ops.matrices import LinAlgError as LinAlgError
from .ops.matrix_norm import linalg_cond as cond
from .ops.matrix_norm import linalg_matrix_norm as matrix_norm
from .ops.matrix_norm import linalg_matrix_rank as matrix_rank
from .ops.matrix_norm import linalg_norm as norm
from .ops.matrix_norm import linalg_pinv as pinv
from .ops.reduction import linalg_vector_norm as vector_norm
from .ops.reflections import linalg_householder_product as householder_product
from .ops.spectral import linalg_eig as eig
from .ops.spectral import linalg_eigh as eigh
from .ops.spectral import linalg_eigvals as eigvals
from .ops.spectral import linalg_eigvalsh as eigvalsh
from .ops.spectral import linalg_svd as svd
from .ops.spectral import linalg_svdvals as svdvals
