"""torch's samples as suites."""

import contextlib
import io
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import run_command_line
from conformance.sources import samples
from conformance.sources.samples import DTYPES, parse
from conformance.spec.errors import SpecError

torch = pytest.importorskip("torch")

from conformance.sources.samples import calls, code, generate  # noqa: E402

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
    assert parse("opinfo:") == ("opinfo", "*", DTYPES["opinfo"], 4, "")
    assert parse("moduleinfo:nn.GRU") == ("moduleinfo", "nn.GRU", DTYPES["moduleinfo"], 4, "")
    assert parse("opinfo:linalg.*?dtype=float64,int64&samples=all") == (
        "opinfo",
        "linalg.*",
        ("float64", "int64"),
        None,
        "?dtype=float64,int64&samples=all",
    )


@pytest.mark.parametrize("selector", ["opinfo:add?samples=0", "opinfo:add?", "opinfo:add?dtype=", "opinfo:add?x=1"])
def test_what_cannot_be_asked_is_refused_with_what_can(selector):
    with pytest.raises(SpecError, match=r"ask \?dtype=float64,float32 or \?samples=8"):
        parse(selector)


def test_a_dtype_that_torch_has_not_is_refused_without_torch():
    with pytest.raises(SpecError, match=r"there is no dtype 'float33': did you mean 'float32'\?"):
        parse("opinfo:add?dtype=float33")


