"""``torch.utils.tensorboard`` needs a package that the engine does not come with.

Raises:
    ModuleNotFoundError: always.
"""

raise ModuleNotFoundError("No module named 'tensorboard'", name="tensorboard")
