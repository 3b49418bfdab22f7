"""What the doctor says of targets, of a right one and of some that are wrong on purpose."""

import pytest
import tinytorch

from conformance.cli import run_command_line
from conformance.doctor import PROBES, examine


def findings(target):
    return {finding.what: finding for finding in examine(target)}


def test_the_engine_can_do_all_of_it():
    found = findings("engine")
    assert {finding.state for finding in found.values()} == {"can"}
    assert len(found) == len(PROBES) + 2


@pytest.mark.parametrize(
    ("target", "what", "detail"),
    [
        ("miniatures:ENGINE.wrong_dtype", "makes tensors that can be looked at", "its dtype is float64, not float32"),
        ("miniatures:ENGINE.prints_nothing", "prints them like torch", "it printed nothing, not "),
        ("miniatures:ENGINE.wrong_values", "goes backward", "x.grad is "),
        ("miniatures:ENGINE.forgets_the_graph", "shows its graph", "grad_fn has no next_functions and name()"),
        ("miniatures:ENGINE.changes_a_message", "raises torch's errors", "there is nothing to differentiate"),
        ("miniatures:ENGINE.exits_early", "goes backward", "no-result: the process ended in cell 1"),
    ],
)
def test_what_a_target_cannot_do_is_told(target, what, detail):
    finding = findings(target)[what]
    assert finding.state == "cannot"
    assert detail in finding.detail


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        (("is_leaf", "detach"), "it is seen as an object: a tensor has also is_leaf, detach"),
        (("numpy", "tolist"), "its elements cannot be read: neither numpy() nor tolist() gives them"),
        (("shape",), "looking at it raised AttributeError: 'Tensor' object has no attribute 'shape'"),
    ],
)
def test_what_a_tensor_lacks_is_named(monkeypatch, tmp_path, lacking, told):
    fault = "".join(f"del tinytorch.Tensor.{name}\n" for name in lacking if hasattr(tinytorch.Tensor, name))
    (tmp_path / "lacking.py").write_text(
        "import tinytorch\nfrom conformance.targets.torchlike import TorchLike\n"
        f"{fault}target = TorchLike('tinytorch')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert findings("lacking:target")["makes tensors that can be looked at"].detail == told


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("miniatures:TINY.nothing_like_it", "NO   loads: failed: 'miniatures:TINY.nothing_like_it' is no target"),
        ("miniatures:TINY.is_not_there", "NO   loads: unavailable: no such hardware"),
        ("miniatures:TINY.fails_to_load", "NO   loads: failed: RuntimeError: the kernels were not built"),
        ("miniatures:TINY.starts_a_thread", "NO   loads: failed: loading it left 2 threads"),
    ],
)
def test_where_no_run_is_possible_the_exit_code_is_6(capsys, target, told):
    assert run_command_line(["doctor", target]) == 6
    assert told in capsys.readouterr().out


def test_the_command_says_yes_and_no(capsys):
    assert run_command_line(["doctor", "miniatures:ENGINE.prints_nothing"]) == 0
    out = capsys.readouterr().out
    assert "yes  goes backward\n" in out
    assert "no   prints them like torch: it printed nothing" in out
    assert run_command_line(["doctor", "nonsense"]) == 4
