"""The order of frequencies."""

import pytest
from bothways import agree

CALLS = [
    "fftfreq(5), fftfreq(4, d=0.5), rfftfreq(4), rfftfreq(5), rfftfreq(1, d=2), rfftfreq(0)",
    "fftshift(fftfreq(5)), ifftshift(torch.arange(6).reshape(2, 3), dim=1)",
    "fftfreq(3, dtype=torch.float64, requires_grad=True), fftfreq(3, dtype=torch.complex64)",
    "fftfreq(0)", "fftfreq(3, d=0.)", "fftfreq(3, dtype=torch.int64)", "fftfreq(-1)", "fftfreq(3.)",
    "fftfreq(4, out=torch.empty(4))",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_frequencies_are_torchs(call):
    agree(f"from torch.fft import fftfreq, fftshift, ifftshift, rfftfreq\nprint({call})")


@pytest.mark.parametrize("length", [2, 3, 5, 7, 11, 13])
def test_symmetric_numbers_have_imaginary_zeros_with_torchs_signs(length):
    agree(f"""
x = torch.ones(2, {length})
x[1, 0] = 3
print(torch.fft.rfft(x).imag.tolist(), torch.fft.fft(x).imag.tolist())
print(torch.fft.ihfft(x.bool()).imag.tolist(), torch.fft.rfft(x[0]).imag.tolist())
""")
