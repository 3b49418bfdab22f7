"""Handles of hooks."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "code",
    [
        "h = RemovableHandle(d, extra_dict=e); d[h.id] = e[h.id] = 2\n"
        "print(h.hooks_dict_ref() is d, [r() is e for r in h.extra_dict_ref]); h.remove(); print(d, e)",
        "h = RemovableHandle(d, extra_dict=[e, d]); e[h.id] = 2; h.remove(); print(e, RemovableHandle.next_id - h.id)",
        "RemovableHandle()",
        "RemovableHandle(3)",
        "RemovableHandle(d, e)",
        "h = RemovableHandle(d); g = RemovableHandle.__new__(RemovableHandle); g.__setstate__(h.__getstate__())\n"
        "print(g.id == h.id, g.hooks_dict_ref() is d, len(h.__getstate__()), sorted(vars(h)))",
    ],
)
def test_handles_are_torchs(code):
    agree(f"""
from collections import OrderedDict
from torch.utils.hooks import RemovableHandle
d, e = OrderedDict(), OrderedDict()
{code}
""")
