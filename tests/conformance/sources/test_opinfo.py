"""torch's samples as suites."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import run_command_line
from conformance.sources import opinfo
from conformance.sources.opinfo import DTYPES, parse
from conformance.spec.errors import SpecError

torch = pytest.importorskip("torch")

from conformance.sources.opinfo import calls, code  # noqa: E402

LAYOUTS = {
    "plain": lambda t: t,
    "transposed": lambda t: t.mT,
    "every other": lambda t: t[..., ::2],
    "an offset": lambda t: t[1:, 1:],
    "one for all": lambda t: t[:1].expand(*t.shape),
    "empty": lambda t: t[:0],
    "one number": lambda t: t[0, 0],
}


def test_a_selector_is_read():
    assert parse("opinfo:") == ("*", DTYPES, 4, "")
    assert parse("opinfo:linalg.*?dtype=float64,int64&samples=all") == (
        "linalg.*",
        ("float64", "int64"),
        None,
        "?dtype=float64,int64&samples=all",
    )


@pytest.mark.parametrize("selector", ["opinfo:add?samples=0", "opinfo:add?", "opinfo:add?dtype=", "opinfo:add?x=1"])
def test_what_cannot_be_asked_is_refused_with_what_can(selector):
    with pytest.raises(SpecError, match=r"ask \?dtype=float64,float32 or \?samples=8"):
        parse(selector)


def test_an_entry_that_is_none_is_refused(capsys):
    assert run_command_line(["list", "opinfo:nothing.like.it"]) == 4
    assert "no entry of torch's op_db fits 'nothing.like.it'" in capsys.readouterr().err


def test_of_many_entries_the_names_are_listed_without_their_samples(capsys, monkeypatch):
    made = []
    monkeypatch.setattr(opinfo, "opinfo", lambda selector: made.append(selector) or ())
    assert run_command_line(["list", "opinfo:linalg.*?dtype=float64", "-k", "svd or linalg.qr"]) == 0
    assert capsys.readouterr().out.split() == [
        "opinfo:linalg.qr?dtype=float64",
        "opinfo:linalg.svd?dtype=float64",
        "opinfo:linalg.svdvals?dtype=float64",
    ]
    assert made == []
    assert run_command_line(["list", "opinfo:nothing*"]) == 4
    assert "no entry of torch's op_db fits 'nothing*'" in capsys.readouterr().err


def test_a_failure_of_the_reading_process_is_told(monkeypatch):
    monkeypatch.setattr(opinfo, "__name__", "nowhere")
    with pytest.raises(SpecError, match=r"torch's samples could not be read: .*No module named"):
        opinfo.opinfo("opinfo:add")


@given(
    st.sampled_from(["float64", "float32", "float16", "bfloat16", "complex128", "complex64", "int64", "uint8", "bool"]),
    st.sampled_from(sorted(LAYOUTS)),
    st.lists(
        st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0, float("nan"), float("inf"), 1e-45]),
        min_size=12,
        max_size=12,
    ),
    st.booleans(),
)
def test_a_tensor_is_written_bit_for_bit(dtype, layout, numbers, tracked):
    wanted = getattr(torch, dtype)
    finite = [x if np.isfinite(x) and abs(x) < 100 else 1.0 for x in numbers]
    source = torch.tensor(numbers if wanted.is_floating_point else finite).reshape(3, 4)
    source = torch.complex(source, source.flip(0)) if wanted.is_complex else source
    source = LAYOUTS[layout](source.abs().to(wanted) if dtype == "uint8" else source.to(wanted))
    source.requires_grad_(tracked and wanted.is_floating_point)
    made = eval(code.tensor(source), {"torch": torch})
    assert (made.dtype, made.shape, made.requires_grad) == (source.dtype, source.shape, source.requires_grad)
    assert made.stride() == source.stride() or not source.numel() or source.is_contiguous()
    assert made.is_leaf
    raw = [torch.view_as_real(t).contiguous() if t.is_complex() else t.contiguous() for t in (made, source.detach())]
    same = [t.detach().view(torch.uint8).numpy() for t in raw] if source.numel() and source.dim() else [[], []]
    assert np.array_equal(*same) or torch.equal(made.isnan(), source.isnan())
    assert torch.equal(made.nan_to_num(), source.nan_to_num())


def test_what_is_too_long_or_no_dense_tensor_is_left_out_with_a_reason():
    with pytest.raises(code.Unwritable, match=r"more than 3,000 elements"):
        code.tensor(torch.zeros(3001))
    with pytest.raises(code.Unwritable, match=r"torch\.sparse_coo"):
        code.tensor(torch.eye(2).to_sparse())
    with pytest.raises(code.Unwritable, match=r"a object cannot be written"):
        code.Names().text(object())


class Entry:
    """An entry whose function is one of torch's test suite."""

    name = "made_up"

    def __init__(self, function):
        self.op = function
        function.__module__ = "torch.testing._internal.common_methods_invocations"


