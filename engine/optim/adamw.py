"""``torch.optim.adamw``: the place of `AdamW`."""

from .adam import AdamW as AdamW
