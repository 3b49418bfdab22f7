"""``torch.autograd.grad_mode``: an older place of the modes."""

from .modes import _unsafe_preserve_version_counter as _unsafe_preserve_version_counter
from .modes import enable_grad as enable_grad
from .modes import enforce_grad_layout_policy as enforce_grad_layout_policy
from .modes import inference_mode as inference_mode
from .modes import no_grad as no_grad
from .modes import set_grad_enabled as set_grad_enabled
from .modes import set_multithreading_enabled as set_multithreading_enabled
