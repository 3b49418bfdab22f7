"""``torch.autograd``: the names that cells use."""

from . import anomaly_mode, forward_ad, function, functional, grad_mode, graph, profiler
from .anomaly import detect_anomaly, set_detect_anomaly
from .api import backward, grad
from .function import Function
from .gradcheck import gradcheck, gradgradcheck
from .modes import (
    _unsafe_preserve_version_counter as _unsafe_preserve_version_counter,
)
from .modes import (
    enable_grad,
    enforce_grad_layout_policy,
    inference_mode,
    is_grad_enabled,
    is_multithreading_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from .saved import SavedTensor

# Last, as it needs the operations, which need the modules above.
from ..legacy import Variable  # isort: skip
from . import variable  # isort: skip

__all__ = [
    "Function", "SavedTensor", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad",
    "enforce_grad_layout_policy", "forward_ad", "function", "functional", "grad", "grad_mode", "gradcheck",
    "gradgradcheck", "graph", "inference_mode", "is_grad_enabled", "is_multithreading_enabled", "no_grad", "profiler",
    "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled", "variable",
]  # fmt: skip
