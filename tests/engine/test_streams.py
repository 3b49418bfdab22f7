"""Streams and events of the CPU, beside torch's."""

import pytest
from bothways import agree


@pytest.mark.parametrize(
    "code",
    [
        "s = torch.Stream(); print(s, s.device, s.device_index, s.stream_id, s == torch.Stream(), s.query())",
        "print(hash(torch.Stream()) == hash(torch.Stream(device='cpu')), torch.Stream() != torch.Stream())",
        "torch.Stream('cuda')", "torch.Stream().synchronize()", "torch.Stream().wait_stream(torch.Stream())",
        "torch.Stream().record_event()", "e = torch.Event(); print(e, e.device, e.event_id, e.query())",
        "print(torch.Event(enable_timing=True))", "torch.Event().record()", "torch.Event().synchronize()",
        "e = torch.Event(); e.elapsed_time(e)", "print(torch.Stream, torch.Event)",
        "with torch.cpu.stream(torch.cpu.Stream()): print(type(torch.cpu.current_stream()))",
    ],
)  # fmt: skip
def test_streams_and_events(code):
    agree(code)
