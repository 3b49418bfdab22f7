"""``torch.backends.cpu``."""

from ..processor import capability as _capability


def get_cpu_capability() -> str:
    """Which vector instructions of the processor are used: ``DEFAULT``, ``AVX2`` or ``AVX512``.

    Source: ``torch.backends.cpu.get_cpu_capability``.
    """
    return _capability()
