"""Models that a folder offers by its ``hubconf.py``, and weights that lie behind an address.

Source: ``torch.hub``.  Weights are fetched; repositories are not: one is taken from a folder, or from the cache.  In a
``hubconf.py``, ``import torch`` gives the engine; what else it imports is imported as ever.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlparse
from urllib.request import Request, urlopen

from .serialization import load as _load

_HASH = re.compile(r"-([a-f0-9]*)\.")
_set_dir: list[str] = []


def _get_torch_home() -> str:
    """Where the environment has torch's cache."""
    cache = os.path.join(os.getenv("XDG_CACHE_HOME", "~/.cache"), "torch")
    return os.path.expanduser(os.getenv("TORCH_HOME", cache))


def get_dir() -> str:
    """Where what was fetched is kept: as `set_dir` says, or where the environment has its cache."""
    return _set_dir[0] if _set_dir else os.path.join(_get_torch_home(), "hub")


def set_dir(d: str | os.PathLike) -> None:
    """Change `get_dir`."""
    _set_dir[:] = [os.path.expanduser(d)]


def list(
    github: str, force_reload: bool = False, skip_validation: bool = False, trust_repo: Any = None, verbose: bool = True
) -> builtins.list[str]:
    """The names of all models that a repository offers."""
    with _offers(_cached(github, verbose)) as module:
        return [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]


def help(
    github: str, model: str, force_reload: bool = False, skip_validation: bool = False, trust_repo: Any = None
) -> str | None:
    """The docstring of a model."""
    with _offers(_cached(github, True)) as module:
        return _entry(module, model).__doc__


def load(
    repo_or_dir: str | os.PathLike, model: str, *args: Any, source: str = "github", trust_repo: Any = None,
    force_reload: bool = False, verbose: bool = True, skip_validation: bool = False, **kwargs: Any,
) -> Any:  # fmt: skip
    """Call what a repository or a folder offers under a name.

    Args:
        repo_or_dir: ``OWNER/NAME[:BRANCH]``, which must be in the cache, or, if ``source`` is ``local``, a folder.
        model: the name.
        args, kwargs: what it is called with.

    Raises:
        ValueError: for another source.
        RuntimeError: if the repository is not there, has no such name, or needs what is not installed.
    """
    if source.lower() not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    local = source.lower() == "local"
    with _offers(str(repo_or_dir) if local else _cached(str(repo_or_dir), verbose)) as module:
        return _entry(module, model)(*args, **kwargs)


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Fetch a file.

    Args:
        url: where it is.
        dst: where it comes to; it is there when all of it is.
        hash_prefix: how the SHA256 of the file must begin, in hexadecimal digits.
        progress: without effect.

    Raises:
        RuntimeError: for another hash.
        URLError: if it cannot be fetched.
    """
    dst = os.path.expanduser(dst)
    hashed = hashlib.sha256()
    with (
        urlopen(Request(url, headers={"User-Agent": "torch.hub"})) as source,
        tempfile.NamedTemporaryFile(dir=os.path.dirname(dst) or ".", delete=False) as partial,
    ):
        try:
            while piece := source.read(2**17):
                partial.write(piece)
                hashed.update(piece)
            partial.close()
            if hash_prefix and not hashed.hexdigest().startswith(hash_prefix):
                raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{hashed.hexdigest()}")')
            shutil.move(partial.name, dst)
        finally:
            Path(partial.name).unlink(missing_ok=True)


def load_state_dict_from_url(
    url: str, model_dir: str | None = None, map_location: Any = None, progress: bool = True, check_hash: bool = False,
    file_name: str | None = None, weights_only: bool = False,
) -> Any:  # fmt: skip
    """What a file behind an address holds; it is fetched if it is not in ``model_dir`` yet, by default the cache.

    Args:
        check_hash: whether the name of the file, ``name-<sha256>.ext``, must fit what is in it.
        file_name: what the file is called, if not as in the address.

    Raises:
        RuntimeError: for another hash.
        URLError: if it cannot be fetched.
    """
    folder = model_dir if model_dir is not None else os.path.join(get_dir(), "checkpoints")
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    place = os.path.join(folder, name)
    if not os.path.exists(place):
        sys.stdout.write(f'Downloading: "{url}" to {place}\n')
        found = _HASH.search(name) if check_hash else None
        download_url_to_file(url, place, found[1] if found else None, progress)
    return _load(place, map_location=map_location, weights_only=weights_only)


def _cached(github: str, verbose: bool) -> str:
    """The folder of a repository in the cache.  Raises RuntimeError."""
    repository, _, branch = github.partition(":")
    owner, name = repository.split("/")
    for one in [branch] if branch else ["main", "master"]:
        folder = os.path.join(get_dir(), "_".join((owner, name, one.replace("/", "_"))))
        if os.path.exists(folder):
            if verbose:
                sys.stderr.write(f"Using cache found in {folder}\n")
            return folder
    raise RuntimeError(
        f"It looks like there is no internet connection and the repo could not be found in the cache ({get_dir()})"
    )


@contextmanager
def _offers(folder: str) -> Iterator[ModuleType]:
    """A folder's ``hubconf.py``, run, with the folder among those that are imported from.  Raises RuntimeError."""
    place = os.path.join(folder, "hubconf.py")
    with open(place, encoding="utf-8") as file:
        code = compile(file.read(), place, "exec")
    module = ModuleType("hubconf")
    vars(module).update(__file__=place, __builtins__={**vars(builtins), "__import__": _import})
    sys.path.insert(0, folder)
    try:
        exec(code, vars(module))
        missing = [one for one in vars(module).get("dependencies", ()) if one != "torch" and not _is_there(one)]
        if missing:
            raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
        yield module
    finally:
        sys.path.remove(folder)


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    first, dot, rest = name.partition(".")
    own = __name__.partition(".")[0] if first == "torch" and level == 0 else first
    return builtins.__import__(own + dot + rest, globals, locals, fromlist, level)


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _entry(module: ModuleType, model: str) -> Any:
    if not isinstance(model, str):
        raise ValueError("Invalid input: model should be a string of function name")
    found = vars(module).get(model)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return found
