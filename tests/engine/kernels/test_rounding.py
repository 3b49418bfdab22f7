"""Fused arithmetic against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.kernels.rounding import fma


@pytest.mark.parametrize("number", [np.float32, np.float64])
def test_fused_arithmetic_rounds_once(number):
    draw = np.random.default_rng(0)
    digits = {np.float32: 12, np.float64: 27}[number]  # products of few bits meet ties often
    for scale in (1.0, 2.0**-digits, 2.0 ** (-2 * digits)):
        x = (draw.integers(-(2**digits), 2**digits, 500) * scale).astype(number)
        factor, term = number(draw.integers(1, 2**digits) | 1), number(1 + draw.integers(0, 2**digits) * 2.0**-digits)
        for operand, fused in zip(x, fma(x, factor, term), strict=True):
            exact = Fraction(float(operand)) * Fraction(float(factor)) + Fraction(float(term))
            around = [fused, np.nextafter(fused, number(np.inf)), np.nextafter(fused, number(-np.inf))]
            errors = [abs(Fraction(float(value)) - exact) for value in around]
            assert errors[0] == min(errors)
            if errors.count(errors[0]) > 1:  # a tie goes to the even one
                assert int(fused.view(f"i{number().itemsize}")) % 2 == 0
