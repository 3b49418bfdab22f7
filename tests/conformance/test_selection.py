import pytest

from conformance.expression import SelectionError
from conformance.selection import select
from conformance.spec.errors import SpecError

CASE = "- {{id: {id}, title: {title}, tags: [{tags}], cells: [{{code: '1'}}, {{code: '2'}}]}}\n"


@pytest.fixture
def specs(tmp_path):
    root = tmp_path / "specs"
    (root / "area").mkdir(parents=True)
    for name, ids in {"area/one": ("a", "b"), "area/two": ("a",), "top": ("c",)}.items():
        cases = "".join(CASE.format(id=id, title=f"Title {id.upper()}", tags=f"tag-{id}") for id in ids)
        (root / f"{name}.yaml").write_text(f"title: t\ncases:\n{cases}")
    (root / "params.yaml").write_text(
        "title: t\ncases:\n- id: p\n  params: {x: ['1', '2']}\n  covers: [B01.02]\n  cells: [{code: '1'}]\n"
    )
    return root


def addresses(*arguments):
    return [str(item.address) for item in select(*arguments)]


ALL = ["area/one::a", "area/one::b", "area/two::a", "params::p[x=1]", "params::p[x=2]", "top::c"]


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ([], ALL),
        (["area"], ALL[:3]),
        (["area/one"], ALL[:2]),
        (["top", "area/two"], ["area/two::a", "top::c"]),
        (["area/one::b"], ["area/one::b"]),
        (["area/one::b#2"], ["area/one::b#2"]),
        (["area/one::b#2", "area/one::b#1"], ["area/one::b#1", "area/one::b#2"]),
        (["area/one", "area/one::a"], ALL[:2]),
        (["params::p"], ALL[3:5]),
        (["params::p[x=2]"], ["params::p[x=2]"]),
    ],
)
def test_selectors(specs, selectors, expected):
    assert addresses(specs, selectors) == expected


def test_a_selector_may_be_a_path(specs, monkeypatch):
    assert addresses(specs, [str(specs / "area")]) == ALL[:3]
    monkeypatch.chdir(specs.parent)
    assert addresses(specs, ["specs/area/one.yaml::b"]) == ["area/one::b"]


def test_only_the_files_that_are_meant_are_read(specs):
    (specs / "bad.yaml").write_text("title: [")
    assert addresses(specs, ["top"]) == ["top::c"]
    with pytest.raises(SpecError):
        select(specs)


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        ("area/on", "there is no suite 'area/on': did you mean 'area/one'?"),
        ("area/one::aa", "there is no case 'area/one::aa': did you mean 'a'?"),
        ("area/one::a#3", "there is no cell 3 in 'area/one::a#3': it has 2"),
        ("params::p[x=3]", "there is no case 'params::p\\[x=3\\]'"),
        ("area/one::", "'area/one::' is not an address"),
        ("notebok:a.ipynb", "there is no suite 'notebok:a.ipynb': did you mean 'notebook:a.ipynb'\\?"),
        ("specs/nothing.yaml", "there is no suite 'specs/nothing.yaml'$"),
    ],
)
def test_a_selector_that_names_nothing(specs, selector, told):
    with pytest.raises(SelectionError, match=told):
        select(specs, [selector])


@pytest.mark.parametrize(
    ("name", "told"),
    [("a.ipynb", "run it as notebook:.*a.ipynb"), ("a.py", "`conformance import .*a.py -o specs/mine/name.yaml`")],
)
def test_a_document_in_place_of_a_spec(specs, tmp_path, name, told):
    (tmp_path / name).write_text("")
    with pytest.raises(SelectionError, match=told):
        select(specs, [str(tmp_path / name)])


def test_specs_that_are_not_there(tmp_path):
    with pytest.raises(SelectionError, match="there are no specs at"):
        select(tmp_path / "none")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("two", ["area/two::a"]),
        ("TITLE", ALL[:3] + ALL[5:]),
        ("tag-b or top", ["area/one::b", "top::c"]),
        ("area and not (one or two)", []),
        ("not area and not params", ["top::c"]),
        ("b01.02", ALL[3:5]),
        ("x=2", ["params::p[x=2]"]),
    ],
)
def test_expressions(specs, expression, expected):
    assert addresses(specs, [], expression) == expected