@pytest.fixture
def here(monkeypatch):
    """Samples are made in this process, which has imported them already."""

    def generated(arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            generate.main(arguments)
        return output.getvalue().encode()

    monkeypatch.setattr(samples, "_generated", generated)


def test_an_entry_that_is_none_is_refused(capsys, here):
    assert run_command_line(["list", "opinfo:nothing.like.it"]) == 4
    assert "no entry of torch's samples fits 'nothing.like.it'" in capsys.readouterr().err


def test_of_many_entries_the_names_are_listed_without_their_samples(capsys, monkeypatch, here):
    monkeypatch.setattr(samples, "suites", None)
    assert run_command_line(["list", "opinfo:linalg.*?dtype=float64", "-k", "svd or linalg.qr"]) == 0
    assert capsys.readouterr().out.split() == [
        "opinfo:linalg.qr?dtype=float64",
        "opinfo:linalg.svd?dtype=float64",
        "opinfo:linalg.svdvals?dtype=float64",
    ]
    assert run_command_line(["list", "optiminfo:Ada*", "opinfo:nothing*"]) == 4
    assert "no entry of torch's samples fits 'nothing*'" in capsys.readouterr().err


def test_a_failure_of_the_reading_process_is_told(monkeypatch):
    monkeypatch.setattr(samples, "__name__", "nowhere")
    with pytest.raises(SpecError, match=r"torch's samples could not be read: .*No module named"):
        samples.suites(["opinfo:add"])


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
    with warnings.catch_warnings(action="ignore"), pytest.raises(code.Unwritable, match=r"torch\.sparse_csr"):
        code.tensor(torch.eye(2).to_sparse_csr())
    with pytest.raises(code.Unwritable, match=r"a object cannot be written"):
        code.Names().text(object())


def test_coordinates_and_parameters_are_written_as_what_they_are():
    pair = torch.sparse_coo_tensor([[0, 0]], [1.0, 2.0], (3,), check_invariants=True)
    for source in (pair, pair.coalesce()):
        with torch.sparse.check_sparse_tensor_invariants():
            made = eval(code.tensor(source), {"torch": torch})
        assert (made.layout, made.is_coalesced()) == (source.layout, source.is_coalesced())
        assert torch.equal(made._values(), source._values()) and torch.equal(made._indices(), source._indices())
    frozen = eval(code.tensor(torch.nn.Parameter(torch.ones(2), requires_grad=False)), {"torch": torch})
    assert type(frozen) is torch.nn.Parameter and not frozen.requires_grad


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


def test_suites_are_named_by_what_asks_for_them(here):
    wanted = ["optiminfo:Adam?samples=1", "opinfo:expm1?dtype=bool", "opinfo:expm1?dtype=bool&samples=1"]
    found = samples.suites(wanted)
    assert [[suite.name for suite in each] for each in found.values()] == [[each] for each in wanted]


@pytest.fixture
def suites(here):
    selectors = [f"opinfo:{name}?dtype=float64,bool&samples=2" for name in ("exp", "expand", "split")]
    return [suite for found in samples.suites(selectors).values() for suite in found]


@pytest.fixture
def suite(here, request):
    """That of the one entry that the test names."""
    ((found,),) = samples.suites([request.param]).values()
    return found


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


@pytest.mark.parametrize("suite", ["opinfo:_batch_norm_with_update?dtype=float64&samples=1"], indirect=True)
def test_operators_of_torch_ops_write_their_results_by_name(suite):
    written = [cell.code for cell in suite.cases[0].cells if cell.from_ == "out"]
    assert all("out=out" in each and "[3])" in each and "reserve=out" in each for each in written) and written


@pytest.mark.parametrize("suite", ["opinfo:cat?dtype=float64&samples=1"], indirect=True)
def test_what_a_failing_call_leaves_in_an_output_without_elements_is_not_compared(suite):
    case = next(case for case in suite.cases if case.id == "error-6")
    assert [cell.code for cell in case.cells[1:]] == ["y = torch.cat((_x0, x1), dim=0, out=_x0)", "left = _x0.shape"]


def test_only_elementwise_operators_are_held_to_each_element(suites):
    slack = {
        suite.title: next(cell.slack for case in suite.cases for cell in case.cells if cell.from_ == "forward")
        for suite in suites
    }
    assert slack["exp"] is None
    assert slack["split"].normwise and slack["split"].reason


def test_torch_agrees_with_itself_and_a_wrong_engine_does_not(tmp_path, monkeypatch, capsys, here):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.py").write_text(
        "import engine\n"
        "from conformance.targets.torchlike import TorchLike\n"
        "exp = engine.exp\n"
        "engine.exp = lambda x, **options: exp(x, **options) * 1.0000001\n"
        "del engine.expm1\n"
        "engine.nn.ReLU.extra_repr = lambda self: 'wrong'\n"
        "step = engine.optim.SGD._update\n"
        "engine.optim.SGD._update = lambda self, p, grad, group: step(self, p, grad * 1.001, group)\n"
        "target = TorchLike('engine')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ("opinfo:exp*", "moduleinfo:nn.ReLU", "optiminfo:SGD")
    selectors = [f"{name}?dtype=float64&samples=1" for name in names]
    options = ["-t", "wrong:target", "-t", "torch:cpu", "--summary", "--isolate", "batch"]
    assert run_command_line(["run", *selectors, *options]) == 1
    told = capsys.readouterr().out
    assert "wrong:target  5 of 7 operators as in torch throughout, 1 missing" in told
    assert "missing torch (1)  expm1" in told
    assert "differs in forward (1)  exp\n" in told
    assert "wrong:target  0 of 1 modules as in torch throughout" in told
    assert "differs in constructor (1)  nn.ReLU" in told
    assert "differs in steps (1)  SGD" in told
    results = [json.loads(line) for line in (tmp_path / "reports/latest/run.ndjson").read_text().splitlines()]
    mine = [each for each in results if each["kind"] == "result" and each["target"] == "torch:cpu"]
    assert mine and {each["verdict"] for each in mine} == {"conforms"}


def test_the_supervisor_does_not_import_torch():
    text = (
        "import sys\n"
        "from conformance.sources.samples import suites\n"
        "assert suites(['opinfo:neg?dtype=float64&samples=1'])\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == 0


@pytest.mark.parametrize(
    "suite", ["opinfo:torch.ops.aten._safe_softmax.default?dtype=float32&samples=1"], indirect=True
)
def test_a_name_that_says_that_it_is_of_torch(suite):
    """Some entries and aliases say so, most do not."""
    assert calls.below_torch("torch.special.gammainc") == calls.below_torch("special.gammainc")
    assert "torch.ops.aten._safe_softmax.default(x0" in suite.cases[0].cells[1].code


@pytest.mark.parametrize("suite", ["moduleinfo:nn.BatchNorm2d?dtype=float32&samples=1"], indirect=True)
def test_a_module_is_a_suite_with_all_that_can_be_done_with_it(suite):
    ids = [case.id for case in suite.cases]
    assert ids[:2] == ["float32-0", "float32-eval-0"]
    assert any(id_.startswith("error-") for id_ in ids)
    labels = [cell.from_ for cell in suite.cases[0].cells]
    assert labels[:3] == ["inputs", "constructor", "forward"]
    assert {"backward", "double backward", "copies", "state", "functional", "hooks", "channels last"} <= set(labels)
    constructor = suite.cases[1].cells[1].code
    assert "m = torch.nn.BatchNorm2d(3).to(torch.float32).eval()" in constructor


@pytest.mark.parametrize("suite", ["optiminfo:SGD?dtype=float64&samples=2"], indirect=True)
def test_an_optimizer_is_a_suite_with_its_steps_states_and_schedulers(suite):
    by_id = {case.id: case for case in suite.cases}
    labels = [cell.from_ for cell in by_id["float64-0"].cells]
    assert labels == ["inputs", "constructor", "steps", "state", "resumed", "groups", *["implementations"] * 3]
    lines = by_id["schedulers-6"].cells[1].code.splitlines()
    assert lines[1] == "s0 = torch.optim.lr_scheduler.StepLR(o, gamma=0.9, step_size=10)"
    assert any("s1.step(loss)" in line for line in lines)
    assert "torch.optim.SGD(x0" in by_id["error-0"].cells[1].code


def test_the_engine_is_as_torch_in_modules_and_optimizers_but_for_what_is_listed(tmp_path, capsys, here):
    selectors = [f"{names}?dtype=float64&samples=1" for names in ("moduleinfo:nn.[BCLR]*", "optiminfo:")]
    options = ["-t", "engine", "-t", "torch:cpu", "--summary", "--isolate", "batch", "--out", str(tmp_path / "run")]
    baseline = Path(__file__).parents[3] / "reports" / "samples.ndjson"
    assert run_command_line(["run", *selectors, *options, "--baseline", str(baseline)]) == 0
    assert "15 of 15 optimizers as in torch throughout" in capsys.readouterr().out
    results = [json.loads(line) for line in (tmp_path / "run/run.ndjson").read_text().splitlines()]
    raising = {
        (each["address"], next(cell["label"] for cell in each["cells"] if cell["number"] == check["cell"]))
        for each in results
        if each["kind"] == "result" and each["address"].startswith("optiminfo:")
        for check in each["checks"]
        if check["name"] == "error" and check["torch"] != "no error"
    }
    assert raising and {label for _, label in raising} == {"errors"}  # each gets what it wants: closures, matrices ...
