"""What of ``torch._C`` programs ask for by that name: the module is torch's part in C++, which is not here.

Source: ``torch._C``.
"""

from typing import Any

from .autograd import SavedTensor
from .autograd.modes import is_grad_enabled as is_grad_enabled
from .device import device as device
from .dtypes import dtype as dtype
from .layout import Size as Size
from .layout import layout as layout
from .layout import memory_format as memory_format
from .library.operators import FunctionSchema as FunctionSchema
from .overrides import DisableTorchFunction as DisableTorchFunction
from .overrides import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass
from .overrides import _disabled_torch_function_impl as _disabled_torch_function_impl
from .random import Generator as Generator
from .tensor_base import TensorBase as TensorBase


def _log_api_usage_once(event: str) -> None:
    """Nothing: no use is counted."""


def _get_tracing_state() -> Any:
    """None: what is traced is no graph of C++."""


class _autograd:
    """``torch._C._autograd``."""

    SavedTensor = SavedTensor
