"""Files that go to torch and come from it."""

import io
import pickle
import sys
import types
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from bothways import agree

import engine
from engine.dtypes import DTYPES

KINDS = [repr(d).removeprefix("torch.") for d in DTYPES]


def passed(obj, writer, reader):
    buffer = io.BytesIO()
    writer.save(obj, buffer)
    buffer.seek(0)
    return reader.load(buffer)


@pytest.mark.parametrize(("writer", "reader"), [(engine, torch), (torch, engine), (engine, engine)])
@pytest.mark.parametrize("kind", KINDS)
def test_tensors_of_every_dtype_and_shape(writer, reader, kind):
    for shape in [(), (0,), (3,), (2, 0, 3), (2, 3, 4)]:
        tensor = writer.arange(int(np.prod(shape))).reshape(shape).to(getattr(writer, kind))
        found = passed(tensor, writer, reader)
        assert repr(found) == repr(tensor)
        assert tuple(found.stride()) == tuple(tensor.stride())


@pytest.mark.parametrize(("writer", "reader"), [(engine, torch), (torch, engine)])
def test_memory_is_shared_again(writer, reader):
    base = writer.arange(12.0).reshape(3, 4)
    whole, part, turned = passed([base, base[1:, ::2], base.t()], writer, reader)
    assert part.tolist() == base[1:, ::2].tolist() and turned.stride() == base.t().stride()
    whole.zero_()
    assert part.tolist() == [[0.0, 0.0]] * 2 and turned.sum() == 0


@pytest.mark.parametrize(("writer", "reader"), [(engine, torch), (torch, engine)])
def test_plain_data_and_parameters(writer, reader):
    saved = {
        "numbers": (1, 2.5, 1 + 2j, None, True), "text": "ä", "bytes": b"\x00\xff", "set": {1}, "dtype": writer.float16,
        "size": writer.Size([1, 2]), "device": writer.device("cpu"), "dict": OrderedDict(a=1),
    }  # fmt: skip
    found = passed(saved, writer, reader)
    assert repr(found) == repr(saved)
    layer = writer.nn.Linear(2, 3)
    other = reader.nn.Linear(2, 3)
    other.load_state_dict(passed(layer.state_dict(), writer, reader))
    assert repr(list(other.parameters())) == repr(list(layer.parameters()))
    (parameter,) = passed([writer.nn.Parameter(writer.ones(2))], writer, reader)
    assert repr(parameter).startswith("Parameter containing:")


def test_a_non_leaf_comes_back_as_a_leaf():
    found = passed(engine.ones(2, requires_grad=True) * 2, engine, engine)
    assert found.is_leaf and found.requires_grad


def test_nothing_is_called_that_is_not_listed():
    class Hostile:
        def __reduce__(self):
            return print, ("called",)

    buffer = io.BytesIO()
    torch.save(Hostile(), buffer)
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError, match=r"GLOBAL print was not an allowed global"):
        engine.load(buffer)


class Point:
    """Something of a user's."""

    def __init__(self, x):
        self.x = x


def test_what_the_user_trusts_is_built(monkeypatch):
    monkeypatch.setitem(sys.modules, Point.__module__, types.SimpleNamespace(Point=Point))  # as pickle asks
    buffer = io.BytesIO()
    engine.save(Point(engine.ones(2)), buffer)
    buffer.seek(0)
    for options in ({}, {"weights_only": True}):
        buffer.seek(0)
        with pytest.raises(pickle.UnpicklingError, match=r"\.Point was not an allowed global"):
            engine.load(buffer, **options)
    buffer.seek(0)
    assert engine.load(buffer, weights_only=False).x.tolist() == [1.0, 1.0]
    with engine.serialization.safe_globals([Point]):
        buffer.seek(0)
        assert engine.load(buffer).x.tolist() == [1.0, 1.0]
        assert engine.serialization.get_safe_globals() == [Point]
    assert engine.serialization.get_safe_globals() == []


def test_a_file_that_lies_about_its_memory_is_refused():
    buffer, changed = io.BytesIO(), io.BytesIO()
    engine.save(engine.arange(4.0), buffer)
    with zipfile.ZipFile(buffer) as read, zipfile.ZipFile(changed, "w") as write:
        for name in read.namelist():
            write.writestr(name, read.read(name)[:8] if "/data/" in name else read.read(name))
    changed.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="beyond the memory"):
        engine.load(changed)


def test_what_cannot_be_saved_leaves_no_file(tmp_path):
    with pytest.raises(TypeError):
        engine.save(io.BytesIO().getbuffer(), tmp_path / "x.pt")
    assert not list(tmp_path.iterdir())
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist"):
        engine.save(1, tmp_path / "no" / "x.pt")


def old_file(lib, obj, kept=None):
    buffer = io.BytesIO()
    lib.save(obj, buffer, _use_new_zipfile_serialization=False)
    return io.BytesIO(buffer.getvalue()[:kept])


