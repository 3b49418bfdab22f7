"""What a folder offers, and weights behind an address, beside torch's."""

import textwrap

import pytest
from bothways import agree

CONF = '''
dependencies = ["torch", "numpy"]
import torch.nn as nn
import torch
from helper_of_hub import scale

def net(pretrained=False, **options):
    """A net."""
    m = nn.Linear(2, 1)
    m.told = (pretrained, options, scale, isinstance(m, torch.nn.Module))
    return m

def _hidden():
    pass

value = 3
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache with one repository in it."""
    place = tmp_path / "hub" / "owner_name_main"
    place.mkdir(parents=True)
    (place / "hubconf.py").write_text(CONF)
    (place / "helper_of_hub.py").write_text("scale = 2\n")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return place


@pytest.mark.parametrize(
    "code",
    [
        "print(m := torch.hub.load({d!r}, 'net', True, source='local', k=1), m.told)",
        "import sys; torch.hub.load({d!r}, 'net', source='local'); print({d!r} in sys.path, 'hubconf' in sys.modules)",
        "torch.hub.load({d!r}, 'other', source='local')",
        "torch.hub.load({d!r}, 'value', source='local')",
        "torch.hub.load({d!r}, 3, source='local')",
        "torch.hub.load({d!r}, 'net', source='gitlab')",
        "torch.hub.load('/nowhere', 'net', source='local')",
        "print(torch.hub.get_dir() + '/owner_name_main' == {d!r})",
        "print(torch.hub.load('owner/name:main', 'net', trust_repo=True).told)",
        "print(torch.hub.list('owner/name:main', trust_repo=True, verbose=False))",
        "print(torch.hub.help('owner/name:main', 'net', trust_repo=True))",
    ],
)
def test_repositories(code, folder):
    agree(code.format(d=str(folder)))


def test_what_it_needs_is_not_installed(folder):
    (folder / "hubconf.py").write_text("dependencies = ['no_such_package']\ndef f(): pass\n")
    agree(f"torch.hub.load({str(folder)!r}, 'f', source='local')")


def test_a_repository_that_is_not_in_the_cache_is_not_fetched(tmp_path, monkeypatch):
    import engine

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"could not be found in the cache \(.*/hub\)"):
        engine.hub.load("owner/name", "net")


@pytest.mark.parametrize(
    "code",
    [
        "print(torch.hub.load_state_dict_from_url(url, model_dir=p + '/m', progress=False), os.listdir(p + '/m'))\n"
        "print(torch.hub.load_state_dict_from_url('http://x.invalid/w.pth', model_dir=p + '/m'))\n"
        "print(torch.hub.load_state_dict_from_url('http://x.invalid/v.pth', model_dir=p + '/m', file_name='w.pth'))",
        "torch.hub.download_url_to_file(url, p + '/z.pth', hash_prefix='zz', progress=False)",
        "torch.hub.download_url_to_file(url, p + '/z.pth', progress=False)\n"
        "print(os.path.getsize(p + '/z.pth') == os.path.getsize(p + '/w.pth'), len(os.listdir(p)))",
        "torch.hub.load_state_dict_from_url('file:///nowhere/none.pth', model_dir=p, progress=False)",
    ],
)
def test_weights(code, tmp_path):
    begin = f"import os, re, shutil; p = {str(tmp_path)!r}; shutil.rmtree(p); os.mkdir(p)\n"
    begin += "torch.save({'a': torch.ones(2)}, p + '/w.pth')\n"
    tried = f"try:\n{textwrap.indent(code, ' ')}\nexcept Exception as e: print(type(e), re.sub('got.*', '', str(e)))"
    agree(f"{begin}url = 'file://' + p + '/w.pth'\n{tried}")
