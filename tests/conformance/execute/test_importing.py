import builtins
import importlib
import sys

import pytest

from conformance.execute.importing import Binding, cell_builtins, missing

PACKAGE = {
    "__init__.py": "from . import inner\nvalue = 1\n__all__ = ['value']\n",
    "inner.py": "deep = 2\n",
    "later.py": "import sys\nlate = 3\n",
    "broken.py": "import no_such_dependency\n",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    folder = tmp_path / "stand_in"
    folder.mkdir()
    for name, text in PACKAGE.items():
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)

    def run(code):
        namespace = {"__builtins__": cell_builtins({"torch": "stand_in", "json": "json"})}
        exec(code, namespace)
        return namespace

    yield run
    for name in [name for name in sys.modules if name.partition(".")[0] == "stand_in"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    "code",
    [
        "import torch\nassert torch.value == 1 and torch.inner.deep == 2",
        "import torch as t\nassert t.value == 1",
        "import torch.inner\nassert torch.inner.deep == 2",
        "import torch.later\nassert torch.later.late == 3",
        "import torch.later as m\nassert m.late == 3",
        "from torch import value, inner\nassert (value, inner.deep) == (1, 2)",
        "from torch import later\nassert later.late == 3",
        "from torch.later import late\nassert late == 3",
        "from torch import *\nassert value == 1 and 'inner' not in globals()",
        "def f():\n  import torch\n  return torch.value\nassert f() == 1",
        "import json, os.path\nassert json.dumps(1) == '1' and os.path.sep",
        "from json import dumps\nassert dumps(1) == '1'",
        "assert __import__('torch').value == 1",
        "exec('import torch')\nassert torch.value == 1",
    ],
)
def test_every_form_of_import_gives_what_stands_for_the_name(run, code):
    run(code)


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("import torch.nothing", ModuleNotFoundError, "No module named 'torch.nothing'"),
        ("import torch.nothing.deeper", ModuleNotFoundError, "No module named 'torch.nothing'"),
        ("from torch import nothing", ImportError, "cannot import name 'nothing' from 'torch' ("),
        ("from torch.later import nothing", ImportError, "cannot import name 'nothing' from 'torch.later' ("),
        ("import torch.broken", ModuleNotFoundError, "No module named 'no_such_dependency'"),
    ],
)
def test_errors_speak_of_the_name_that_the_cell_wrote(run, code, error, message):
    with pytest.raises(error) as caught:
        run(code)
    assert str(caught.value).startswith(message)


def test_nothing_else_changes(run):
    before = builtins.__import__, sys.modules.get("torch")
    run("import torch\nlen = 3")
    assert (builtins.__import__, sys.modules.get("torch")) == before
    assert builtins.len is len


LIBRARY = """
import importlib.util
import sys

import torch
import torch.inner as inner
from torch import value
from torch.later import late

assert importlib.util.find_spec("torch.nothing") is None
in_use = sys.modules["torch"]
"""


def test_a_library_works_on_what_stands_for_the_name(run, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "a_library.py").write_text(LIBRARY)
    binding = Binding({"torch": "stand_in", "json": "json.decoder"})
    binding.install()
    names = run("import torch, a_library")
    binding.bind()
    library, module = names["a_library"], names["torch"]
    assert library.torch is library.in_use is module is sys.modules["torch"] is sys.modules["stand_in"]
    assert library.inner is module.inner
    assert (library.value, library.late) == (1, 3)
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'torch\.nothing'"):
        importlib.import_module("torch.nothing")
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_dependency'"):
        importlib.import_module("torch.broken")


def test_what_a_cell_could_not_import_is_told_without_importing_it():
    imports = {"torch": "tinytorch", "torchviz": "no_such_package.graph"}
    assert missing(("json", "torch", "xml.dom"), imports) == ""
    assert missing(("torchviz", "no_such_module", "json.nothing"), imports) == (
        "no module torchviz, no module no_such_module, no module json.nothing"
    )