@pytest.mark.parametrize(("writer", "reader"), [(engine, torch), (torch, engine), (engine, engine)])
def test_the_format_from_before_torch_1_6(writer, reader):
    x = writer.arange(6.0).view(2, 3)
    found = reader.load(
        old_file(writer, {"x": x, "t": x.t(), "p": writer.nn.Parameter(writer.ones(2)), "n": x[:0].int()})
    )
    assert repr(found) == repr({"x": x, "t": x.t(), "p": writer.nn.Parameter(writer.ones(2)), "n": x[:0].int()})
    found["x"].zero_()
    assert found["t"].sum() == 0
    layer = writer.nn.Linear(1, 1)
    if writer is reader:
        assert repr(reader.load(old_file(writer, layer), weights_only=False)) == repr(layer)


DAMAGED = [
    b"", b"<!DOCTYPE html>", b"not a model", b"version https://git-lfs.github.com/spec/v1", b"PK\x03\x04",
    b"PK\x03\x04" * 9, pickle.dumps({"a": 1}), pickle.dumps({"a": 1}, protocol=2),
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize("weights_only", [None, False])
def test_what_is_no_such_file_is_refused(content, weights_only):
    agree(f"import io\ntorch.load(io.BytesIO({content!r}), weights_only={weights_only})")


def test_damaged_files_are_refused():
    agree(
        """
import io, zipfile
b = io.BytesIO(); torch.save(torch.ones(3), b, _use_new_zipfile_serialization=False)
for n in (-3, -9):
    try: torch.load(io.BytesIO(b.getvalue()[:n]))
    except RuntimeError as e: print(e)
b = io.BytesIO(); zipfile.ZipFile(b, "w").writestr("a/b", "text"); b.seek(0)
try: torch.load(b)
except RuntimeError as e: print(e)
b = io.BytesIO(); torch.save(torch.ones(3), b); torch.load(b)
"""
    )


@pytest.mark.parametrize("saved", ["bytearray(b'a')", "{1}", "2j", "range(3)", "slice(1, 2)", "frozenset([1])"])
def test_builtin_types_are_trusted_and_named_as_torch_does(saved):
    agree(f"""
import io
f = io.BytesIO(); torch.save({saved}, f); f.seek(0); print(torch.serialization.get_unsafe_globals_in_checkpoint(f))
f.seek(0); print(torch.load(f, weights_only=False)); f.seek(0)
with torch.serialization.safe_globals([range, slice, frozenset]): print(torch.load(f))
f.seek(0); print(torch.load(f))
""")


def test_hooks_are_not_saved():
    tensor = engine.ones(2, requires_grad=True)
    handle = tensor.register_hook(lambda grad: grad)
    with pytest.warns(UserWarning, match="will not be serialized"):
        engine.save(tensor, io.BytesIO())
    handle.remove()
    tensor.register_hook(engine.utils.hooks.unserializable_hook(lambda grad: grad))
    engine.save(tensor, io.BytesIO())


def layers(lib, more):
    nn = lib.nn
    return nn.Sequential(
        nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(12, 4),
        nn.Dropout(0.1), nn.ModuleDict({"a": nn.LSTM(4, 3)} if more else {"b": nn.MultiheadAttention(4, 2)}),
        nn.Embedding(3, 2, padding_idx=0), nn.TransformerEncoderLayer(4, 2, 8), nn.CrossEntropyLoss(), nn.Fold(4, 2),
        nn.ParameterList([nn.Parameter(lib.ones(2))]), nn.PixelShuffle(2), nn.Upsample(scale_factor=2),
    )  # fmt: skip


@pytest.mark.parametrize("writer", [engine, torch])
@pytest.mark.parametrize("reader", [engine, torch])
def test_whole_modules_are_read_by_who_trusts_the_file(writer, reader):
    writer.manual_seed(0)
    model, buffer = layers(writer, writer is reader), io.BytesIO()  # torch's own recurrent layers hold more
    writer.save([model, model[0].weight], buffer)
    buffer.seek(0)
    back, weight = reader.load(buffer, weights_only=False)
    assert repr(back) == repr(model)
    assert weight is back[0].weight
    assert type(back[1]) is reader.nn.BatchNorm1d
    x = [[[0.1 * i * j for i in range(8)] for j in range(2)] for _ in range(2)]
    expected, found = (one.eval()[:7](lib.tensor(x)) for one, lib in ((model, writer), (back, reader)))
    assert np.allclose(expected.detach().numpy(), found.detach().numpy(), atol=1e-6)


def test_a_view_that_is_read_has_the_place_that_it_had():
    buffer = io.BytesIO()
    whole = engine.arange(6.0)
    engine.save([whole, whole[2:], whole[4:4], whole.view(2, 3).t()], buffer)
    buffer.seek(0)
    a, b, empty, t = engine.load(buffer)
    assert (b.storage_offset(), b.data_ptr(), tuple(empty.shape), t.stride()) == (2, a.data_ptr() + 8, (0,), (1, 3))
    t[2, 1] = 100.0
    assert a.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 100.0]


