"""The functions of ``torch.nn.functional``, by what they do."""
