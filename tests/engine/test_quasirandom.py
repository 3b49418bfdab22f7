"""Sobol's sequence, beside torch's."""

import pytest
from bothways import agree

BEGIN = "from torch.quasirandom import SobolEngine\n"


@pytest.mark.parametrize(
    "code",
    [
        "e = SobolEngine(3); print(e, e.draw(4), e.draw(2), e.num_generated, e.reset().draw(3), e.num_generated)",
        "e = SobolEngine(2); print(e.fast_forward(5).draw(2), e.fast_forward(3).draw(), e.num_generated)",
        "e = SobolEngine(2); print(e.fast_forward(0).draw(1), e.fast_forward(1).draw(2), e.fast_forward(-1))",
        "e = SobolEngine(2, scramble=True, seed=1); print(e, e.draw(5), e.reset().draw(2), e.shift)",
        "print(SobolEngine(4, scramble=True, seed=7).draw(3, dtype=torch.float64))",
        "print(SobolEngine(3, True).draw(2), torch.rand(1))",
        "e = SobolEngine(2); print(e.shift, e.quasi, e.sobolstate, e.MAXBIT, e.MAXDIM, e.seed, e.scramble)",
        "print(SobolEngine(1).draw(), SobolEngine(21).draw_base2(2), SobolEngine(2).draw_base2(3))",
        "print(SobolEngine(5).draw(100).sum(0), SobolEngine(21201).draw(8)[:, ::900])",
        "o = torch.zeros(3, 2); print(SobolEngine(2).draw(3, out=o) is o, o)",
        "SobolEngine(0)",
        "SobolEngine(21202)",
        "e = SobolEngine(2); e.draw(3); e.draw_base2(2)",
        "SobolEngine(2).draw(0)",
    ],
)
def test_points(code):
    agree(BEGIN + code)