def test_a_name_that_nothing_has_is_told():
    buffer = io.BytesIO(b"\x80\x02ctorch.nn.modules.linear\nNothing\n.")
    with pytest.raises(AttributeError, match=r"Can't get attribute 'Nothing' on module 'torch\.nn\.modules\.linear'"):
        engine.serialization._Unpickler(buffer, dict, True, print).load()


PLACES = [
    "'cpu'", "torch.device('cpu')", "None", "{'cuda:0': 'cpu'}", "lambda storage, place: storage",
    "lambda storage, place: None",
    "'cuda'", "'cuda:1'", "torch.device('cuda')", "{'cpu': 'cuda:0'}", "'mps'", "'xpu'", "'nonsense'", "'cuda:x'", "3",
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_where_the_elements_are_put(place):
    agree(f"""
import io
file = io.BytesIO()
torch.save({{"a": torch.ones(2)}}, file, _disable_byteorder_record=True)
file.seek(0)
print(torch.load(file, map_location={place}))
""")


WHOLE = [
    "nn.LSTM(3, 4, 2, bidirectional=True)", "nn.GRU(3, 4, bias=False, batch_first=True)",
    "nn.RNN(3, 4)",
]  # fmt: skip


@pytest.mark.parametrize("made", WHOLE)
@pytest.mark.parametrize(("source", "target"), [(torch, engine), (engine, torch), (engine, engine)])
def test_a_recurrent_network_goes_through_a_file_as_a_whole(made, source, target):
    file, numbers = io.BytesIO(), np.linspace(-1, 1, 30, dtype=np.float32).reshape(5, 2, 3)
    module = eval(made, {"nn": source.nn})
    source.save(module, file)
    file.seek(0)
    found = target.load(file, weights_only=False)
    assert repr(found) == repr(module)
    (one, _), (other, _) = module(source.from_numpy(numbers)), found(target.from_numpy(numbers))
    assert np.allclose(one.detach().numpy(), other.detach().numpy(), atol=1e-6)
    if target is engine:
        assert not any(name.startswith(("_flat", "_all")) for name in vars(found))


def test_an_optimizer_of_torchs_is_read_where_it_is_trusted():
    file = io.BytesIO()
    torch.save(torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.25, momentum=0.5), file)
    file.seek(0)
    found = engine.load(file, weights_only=False)
    assert isinstance(found, engine.optim.SGD)
    assert found.param_groups[0]["lr"] == 0.25


@pytest.mark.parametrize(
    "code",
    [
        "for where in ('meta', torch.device('meta'), {'cpu': 'meta'}):\n"
        "    b.seek(0); m = torch.load(b, map_location=where); print(m['h'], m['h'].stride(), m['m']['weight'].device)",
        "with torch.serialization.skip_data(): c = io.BytesIO(); torch.save(torch.ones(1000), c)\n"
        "c.seek(0); print(len(c.getvalue()) > 4000, torch.load(c).shape)",
        "import collections; c = io.BytesIO(); torch.save({'c': collections.ChainMap({})}, c); c.seek(0)\n"
        "print(torch.serialization.get_unsafe_globals_in_checkpoint(c))\n"
        "with torch.serialization.safe_globals([collections.ChainMap]):\n"
        "    c.seek(0); print(torch.serialization.get_unsafe_globals_in_checkpoint(c))",
        "torch.load(io.BytesIO(b''))",
        "torch.load(b, mmap=True)",
    ],
)
def test_places_and_names_in_files(code):
    agree(
        "import io; b = io.BytesIO()\n"
        "torch.save({'m': nn.Linear(2, 3).state_dict(), 'h': torch.ones(2, 2).t().half()}, b); b.seek(0)\n" + code
    )


@pytest.mark.parametrize(
    "made",
    [
        "{'a': torch.ones(3), 'b': torch.ones(4)[1:], 'c': torch.zeros(0)}", "nn.LSTM(2, 3).state_dict()", "5",
        "nn.Sequential(*[nn.Linear(2, 2) for _ in range(12)], nn.BatchNorm1d(2))", "torch.ones(2).half().to_sparse()",
        "torch.optim.Adam(nn.Linear(1, 1).parameters()).state_dict()",
    ],
)  # fmt: skip
def test_a_file_is_as_long_as_torchs_and_says_the_same(made):
    """All but the number that tells archives apart."""
    agree(f"""
import io, zipfile
file = io.BytesIO()
torch.save({made}, file)
archive = zipfile.ZipFile(file)
print(len(file.getvalue()), [(one.filename, one.header_offset, one.file_size) for one in archive.infolist()])
print(archive.read("archive/data.pkl"), archive.testzip())
""")


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("name", ["", "/", "/missing/file", "none"])
def test_where_no_file_can_be(name, is_new):
    agree(f"""
import tempfile
with tempfile.TemporaryDirectory() as place:
    path = "" if "{name}" == "none" else place + "{name}"
    try:
        torch.save(torch.ones(1), path, _use_new_zipfile_serialization={is_new})
    except Exception as error:
        print(type(error).__name__, str(error).replace(place, "place"))
""")
