"""The profiler: what it records, how events nest, and its table beside torch's."""

import gzip
import json
import time

import pytest
from bothways import agree

import engine
from engine.autograd import profiler
from engine.autograd.modes import STATE
from engine.autograd.profiler import EventList, FunctionEvent


def _event(number, name, start, end, parent=None):
    event = FunctionEvent(number, name, start, parent, [])
    event.end = end
    if parent is not None:
        parent.cpu_children.append(event)
    return event


def test_own_time_is_without_what_is_called():
    outer = _event(0, "outer", 0, 100)
    _event(1, "inner", 10, 40, outer)
    assert (outer.cpu_time_total, outer.self_cpu_time_total) == (100, 70)


def test_times_are_measured():
    with profiler.profile() as prof, profiler.record_function("sleep"):
        time.sleep(0.02)
    (event,) = prof.function_events
    assert 20_000 <= event.cpu_time_total < 2_000_000


def test_a_table_has_torchs_layout():
    events = EventList(
        [_event(0, "aten::mul", 0, 1500), _event(1, "x" * 80, 2000, 2500), _event(2, "aten::mul", 3000, 3250)]
    )
    lines = events.key_averages().table(sort_by="cpu_time_total").splitlines()
    assert lines[3].split() == ["aten::mul", "77.78%", "1.750ms", "77.78%", "1.750ms", "875.000us", "2"]
    assert lines[4].split()[0] == "x" * 51 + "..."
    assert len(lines[0]) == 55 + 2 + 6 * 14
    assert lines[-1] == "Self CPU time total: 2.250ms"
    assert len(events.key_averages().table(row_limit=1).splitlines()) == len(lines) - 1


def test_an_error_closes_what_was_open():
    before = STATE.unusual
    with profiler.profile() as prof:
        with pytest.raises(RuntimeError, match="must match"):
            engine.ones(2) + engine.ones(3)
        with profiler.record_function("after"):
            pass
    assert STATE.unusual == before
    assert next(event for event in prof.function_events if event.name == "after").cpu_parent is None


def test_hooks_are_gone_after_the_pass():
    x = engine.ones(2, requires_grad=True)
    y = (x * 2).sum()
    with profiler.profile():
        y.backward(retain_graph=True)
    with profiler.profile() as prof:
        y.backward()
    assert [event.name for event in prof.function_events].count("MulBackward0") == 1


def test_a_schedule_records_some_steps(tmp_path):
    ready = []
    steps = engine.profiler.schedule(wait=1, warmup=1, active=2, repeat=1)
    with engine.profiler.profile(schedule=steps, on_trace_ready=lambda p: ready.append(p.events())) as prof:
        for _ in range(6):
            engine.ones(2).sin()
            prof.step()
    assert [[event.name for event in events] for events in ready] == [["ProfilerStep*", "aten::ones", "aten::sin"] * 2]
    prof.export_chrome_trace(str(tmp_path / "trace.json"))
    written = json.loads((tmp_path / "trace.json").read_text())
    assert [event["name"] for event in written["traceEvents"]] == ["ProfilerStep*", "aten::ones", "aten::sin"] * 2


def test_traces_go_to_a_folder(tmp_path):
    with engine.profiler.profile() as prof:
        engine.ones(2)
    for compressed in (False, True):
        engine.profiler.tensorboard_trace_handler(str(tmp_path / "new"), "w", use_gzip=compressed)(prof)
    plain, packed = sorted((tmp_path / "new").iterdir(), key=lambda path: path.suffix == ".gz")
    assert plain.name.startswith("w.") and plain.name.endswith(".pt.trace.json")
    assert json.loads(plain.read_text()) == json.loads(gzip.decompress(packed.read_bytes()))


@pytest.mark.parametrize(
    "code",
    [
        "p = torch.autograd.profiler.profile()\nwith p: pass\nwith p: pass",
        "with torch.autograd.profiler.profile(enabled=False) as p: print(p)",
        "s = torch.profiler.schedule(wait=1, warmup=1, active=2, skip_first=1, repeat=1)\nprint(*map(s, range(7)))",
        "@torch.autograd.profiler.record_function('f')\ndef f(): return 3\nprint(f(), f.__name__)",
        "with torch.autograd.profiler.profile(record_shapes=True) as p: torch.ones(2, 3).sin()\n"
        "print([a.input_shapes for a in p.key_averages(group_by_input_shape=True) if a.key == 'aten::sin'])",
        "with torch.profiler.profile(record_shapes=True, profile_memory=True) as p:\n"
        "    torch.addmm(torch.ones(3), torch.ones(2, 4), torch.ones(4, 3))\n"
        "    torch.ones(2, 3).sum(0); torch.ones(3)[1:]\n"
        "for a in p.key_averages(group_by_input_shape=True):\n"
        "    if a.key in ('aten::addmm', 'aten::sum'): print(a.key, a.input_shapes, a.self_cpu_memory_usage)\n"
        "print(p.key_averages(True).table(row_limit=1).split('\\n')[1].split())",
        "L = []\n"
        "with torch.profiler.profile(schedule=torch.profiler.schedule(wait=1, warmup=1, active=1),\n"
        "                            on_trace_ready=lambda p: L.append((p.step_num, len(p.events())))) as p:\n"
        "    for _ in range(5): p.step()\n"
        "print(L, p.step_num)",
        "print(torch.profiler.supported_activities(), torch.profiler.kineto_available(),\n"
        "      list(torch.profiler.ProfilerActivity.__members__))\n"
        "print(torch.profiler.schedule(wait=1, warmup=0, active=1)(0))\n"
        "torch.profiler.schedule(wait=-1, warmup=1, active=0)",
        "torch.profiler.profile(activities=[])",
    ],
)
def test_as_in_torch(code):
    agree(code)
