"""How a difference is told: the one place that makes these sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as expected. `aspect` is what of it, in the words of `ASPECTS` where it is one
    property of a value."""

    aspect: str
    actual: str
    expected: str
    detail: str = ""
    at: str = ""
    """Where in the value: `[2]`, `.grad`."""

    def within(self, place: str) -> Difference:
        """The same difference, seen from around: `.grad` before `[2]`."""
        return replace(self, at=place + self.at)

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{where}{self.aspect} is {self.actual}, not {self.expected}{detail}"


ASPECTS = (
    "error",
    "error type",
    "error phase",
    "error message",
    "warnings",
    "type",
    "length",
    "keys",
    "dtype",
    "shape",
    "device",
    "layout",
    "requires_grad",
    "is_leaf",
    "grad_fn",
    "version",
    "sign or kind",
    "value",
    "grad",
    "graph",
    "text",
)
"""All aspects, in the order in which they are compared and told."""


def in_order(differences: list[Difference]) -> tuple[Difference, ...]:
    """`differences` by what matters first."""
    return tuple(sorted(differences, key=lambda difference: ASPECTS.index(difference.aspect)))
