"""What can be asked whether it behaves like torch, and how its live objects become plain data."""

DEFAULT = ("engine", "torch:cpu", "torch:cuda")
"""The targets of a run that names none."""
REFERENCE = "torch:cpu"
"""Who arbitrates, unless somebody else is asked to."""
