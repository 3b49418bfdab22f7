"""What goes wrong between processes.  Source: ``torch.distributed``."""

from __future__ import annotations


class DistError(RuntimeError):
    """Something went wrong between processes."""

    __module__ = "torch.distributed"


class DistBackendError(DistError):
    """A collective failed."""

    __module__ = "torch.distributed"


class DistNetworkError(DistError):
    """The network failed."""

    __module__ = "torch.distributed"


class DistStoreError(DistError):
    """A store failed, or a key did not come in time."""

    __module__ = "torch.distributed"


class QueueEmptyError(DistStoreError):
    """A queue of a store is empty."""

    __module__ = "torch.distributed"
