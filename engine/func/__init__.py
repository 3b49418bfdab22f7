"""``torch.func``: functions of functions, which differentiate them or map them over a batch."""

from .functional_call import functional_call, replace_all_batch_norm_modules_, stack_module_state
from .linearized import linearize
from .transforms import (
    debug_unwrap,
    functionalize,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    vjp,
)
from .vmap import vmap

__all__ = [
    "debug_unwrap", "functional_call", "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp",
    "linearize", "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap",
]  # fmt: skip

for _name in __all__:
    globals()[_name].__module__ = "torch.func"
