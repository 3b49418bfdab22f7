"""The version of this project."""

from __future__ import annotations

import contextlib
from importlib.metadata import PackageNotFoundError, version


def project_version() -> str:
    """As it is installed; a folder of its sources is not."""
    with contextlib.suppress(PackageNotFoundError):
        return version("autograd-conformance")
    return "not installed"
