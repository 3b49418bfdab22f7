"""Settings that are kept and answered."""

import pytest
from bothways import agree

CODES = [
    "torch.set_num_threads(3); print(torch.get_num_threads()); torch.set_num_threads(1)",
    "torch.set_num_threads(0)",
    "torch.set_num_threads('a')",
    "print(torch.get_float32_matmul_precision()); torch.set_float32_matmul_precision('high'); print(torch.get_float32_matmul_precision()); torch.set_float32_matmul_precision('highest')",
    "torch.set_float32_matmul_precision('x'); print(torch.get_float32_matmul_precision())",
    "print(torch.set_flush_denormal(False))",
    "print(torch.accelerator.is_available(), torch.accelerator.device_count(), torch.accelerator.current_accelerator(), torch.xpu.is_available(), torch.xpu.device_count(), torch.mps.is_available(), torch.mps.device_count())",
    "print(torch.OutOfMemoryError.__mro__, torch.AcceleratorError, torch.cuda.OutOfMemoryError is torch.OutOfMemoryError)",
]


@pytest.mark.parametrize("code", CODES)
def test_settings_are_torchs(code):
    agree(code)
