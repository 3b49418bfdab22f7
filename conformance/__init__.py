"""Specs, runner and report: does this behave like PyTorch autograd?"""
