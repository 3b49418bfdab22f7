"""The functions of ``torch.special`` that are others by another name, which their errors give.

Source: ``torch.special``.
"""

from __future__ import annotations

from typing import Any

from ..declare.registry import OVERLOADS
from ..dispatch import fast, slow
from . import activation as _activation  # noqa: F401  # declares, as do those that follow, what is named here
from . import binary as _binary  # noqa: F401
from . import pointwise as _pointwise  # noqa: F401
from . import reduction as _reduction  # noqa: F401
from . import special as _special  # noqa: F401


def _named(name: str, source: str = "") -> Any:
    return fast.build(f"special_{name}", OVERLOADS[source or name], slow.function)


special_digamma = _named("digamma")
special_erf = _named("erf")
special_erfc = _named("erfc")
special_erfinv = _named("erfinv")
special_exp2 = _named("exp2")
special_expit = _named("expit", "sigmoid")
special_expm1 = _named("expm1")
special_gammainc = _named("gammainc", "igamma")
special_gammaincc = _named("gammaincc", "igammac")
special_gammaln = _named("gammaln", "lgamma")
special_i0 = _named("i0")
special_log1p = _named("log1p")
special_log_softmax = _named("log_softmax")
special_logit = _named("logit")
special_logsumexp = _named("logsumexp")
special_multigammaln = _named("multigammaln", "mvlgamma")
special_polygamma = _named("polygamma")
special_psi = _named("psi", "digamma")
special_sinc = _named("sinc")
special_softmax = _named("softmax")
special_xlogy = _named("xlogy")
