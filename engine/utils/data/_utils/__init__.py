"""``torch.utils.data._utils``, of which programs use the functions that make batches."""

from . import collate as collate
