"""A reference implementation of torch, its autograd first, on NumPy."""
