"""``torch.fx.passes``."""
