"""``torch.special``."""

from __future__ import annotations

from .ops.pointwise import erf as erf
from .ops.pointwise import erfc as erfc
from .ops.pointwise import exp2 as exp2
from .ops.pointwise import expm1 as expm1
from .ops.pointwise import log1p as log1p
from .ops.pointwise import logit as logit
from .ops.pointwise import round as round
from .ops.reduction import logsumexp as logsumexp
from .ops.special import digamma as digamma
from .ops.special import erfinv as erfinv
from .ops.special import i0 as i0
from .ops.special import polygamma as polygamma
from .ops.special import sinc as sinc
from .ops.special import xlogy as xlogy
