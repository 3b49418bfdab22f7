import pytest

from conformance.compare.normalise import DEVICE, NORMALISERS, normalise

CASES = {
    "object addresses": [
        ("<AddBackward0 object at 0x15040e0e0>", "<AddBackward0 object at 0x...>"),
        ("<graphviz.graphs.Digraph at 0x7fa39829af10>", "<graphviz.graphs.Digraph at 0x...>"),
        ("0x1p3 looks at 0", "0x1p3 looks at 0"),
    ],
    "functions": [
        ("<built-in method sin of type object at 0x...>", "<function sin at 0x...>"),
        ("<built-in method sum of Tensor object at 0x...>", "<built-in method sum of Tensor object at 0x...>"),
    ],
    "object ids": [
        (
            '\t140214 [label=x]\n\t140214311 [label=""]\n\t140214999 -> 140214311',
            '\t140214 [label=x]\n\t#1 [label=""]\n\t#2 -> #1',
        ),
        ("tensor([140214311])", "tensor([140214311])"),
    ],
    "triggered internally": [
        ("is being accessed. (Triggered internally at /b/TensorBody.h:493.)", "is being accessed."),
        ("(Triggered by hand)", "(Triggered by hand)"),
    ],
    "file paths": [
        ("No such file: '/usr/lib/python3/x.py'", "No such file: '.../x.py'"),
        (
            "cannot import name 'y' from 'torch' (/opt/torch/__init__.py)",
            "cannot import name 'y' from 'torch' (.../__init__.py)",
        ),
        ("1/2, a/b/c, https://host/page/x, dz/dx", "1/2, a/b/c, https://host/page/x, dz/dx"),
    ],
    "device suffixes": [
        ("tensor([1.], device='cuda:0', grad_fn=<A>)", "tensor([1.], grad_fn=<A>)"),
        ("tensor([1.], device='cpu')", "tensor([1.], device='cpu')"),
    ],
}


@pytest.mark.parametrize("normaliser", [*NORMALISERS, DEVICE], ids=lambda each: each.name)
def test_each_does_what_it_says_and_leaves_the_rest(normaliser):
    for text, expected in CASES[normaliser.name]:
        assert normaliser.apply(text) == expected
        assert normaliser.apply(expected) == expected


def test_the_device_counts_only_off_the_cpu():
    text = "tensor([1.], device='cuda:0')"
    assert normalise(text) == text
    assert normalise(text, on_cpu=False) == "tensor([1.])"


def test_the_readme_lists_every_normaliser(pytestconfig):
    readme = (pytestconfig.rootpath / "conformance" / "README.md").read_text()
    for normaliser in (*NORMALISERS, DEVICE):
        assert f"**{normaliser.name}**" in readme
