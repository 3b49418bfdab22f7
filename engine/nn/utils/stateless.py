"""The old place of ``torch.func.functional_call``.  Source: ``torch.nn.utils.stateless``."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from ...warning import warn
from ..modules.module import Module


def functional_call(
    module: Module, parameters_and_buffers: dict[str, Tensor], args: Any = None, kwargs: dict[str, Any] | None = None,
    *, tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """``torch.func.functional_call``, with a warning that it is to be called there."""
    from ...func.functional_call import functional_call as call

    warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
    )
    return call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
