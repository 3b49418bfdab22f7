"""The version, as text that compares by its numbers: ``torch.__version__ >= (2, 9)``.

Source: ``torch.torch_version``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from .version import __version__ as _text

_FORM = re.compile(r"v?(\d+(?:\.\d+)*)(?:\.?(dev|a|b|rc|post)(\d*))?(?:\+([\w.]+))?")
_STAGES = {"dev": -4, "a": -3, "b": -2, "rc": -1, None: 0, "post": 1}


class TorchVersion(str):
    """A version; it compares with other versions, and with numbers in a tuple or list, as versions do.

    With text that is no version it compares as text.
    """

    __module__ = "torch.torch_version"

    def _compared(self, other: Any, how: Callable[[Any, Any], bool]) -> Any:
        text = ".".join(map(str, other)) if isinstance(other, Iterable) and not isinstance(other, str) else other
        if not isinstance(text, str):
            return NotImplemented
        mine, theirs = _key(self), _key(text)
        if mine is None or theirs is None:
            return how(str(self), str(text))
        return how(mine, theirs)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, operator.gt)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, operator.lt)

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, operator.ge)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, operator.le)

    def __eq__(self, other: Any) -> Any:
        return self._compared(other, operator.eq)

    def __ne__(self, other: Any) -> Any:
        return self._compared(other, operator.ne)

    __hash__ = str.__hash__


def _key(text: str) -> tuple[Any, ...] | None:
    """What decides between two versions: their numbers without zeros at the end, stage, and build."""
    if (found := _FORM.fullmatch(text.strip())) is None:
        return None
    release = [int(one) for one in found[1].split(".")]
    while release and not release[-1]:
        release.pop()
    return tuple(release), _STAGES[found[2]], int(found[3] or 0), found[4] or ""


__version__ = TorchVersion(_text)
