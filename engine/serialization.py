"""``torch.save`` and ``torch.load``, in torch's file format: what one side wrote the other reads.

A file is a zip archive: ``data.pkl`` pickles the object, with torch's names for what rebuilds tensors; the elements lie
beside it, one entry per piece of memory, so that tensors which share memory share it again.  Loading calls nothing but
what is listed here, unless the user says that the file is trusted.

Source: ``torch.save``, ``torch.load`` and the serialization note.
"""

from __future__ import annotations

import _compat_pickle
import contextlib
import functools
import importlib
import io
import operator
import os
import pickle
import pickletools
import types
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

import numpy as np

from . import dtypes
from .device import device
from .dtypes import DTYPES, dtype
from .layout import Size, element_strides, storage
from .meta import lazily
from .naming import class_named, torchs_name
from .nn.parameter import Parameter
from .ops.sparse_construction import sparse_coo_tensor
from .pending_array import PendingArray, toggled
from .serialization_texts import ARCHIVE, CHANGED, refusal
from .serialization_trust import TRUSTED
from .serialization_trust import add_safe_globals as add_safe_globals
from .serialization_trust import clear_safe_globals as clear_safe_globals
from .serialization_trust import get_safe_globals as get_safe_globals
from .serialization_trust import safe_globals as safe_globals
from .sparse_array import SparseArray
from .storage import UntypedStorage
from .tensor import Tensor, wrap
from .torch_version import TorchVersion
from .utils.hooks import warn_if_has_hooks
from .warning import warn

if TYPE_CHECKING:
    import zipfile

MAP_LOCATION: TypeAlias = Callable[[UntypedStorage, str], UntypedStorage] | device | str | dict[str, str] | None
FILE_LIKE: TypeAlias = str | os.PathLike[str] | IO[bytes]
STORAGES = {
    dtypes.float64: "DoubleStorage", dtypes.float32: "FloatStorage", dtypes.float16: "HalfStorage",
    dtypes.bfloat16: "BFloat16Storage", dtypes.complex64: "ComplexFloatStorage",
    dtypes.complex128: "ComplexDoubleStorage", dtypes.int64: "LongStorage", dtypes.int32: "IntStorage",
    dtypes.int16: "ShortStorage", dtypes.int8: "CharStorage", dtypes.uint8: "ByteStorage", dtypes.bool_: "BoolStorage",
}  # fmt: skip
"""What the file calls memory of each dtype; memory of the others is untyped."""


