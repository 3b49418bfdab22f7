"""Targets that are wrong on purpose: this project's engine with one mechanism broken."""

import importlib

from conformance.targets.engine import Engine


class Sabotaged(Engine):
    """The engine, in whose process `break_it` replaces something."""

    def __init__(self, break_it):
        super().__init__()
        self._break_it = break_it

    def load(self):
        described = super().load()
        self._break_it()
        return described


def _lose_a_gradient():
    backward = importlib.import_module("engine.autograd.backward")
    backward._Pass.sum = lambda self, arrived, gradient: arrived


LOSES_A_GRADIENT = Sabotaged(_lose_a_gradient)
