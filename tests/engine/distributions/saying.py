"""Code that says what a distribution does, on torch and on the engine: numbers to three digits."""

from __future__ import annotations

PRELUDE = """
import math
D, t = torch.distributions, torch.tensor
globals().update({name: getattr(D, name) for name in dir(D) if name[0].isupper()})
kl_divergence, register_kl, biject_to, transform_to = D.kl_divergence, D.register_kl, D.biject_to, D.transform_to
constraints = D.constraints
D.Distribution.set_default_validate_args(True)  # which torch's compiler switches off when it is first used

def say(name, f):
    try:
        r = f()
    except Exception as e:
        print(name, type(e).__name__, e)
        return
    if isinstance(r, torch.Tensor):
        node = r.grad_fn.name() if r.grad_fn is not None else None
        numbers = [0.0 if abs(v) < 1e-6 else float("%.3g" % v) for v in r.detach().double().flatten().tolist()]
        print(name, r.dtype, tuple(r.shape), node, numbers)
    else:
        print(name, r)

def names(node, depth=0):
    if node is not None:
        print(" " * depth + node.name())
        for edge, _ in node.next_functions:
            names(edge, depth + 1)
"""