class _Name:
    """Stands for a function or class of torch's, by name."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *args: Any) -> Any:
        raise TypeError(f"{self.module}.{self.name} is only a name")


class _Reference(tuple):
    """What the file says in place of a piece of memory."""


_REBUILD = {version: _Name("torch._utils", f"_rebuild_tensor_{version}") for version in ("v2", "v3")}
_REBUILD_SPARSE = _Name("torch._utils", "_rebuild_sparse_tensor")
_GET_LAYOUT = _Name("torch.serialization", "_get_layout")
_REBUILD_META = _Name("torch._utils", "_rebuild_meta_tensor_no_storage")
_REBUILD_PARAMETER = _Name("torch._utils", "_rebuild_parameter")
_STORAGE = {d: _Name("torch", name) for d, name in STORAGES.items()}
_UNTYPED = _Name("torch.storage", "UntypedStorage")
_DTYPE = {d: _Name("torch", repr(d).removeprefix("torch.")) for d in DTYPES}
_SIZE, _DEVICE = _Name("torch", "Size"), _Name("torch", "device")
_VERSION = _Name("torch.torch_version", "TorchVersion")


@functools.cache
def _class_name(module: str, name: str) -> _Name:
    """One for each class, so that a file says it once."""
    return _Name(module, name)


class _Layout(NamedTuple):
    """A layout as a file names it."""

    name: str


class _Pickler(pickle._Pickler):
    """Pickles tensors as torch does; ``memory`` collects what they show."""

    def __init__(self, file: Any) -> None:
        super().__init__(file, protocol=2)
        self.memory: dict[int, tuple[str, np.ndarray]] = {}
        self.itemsizes: dict[str, int] = {}
        self.more: tuple = ()  # which the format from before torch 1.6 says of each piece of memory

    def persistent_id(self, obj: Any) -> Any:
        return (*obj, *self.more) if isinstance(obj, _Reference) else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, _Layout):
            return _GET_LAYOUT, (obj.name,)
        if isinstance(obj, Tensor):
            return self._reduce_tensor(obj)
        if isinstance(obj, TorchVersion):
            return _VERSION, (str(obj),)
        if isinstance(obj, Size):
            return _SIZE, (tuple(obj),)
        if isinstance(obj, device):
            return _DEVICE, ((obj.type,) if obj.index is None else (obj.type, obj.index))
        if torchs_name(type(obj)) is None or type(obj) in self.dispatch or isinstance(obj, type):
            return NotImplemented
        return obj.__reduce_ex__(2)  # by its class's name, which is torch's

    def _save_name(self: Any, obj: _Name) -> None:
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        self.memoize(obj)

    def _save_dtype(self: Any, obj: dtype) -> None:
        self.save(_DTYPE[obj])

    def _save_class(self: Any, obj: type) -> None:
        name = torchs_name(obj)
        if name is None:
            self.save_type(obj)
        else:
            self.save(_class_name(obj.__module__, obj.__qualname__))

    def save_global(self: Any, obj: Any, name: str | None = None) -> None:
        try:
            super().save_global(obj, name)  # type: ignore[misc]  # which the stubs do not show
        except pickle.PicklingError:  # told as by the pickler in C
            path = name or getattr(obj, "__qualname__", None) or obj.__name__
            if "<locals>" in path.split("."):
                raise AttributeError(f"Can't pickle local object {path!r}") from None
            where = getattr(obj, "__module__", None) or "__main__"
            raise pickle.PicklingError(f"Can't pickle {obj!r}: attribute lookup {path} on {where} failed") from None

    dispatch: ClassVar[dict[type, Callable]] = {
        **pickle._Pickler.dispatch, _Name: _save_name, dtype: _save_dtype, type: _save_class,
        types.FunctionType: save_global,
    }  # fmt: skip

    def _reduce_tensor(self, obj: Tensor) -> tuple:
        if type(obj) is Parameter:
            return _REBUILD_PARAMETER, (obj.data, obj.requires_grad, OrderedDict())
        warn_if_has_hooks(obj)
        d, array = obj._dtype, obj._array
        if isinstance(array, SparseArray):
            if array.kind != "sparse_coo":
                raise NotImplementedError("compressed sparse tensors are not saved by the engine")
            layout = _Layout("torch.sparse_coo")
            return _REBUILD_SPARSE, (layout, (obj._indices(), obj._values(), obj.shape, obj.is_coalesced()))
        if obj.is_meta:
            return _REBUILD_META, (_DTYPE[d], tuple(array.shape), element_strides(array), obj.requires_grad)
        memory = storage(array)
        if isinstance(memory, PendingArray):
            memory = memory.raw
        offset = obj.storage_offset()
        if not (memory.flags.c_contiguous or memory.flags.f_contiguous or memory.ravel(order="K").base is memory):
            memory, offset = array.copy(order="C"), 0
            array = memory
        key, _ = self.memory.setdefault(id(memory), (str(len(self.memory)), memory))
        size = self.itemsizes[key] = d.itemsize if d in _STORAGE else 1
        count = memory.nbytes // size
        reference = _Reference(("storage", _STORAGE.get(d, _UNTYPED), key, "cpu", count))
        geometry: tuple = (
            reference,
            offset,
            tuple(array.shape),
            element_strides(array),
            obj.requires_grad,
            OrderedDict(),
        )
        if isinstance(array, PendingArray):
            return _REBUILD["v2"], (*geometry, {"conj" if d.is_complex else "neg": True})
        return (_REBUILD["v2"], geometry) if d in _STORAGE else (_REBUILD["v3"], (*geometry, _DTYPE[d]))


def save(
    obj: object,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object, with the tensors in it, to a file.

    Args:
        obj: tensors, numbers, text, and containers of them.
        f: a path, or a file open for writing.
        pickle_module, pickle_protocol: no effect; the format is torch's own.
        _use_new_zipfile_serialization: False for the format from before torch 1.6.
        _disable_byteorder_record: whether to leave out that the elements are in little-endian order.

    Raises:
        RuntimeError: if the path's directory does not exist, or nothing can be written there.
        AttributeError: if ``f`` is neither.
    """
    if not isinstance(f, (str, os.PathLike)):
        if not hasattr(f, "write"):
            raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
        _write(obj, f, "archive" if _use_new_zipfile_serialization else None, not _disable_byteorder_record)
        return
    path, is_new = Path(f), _use_new_zipfile_serialization
    if is_new and not path.parent.is_dir():
        raise RuntimeError(f"Parent directory {path.parent} does not exist.")
    if is_new and not os.path.basename(f):
        raise RuntimeError(f"[enforce fail at inline_container.cc:720] . invalid file name: {os.fspath(f)}")
    buffer = io.BytesIO()  # so that an object that cannot be saved leaves no half-written file
    _write(obj, buffer, (path.stem or "archive") if is_new else None, not _disable_byteorder_record)
    try:
        with open(f, "wb") as file:
            file.write(buffer.getvalue())
    except OSError as error:
        if not is_new:
            raise
        text = f"[enforce fail at inline_container.cc:747] . open file failed with strerror: {error.strerror}"
        raise RuntimeError(text) from None


