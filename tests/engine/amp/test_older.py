"""Switches of automatic casts by their own names, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "code",
    [
        "set('cpu', True); print(torch.is_autocast_enabled('cpu'), torch.mm(a, a).dtype); set('cpu', False)\n"
        "print(torch.mm(a, a).dtype)",
        "set(True); print(torch.is_autocast_enabled(), torch.mm(a, a).dtype); set(enabled=False)\n"
        "print(torch.is_autocast_enabled())",
        "with torch.autocast('cpu'): set('cpu', False); print(torch.mm(a, a).dtype)\nprint(torch.mm(a, a).dtype)",
        "print(torch.autocast_increment_nesting())\n"
        "with torch.autocast('cpu'): print(torch.autocast_increment_nesting(), torch.autocast_decrement_nesting())\n"
        "print(torch.autocast_decrement_nesting())",
        "torch.set_autocast_cpu_enabled(True); print(torch.is_autocast_cpu_enabled())\n"
        "torch.set_autocast_cpu_enabled(False); torch.set_autocast_cpu_dtype(torch.half)\n"
        "print(torch.get_autocast_cpu_dtype()); torch.set_autocast_cpu_dtype(torch.bfloat16)\n"
        "print(torch.get_autocast_gpu_dtype()); torch.set_autocast_gpu_dtype(torch.half)",
        "with torch.cpu.amp.autocast(): print(torch.mm(a, a).dtype)\n"
        "print(torch.cpu.amp.GradScaler(enabled=False).get_scale(), torch.cpu.amp.GradScaler.__module__)",
        "set()", "set(3)", "set('cpu', 3)", "set('nowhere', True)", "set('cpu', True, 3)", "set(True, True)",
        "torch.set_autocast_cpu_enabled(3)", "torch.set_autocast_gpu_dtype(3)", "torch.is_autocast_enabled(3)",
    ],
)  # fmt: skip
def test_a_switch(code):
    agree(f"set, a = torch.set_autocast_enabled, torch.ones(1, 1)\n{code}")
