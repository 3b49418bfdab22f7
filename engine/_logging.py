"""What the compiler would say of its work: nothing, for nothing is compiled.

Source: ``torch._logging``.
"""

from typing import Any


def set_logs(**settings: Any) -> None:
    """Nothing: there are no such logs.

    Args:
        settings: what is to be logged, by name.
    """