_SKIPPING: ContextVar[bool] = ContextVar("skipping", default=False)


@contextlib.contextmanager
def skip_data(materialize_fake_tensors: bool = False) -> Iterator[None]:
    """A block in which `save` leaves room for elements, and does not write them.

    Args:
        materialize_fake_tensors: without effect.

    Source: ``torch.serialization.skip_data``.
    """
    token = _SKIPPING.set(True)
    try:
        yield
    finally:
        _SKIPPING.reset(token)


def _write(obj: object, file: Any, name: str | None, tells_order: bool) -> None:
    if name is None:
        _old_files().write(obj, file)
    else:
        write_archive(obj, file, name, tells_order)


def write_archive(
    obj: object, file: Any, name: str, tells_order: bool, pickler_class: type[_Pickler] = _Pickler
) -> None:
    """Write an object as an archive whose entries are under a name."""
    pickled = io.BytesIO()
    pickler = pickler_class(pickled)
    pickler.dump(obj)
    entries = {"data.pkl": pickled.getvalue(), ".format_version": b"1", ".storage_alignment": b"64"}
    if tells_order:
        entries["byteorder"] = b"little"
    for key, memory in pickler.memory.values():
        entries[f"data/{key}"] = bytes(memory.nbytes) if _SKIPPING.get() else memory.tobytes(order="A")
    from . import serialization_archive  # most programs write no file

    serialization_archive.write(file, name, entries)


def _rebuild(memory: np.ndarray | None, d: dtype, offset: int, size: Any, stride: Any, requires_grad: bool) -> Tensor:
    if memory is None:
        empty = _rebuild_meta(d, size, stride, requires_grad)
        empty._counter = [1]  # as below
        return empty
    flat = memory[: memory.size // d.itemsize * d.itemsize].view(d.numpy)
    strides = tuple(step * d.itemsize for step in stride)
    reach = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) + 1
    if 0 not in size and (min((offset, *stride), default=0) < 0 or reach > flat.size):
        raise pickle.UnpicklingError("a tensor reaches beyond the memory that the file has for it")
    start = offset * d.itemsize if 0 not in size else 0
    tensor = wrap(np.ndarray(tuple(size), d.numpy, memory, start, strides), d)  # a view of all memory, as torch's is
    tensor._counter = [1]  # it is made empty, and then set to its memory
    tensor._requires_grad = bool(requires_grad)
    return tensor


def _rebuild_v2(
    typed: tuple[np.ndarray | None, dtype], offset: int, size: Any, stride: Any, grad: bool, hooks: Any = None,
    bits: Any = None,
) -> Tensor:  # fmt: skip
    tensor = _rebuild(*typed, offset, size, stride, grad)
    if bits and (bits.get("conj") or bits.get("neg")):
        tensor._array = toggled(tensor._array)
    return tensor


def _rebuild_v3(
    untyped: tuple[np.ndarray | None, dtype],
    offset: int,
    size: Any,
    stride: Any,
    grad: bool,
    hooks: Any,
    d: dtype,
    *_: Any,
) -> Tensor:
    return _rebuild(untyped[0], d, offset, size, stride, grad)


def _rebuild_meta(d: dtype, size: Any, stride: Any, requires_grad: bool) -> Tensor:
    tensor = wrap(lazily(size, d.numpy, [step * d.itemsize for step in stride]), d)
    tensor._requires_grad = bool(requires_grad)
    return tensor


def _rebuild_sparse(layout: str, data: tuple) -> Tensor:
    if layout != "torch.sparse_coo":
        raise pickle.UnpicklingError(f"a tensor of layout {layout}, which the engine does not read")
    indices, values, size, *coalesced = data
    return sparse_coo_tensor(indices, values, size, check_invariants=True, is_coalesced=any(coalesced))


