"""What imported documents need besides torch."""

import pytest

from conformance.sources.requirements import with_needs
from conformance.spec.model import Case, Cell, Suite


def needed(*codes):
    """What the case needs, and what each of its cells does."""
    (case,) = with_needs(Suite(title="x", cases=(Case(id="x", cells=tuple(Cell(code=code) for code in codes)),))).cases
    return case.needs.module, [cell.needs.module for cell in case.cells]


def test_a_cell_needs_what_it_imports_and_what_its_names_come_from():
    plots = ("matplotlib", "tqdm")
    assert needed(
        "import torch, os, numpy as np",
        "import matplotlib.pyplot as plt\nfrom tqdm.auto import tqdm",
        "x = torch.ones(2)",
        "fig, ax = plt.subplots()",
        "def show(v):\n    ax.plot(v)",
        "for _ in range(2):\n    x = x * 2",
        "show(x)",
    ) == ((), [(), plots, (), plots[:1], plots[:1], (), plots[:1]])


def test_what_all_cells_need_stands_in_the_case():
    assert needed("import torch\nimport pandas as pd", "x = pd.DataFrame()", "import seaborn\nprint(x)") == (
        ("pandas",), [(), (), ("seaborn",)],
    )  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import google.colab\nexcept ImportError:\n    pass",
        "def plot():\n    import matplotlib.pyplot as plt",
        "from .local import x",
        "if True print(1)",
        "%matplotlib inline",
    ],
)
def test_what_may_be_absent_is_no_need(code):
    assert needed(code, "y = 1") == ((), [(), ()])


def test_a_name_that_is_bound_anew_needs_no_longer_what_it_did():
    assert needed("import pandas as pd\ndata = pd.DataFrame()", "data = [1, 2]", "print(data)")[1][2] == ()


def test_a_name_that_is_imported_needs_its_own_module_alone():
    """The first cell of a notebook imports torch beside much that has nothing to do with it."""
    assert needed(
        "import torch\nimport matplotlib.pyplot as plt\nfrom tqdm import trange as loop\nsteps = 3",
        "x = torch.ones(2)",
        "plt.plot(x)",
        "for _ in loop(2):\n    x = x * steps",
    ) == ((), [("matplotlib", "tqdm"), (), ("matplotlib",), ("matplotlib", "tqdm")])