def test_what_a_function_of_the_tests_calls_is_noted():
    x, names = torch.tensor([[3.0, 1.0]]), code.Names()
    names.give(x, "x0")

    def function(t, dim=0):
        t = t.clone()
        t[0, 0] = 5.0
        values, _ = t.reshape(t.shape).max(dim=dim, keepdim=True)
        return torch.mul(values, 2).T

    lines = calls.written(Entry(function), (x,), {"dim": -1}, names, "y")
    scope = {"torch": torch, "x0": x}
    exec("\n".join(lines), scope)
    assert scope["y"] == 10
    assert lines[-1].startswith("y = _t") and lines[-1].endswith(".T")
    assert "[(0, 0)] = 5.0" in lines[1]


SELECTOR = "opinfo:[es]*p*?dtype=float64,bool&samples=2"


@pytest.fixture(scope="module")
def suites():
    return opinfo.opinfo(SELECTOR)


def test_an_entry_is_a_suite_with_all_that_can_be_done_with_it(suites):
    by_name = {suite.name: suite for suite in suites}
    expand = by_name["opinfo:expand?dtype=float64,bool&samples=2"]
    labels = [cell.from_ for cell in expand.cases[0].cells]
    assert labels[:4] == ["inputs", "forward", "layout", "backward"]
    exp = by_name["opinfo:exp?dtype=float64,bool&samples=2"]
    labels = [cell.from_ for case in exp.cases for cell in case.cells]
    assert {"double backward", "in-place", "out", "method"} <= set(labels)
    titles = {cell.title for case in exp.cases for cell in case.cells if cell.from_ == "out"}
    assert {"out= empty", "out= of another dtype"} <= titles
    split = by_name["opinfo:split?dtype=float64,bool&samples=2"]
    assert {case.id for case in split.cases} >= {"float64-0", "bool-0"}


def test_only_elementwise_operators_are_held_to_each_element(suites):
    slack = {
        suite.title: next(cell.slack for case in suite.cases for cell in case.cells if cell.from_ == "forward")
        for suite in suites
    }
    assert slack["exp"] is None
    assert slack["split"].normwise and slack["split"].reason


def test_torch_agrees_with_itself_and_a_wrong_engine_does_not(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.py").write_text(
        "import engine\n"
        "from conformance.targets.torchlike import TorchLike\n"
        "exp = engine.exp\n"
        "engine.exp = lambda x, **options: exp(x, **options) * 1.0000001\n"
        "del engine.expm1\n"
        "target = TorchLike('engine')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    selectors = [f"opinfo:{name}?dtype=float64&samples=2" for name in ("exp", "expm1", "exp2")]
    options = ["-t", "wrong:target", "-t", "torch:cpu", "--summary", "--isolate", "batch"]
    assert run_command_line(["run", *selectors, *options]) == 1
    told = capsys.readouterr().out
    assert "wrong:target  1 of 3 operators as in torch throughout, 1 missing" in told
    assert "missing torch (1)  expm1" in told
    assert "differs in forward (1)  exp\n" in told
    results = [json.loads(line) for line in (tmp_path / "reports/latest/run.ndjson").read_text().splitlines()]
    mine = [each for each in results if each["kind"] == "result" and each["target"] == "torch:cpu"]
    assert mine and {each["verdict"] for each in mine} == {"conforms"}


def test_the_supervisor_does_not_import_torch():
    text = (
        "import sys\n"
        "from conformance.sources.opinfo import opinfo\n"
        "assert opinfo('opinfo:neg?dtype=float64&samples=1')\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == 0


def test_a_name_that_says_that_it_is_of_torch():
    """Some entries and aliases say so, most do not."""
    assert calls.below_torch("torch.special.gammainc") == calls.below_torch("special.gammainc")
    (suite,) = opinfo.opinfo("opinfo:torch.ops.aten._safe_softmax.default?dtype=float32&samples=1")
    assert "torch.ops.aten._safe_softmax.default(x0" in suite.cases[0].cells[1].code