def _rebuild_parameter(data: Tensor, requires_grad: bool, hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)


_ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "Counter"): Counter,
    **{("builtins", one.__name__): one for one in (set, complex, bytearray)},
    ("_codecs", "encode"): lambda text, encoding="latin1": text.encode(encoding),
    ("torch", "Size"): Size,
    ("torch", "device"): device,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_v2,
    ("torch._utils", "_rebuild_tensor_v3"): _rebuild_v3,
    ("torch._utils", "_rebuild_sparse_tensor"): _rebuild_sparse,
    ("torch.serialization", "_get_layout"): str,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): _rebuild_meta,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch.nn.parameter", "Parameter"): Parameter,
    ("torch.storage", "UntypedStorage"): dtypes.uint8,
    **{("torch", name): d for d, name in STORAGES.items()},
    **{("torch", name.name): d for d, name in _DTYPE.items()},
}
"""What a file may name, and what that is here."""


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The classes and functions that a file names, and that would have to be trusted.

    Args:
        f: a path, or a file open for reading.

    Raises:
        pickle.UnpicklingError: if it is no such file.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return get_unsafe_globals_in_checkpoint(file)
    archive = _archive(f)
    if archive is None:
        raise ValueError("Expected input to be a checkpoint returned by torch.save")
    with archive:
        (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        named: set[tuple[str, str]] = set()
        texts: list[str] = []
        for opcode, value, _ in pickletools.genops(archive.read(pickled)):
            if opcode.name == "GLOBAL":
                module, _, name = str(value).partition(" ")
                named.add((module, name))
            elif opcode.name == "STACK_GLOBAL":
                named.add((texts[-2], texts[-1]))
            elif isinstance(value, str):
                texts.append(value)
    today = {_renamed(*one) for one in named}
    return [".".join(one) for one in today if one not in _ALLOWED and one not in TRUSTED]


def _renamed(module: str, name: str) -> tuple[str, str]:
    """What a name of Python 2, which files in protocol 2 use, is today."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def _found(module: str, name: str) -> Any:
    """What a trusted file means by a name: of torch's, what the engine has for it.

    Raises:
        AttributeError: if there is none.
    """
    package, dot, rest = module.partition(".")
    place = f"{__package__}{dot}{rest}" if package == "torch" else module
    with contextlib.suppress(AttributeError, ModuleNotFoundError):
        return operator.attrgetter(name)(importlib.import_module(place))
    with contextlib.suppress(KeyError):
        return class_named(f"{module}.{name}")
    raise AttributeError(f"Can't get attribute {name!r} on module {module!r}")


class _Unpickler(pickle.Unpickler):
    """Reads ``data.pkl``; ``memory`` reads a piece of memory, and a file that is ``trusted`` may name anything."""

    def __init__(
        self, file: Any, memory: Callable[[str], np.ndarray], trusted: bool, place: Callable[[Any, str], bool]
    ) -> None:
        super().__init__(file, encoding="utf-8")
        self._memory, self._trusted, self._place = memory, trusted, place
        self._read: dict[str, np.ndarray | None] = {}

    def find_class(self, module: str, name: str) -> Any:
        module, name = _renamed(module, name)
        for allowed in (_ALLOWED, TRUSTED):
            if (module, name) in allowed:
                return allowed[module, name]
        if self._trusted:
            return _found(module, name)
        full = f"{module}.{name}".removeprefix("builtins.")
        raise pickle.UnpicklingError(
            f"Unsupported global: GLOBAL {full} was not an allowed global by default. "
            f"Please use `torch.serialization.add_safe_globals([{full}])` or the "
            f"`torch.serialization.safe_globals([{full}])` context manager to allowlist this global "
            "if you trust this class/function."
        )

    def persistent_load(self, pid: Any) -> tuple[np.ndarray | None, dtype]:
        kind, d, key, location, *_ = pid
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown typename for persistent_load, expected 'storage' but got '{kind}'")
        if key not in self._read:
            found = self._memory(key)
            self._read[key] = found if self._place(found, location) else None
        return self._read[key], d


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save`, here or in torch, has written.

    Args:
        f: a path, or a file open for reading.
        map_location: where to put the elements of each storage, given where they were: a device, a dict from one to
            the other, or a function of the storage and where it was.  Only the CPU is there.
        mmap, pickle_module: no effect.
        weights_only: whether nothing may be built but tensors, plain data, and what `add_safe_globals` names, as by
            default. With False the file may call anything: only for files that you trust.

    Raises:
        FileNotFoundError: if there is no such file.
        pickle.UnpicklingError: if it is no such file, or names something that would have to be trusted.
        RuntimeError: if elements were, or are to be put, on a device that is not there.
        ValueError: for `mmap` of what is no path.
    """
    place = functools.partial(_put, map_location)
    if mmap and not isinstance(f, (str, os.PathLike)):
        raise ValueError("f must be a file path in order to use the mmap argument")
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:  # not through Path, which would tidy the name that an error shows
            return _read(file, weights_only, place)
    return _read(f, weights_only, place)


def load_trusted(file: Any, map_location: Any) -> Any:
    """`load`, of a file that may call anything."""
    return _read(file, False, functools.partial(_put, map_location), is_script=True)


def _put(map_location: Any, elements: np.ndarray, location: str) -> bool:
    """Whether the elements of a storage, which were at `location`, go to the CPU; to ``meta`` go none.

    Raises:
        RuntimeError: for another device.
    """
    if isinstance(map_location, dict):
        location = map_location.get(location, location)
    elif isinstance(map_location, (str, device)):
        location = str(device(map_location)) if str(map_location).startswith("cuda") else str(map_location)
    elif map_location is not None and map_location(UntypedStorage(elements), location) is not None:
        return True
    kind = location.partition(":")[0]
    if kind in ("cuda", "xpu"):
        raise RuntimeError(
            f"Attempting to deserialize object on a {kind.upper()} device but torch.{kind}.is_available() is False. If "
            "you are running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map "
            "your storages to the CPU."
        )
    if kind == "mps":
        raise RuntimeError("torch.UntypedStorage(): Storage device not recognized: mps")
    if kind not in ("cpu", "meta"):
        raise RuntimeError(
            f"don't know how to restore data location of torch.storage.UntypedStorage (tagged with {location})"
        )
    return kind == "cpu"


def _old_files() -> Any:
    from . import serialization_legacy  # few programs need it

    return serialization_legacy


def _archive(file: Any) -> zipfile.ZipFile | None:
    """The archive that a file is; None for what is no archive."""
    import zipfile

    if not hasattr(file, "seekable"):
        raise AttributeError(
            f"'{type(file).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is "
            "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        )
    at = file.tell()
    begins_one = file.read(len(ARCHIVE)) == ARCHIVE
    found = zipfile.ZipFile(file) if begins_one and zipfile.is_zipfile(file) else None
    if found is None:
        file.seek(at)
    return found


def _read(
    file: Any, weights_only: bool | None, place: Callable[[Any, str], bool], is_script: bool = False
) -> Any:  # fmt: skip
    file = file if not hasattr(file, "seekable") or file.seekable() else io.BytesIO(file.read())
    archive = _archive(file)
    if archive is None:
        return _old_files().read(file, weights_only, place)
    with archive:
        if not is_script and any(name.endswith("/constants.pkl") for name in archive.namelist()):
            return _read_script(file, weights_only, place)
        pickled = next((name for name in archive.namelist() if name.endswith("/data.pkl")), None)
        if pickled is None:
            raise RuntimeError(
                'Expected hasRecord("version") to be true, but got false.  (Could this error message be improved?  If '
                "so, please report an enhancement request to PyTorch.)"
            )
        root = pickled.removesuffix("data.pkl")
        if f"{root}byteorder" in archive.namelist() and archive.read(f"{root}byteorder") != b"little":
            raise pickle.UnpicklingError("the elements are in big-endian order, which is not read")

        def memory(key: str) -> np.ndarray:
            return np.frombuffer(bytearray(archive.read(f"{root}data/{key}")), np.uint8)

        try:
            return _Unpickler(io.BytesIO(archive.read(pickled)), memory, weights_only is False, place).load()
        except pickle.UnpicklingError as error:
            if weights_only is False:
                raise
            raise pickle.UnpicklingError(refusal(str(error))) from None


def _read_script(file: Any, weights_only: bool | None, place: Callable[[Any, str], bool]) -> Any:
    """What a file of ``torch.jit`` has, with torch's warning."""
    warn(
        "'torch.load' received a zip file that looks like a TorchScript archive dispatching to 'torch.jit.load' (call "
        "'torch.jit.load' directly to silence this warning)"
    )
    if weights_only is not False:
        raise RuntimeError(
            f"Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``. {CHANGED}"
        )
    return importlib.import_module(f"{__package__}.jit").load(file)
