"""Which torch this is: the version whose behaviour the engine mirrors, as a build for the CPU names it."""

from typing import Final

__version__: Final = "2.13.0+cpu"
cuda: Final = None
debug: Final = False
hip: Final = None
rocm: Final = None
xpu: Final = None
