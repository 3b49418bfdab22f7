"""Pruning against torch."""

from __future__ import annotations

import pytest

from tests.bothways import agree

START = """
import copy
from torch.nn.utils import prune
def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)
m = nn.Linear(4, 3)
"""


@pytest.mark.parametrize(
    "code",
    [
        "print(prune.random_unstructured(m, 'weight', 0.5), m.state_dict(), m.weight, *m._forward_pre_hooks.values(), list(m.named_buffers()))",
        "prune.l1_unstructured(m, 'weight', 4); m(torch.ones(1, 4)).sum().backward(); print(m.weight, m.weight_orig.grad)",
        "prune.random_structured(m, 'weight', 1, dim=0); print(m.weight); prune.ln_structured(m, 'weight', 0.5, n=2, dim=1); print(m.weight, m._forward_pre_hooks[1]._pruning_methods if 1 in m._forward_pre_hooks else len(m._forward_pre_hooks))",
        "for _ in range(3): prune.l1_unstructured(m, 'weight', 0.3); print(m.weight_mask.sum())\nhook, = m._forward_pre_hooks.values(); print(type(hook).__name__, len(hook), [type(one).__name__ for one in hook], hook[0].amount)",
        "prune.l1_unstructured(m, 'weight', 2, importance_scores=-m.weight.abs()); print(m.weight); attempt(prune.l1_unstructured, m, 'weight', 2, importance_scores=torch.ones(2))",
        "print(prune.custom_from_mask(m, 'bias', torch.tensor([0, 1, 0])).bias); print(prune.remove(m, 'bias').bias, prune.is_pruned(m)); attempt(prune.remove, m, 'bias')",
        "print(prune.identity(m, 'weight').weight_mask, prune.is_pruned(nn.Sequential(m)))",
        "n = nn.Sequential(m, nn.Linear(3, 2)); prune.global_unstructured([(n[0], 'weight'), (n[1], 'weight')], pruning_method=prune.L1Unstructured, amount=0.5); print(n[0].weight, n[1].weight); print(n(torch.ones(1, 4)))",
        "attempt(prune.l1_unstructured, m, 'weight', 1.5); attempt(prune.l1_unstructured, m, 'weight', -1); attempt(prune.l1_unstructured, m, 'weight', 13); attempt(prune.l1_unstructured, m, 'weight', 'x'); print(m)",
        "prune.identity(m, 'weight')\nfor amount in (1.5, 2): attempt(prune.l1_unstructured, m, 'weight', amount); print(m._forward_pre_hooks)",
        "attempt(prune.random_structured, m, 'bias', 1, dim=0); attempt(prune.ln_structured, m, 'weight', 1, n=2, dim=2); attempt(prune.custom_from_mask, m, 'weight', torch.ones(2)); attempt(prune.l1_unstructured, m, 'x', 1)",
        "attempt(prune.global_unstructured, 3, prune.L1Unstructured); attempt(prune.global_unstructured, [(m, 'weight')], prune.LnStructured, amount=1, n=2); attempt(prune.global_unstructured, [(m, 'weight')], prune.L1Unstructured, [], amount=1)",
        "class Half(prune.BasePruningMethod):\n    PRUNING_TYPE = 'unstructured'\n    def compute_mask(self, t, default_mask):\n        mask = default_mask.clone()\n        mask.view(-1)[::2] = 0\n        return mask\nHalf.apply(m, 'weight'); Half.apply(m, 'weight'); print(m.weight)",
        "print(prune.L1Unstructured(2).prune(torch.tensor([3.0, -1, 2, 0.5])), prune.RandomStructured(1, 0).prune(torch.ones(2, 2)))",
        "prune.l1_unstructured(m, 'weight', 2); o = torch.optim.SGD(m.parameters(), 0.1); m(torch.ones(1, 4)).sum().backward(); o.step(); m(torch.ones(1, 4)); print((m.weight == 0).sum())",
        "prune.l1_unstructured(m, 'weight', 2); state = m.state_dict(); print(list(state)); n = prune.identity(nn.Linear(4, 3), 'weight'); print(n.load_state_dict(state), n.weight_mask)",
        "c = prune.PruningContainer(); attempt(c.add_pruning_method, 3); c._tensor_name = 'a'; one = prune.Identity(); one._tensor_name = 'b'\ntry: c.add_pruning_method(one)\nexcept ValueError as error: print(str(error)[:60])",
    ],
)  # fmt: skip
def test_as_in_torch(code: str):
    agree(START + code)
