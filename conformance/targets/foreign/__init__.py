"""Engines without torch's names, under torch's names as far as they have what these mean.

A facade only renames. What the engine has nothing for raises `Inexpressible`, and the cell is skipped with that reason:
it is neither wrong nor right. What the engine does in its own way stays as it is: when it adds gradients up, what it
does with a graph that has been used, of what it takes a gradient.
"""
