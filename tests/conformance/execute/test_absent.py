"""Cells that need what is not here, and those after them."""

import pytest

from conformance.execute.absent import Absent


def failed(code):
    with pytest.raises(NameError) as caught:
        exec(code, {})
    return caught.value


@pytest.mark.parametrize(
    "code", ["import b as a", "from b import a", "a = 1", "def a(): pass", "for a in b: pass", "class a: pass"]
)
def test_a_name_that_a_skipped_cell_would_have_bound_is_told(code):
    absent = Absent(("torch",))
    absent.skipped(code, "no module b")
    assert absent.reason(failed("a"), "c = a", {}) == "a was never bound: no module b"
    assert absent.reason(failed("c"), "c", {}) == "c was never bound: no module b"


@pytest.mark.parametrize("code", ["def f():\n    a = 1", "[a for a in b]", "x = = 3", "b.a = 1", "a\0"])
def test_what_it_would_not_have_bound_is_an_error(code):
    absent = Absent(("torch",))
    absent.skipped(code, "no module b")
    assert absent.reason(failed("a"), "a", {}) == ""


def test_the_targets_own_modules_are_not_absent():
    absent = Absent(("torch",))
    assert absent.reason(ModuleNotFoundError("", name="torch.nothing"), "import torch.nothing", {}) == ""
    assert absent.reason(ModuleNotFoundError("", name="b.c"), "import b.c", {}) == "no module b.c"


def test_what_else_the_cell_imports_is_imported():
    code = "import no_such_a as a\nimport json, no_such_b\nfrom math import pi\nfrom no_such_c import c\nx = a.f()"
    absent, namespace = Absent(("torch",)), {}
    with pytest.raises(ModuleNotFoundError) as caught:
        exec(code, namespace)
    assert absent.reason(caught.value, code, namespace) == "no module no_such_a"
    assert {"json", "pi"} <= {*namespace}
    told = {name: absent.reason(failed(name), name, {}) for name in ("a", "c", "x", "no_such_b")}
    assert told == {
        "a": "a was never bound: no module no_such_a", "c": "c was never bound: no module no_such_c",
        "x": "x was never bound: no module no_such_a", "no_such_b": "no_such_b was never bound: no module no_such_b",
    }  # fmt: skip
