"""The statements of a drawn program. Each is made of what the program has by then, mostly so that it is right; one that
raises is worth as much, since the error and what it leaves behind are compared too.
"""

from conformance.sources.fuzz.statements import (
    classes,
    memory,
    objects,
    together,
    tracking,
    transforms,
    values,  # each adds its own
)
from conformance.sources.fuzz.statements.registry import STATEMENTS
from conformance.sources.fuzz.statements.values import leaf

__all__ = ["STATEMENTS", "classes", "leaf", "memory", "objects", "together", "tracking", "transforms", "values"]
