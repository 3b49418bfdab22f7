"""How versions compare, beside torch's."""

import io

import pytest
from bothways import agree

import engine

torch = pytest.importorskip("torch")

BEGIN = "from torch.torch_version import TorchVersion as V; v = torch.__version__\n"


@pytest.mark.parametrize(
    "expression",
    [
        "type(v), isinstance(v, str), v.split('+')[0], hash(v) == hash(str(v)), f'{v:>12}'",
        "v >= (2, 0), v > '2.9', v < '2.10', v >= '2.9.1', v >= [2, 14], v < '3', v <= (2, 13, 0)",
        "v == str(v), v == '2.13.0', v > '2.13.0', v != '2', v == 2, v != 2",
        "V('1.0.0') == '1', V('2') == (2, 0, 0), V('2.0') > '2.0a1', V('2.0rc1') > V('2.0b2')",
        "V('2.13.0.dev20') < '2.13.0', V('2.0.post1') > '2.0', V('2.0') > '2.0rc3', V('2.0+cu1') > '2.0'",
        "V('x') > '2.0', V('2.0') < 'x', v > 'a', '2.9' < v, '2.9' == V('2.9.0')",
        "v > 2",
    ],
)
def test_comparisons(expression):
    agree(f"{BEGIN}print({expression})")


@pytest.mark.parametrize(("ours", "theirs"), [(engine, torch), (torch, engine)])
def test_a_version_in_a_file_that_the_other_reads(ours, theirs):
    file = io.BytesIO()
    ours.save({"version": ours.__version__}, file)
    file.seek(0)
    read = theirs.load(file, weights_only=False)["version"]
    assert read == str(ours.__version__)
    assert type(read) is type(theirs.__version__)
