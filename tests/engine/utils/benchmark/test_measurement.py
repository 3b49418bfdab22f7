"""Measurements and what they say, beside torch's."""

import pytest
from bothways import agree

MADE = """
import torch.utils.benchmark
B = torch.utils.benchmark
def M(times, n=1, **k):
    k.setdefault("stmt", "f(x)"); k.setdefault("setup", "")
    return B.Measurement(n, times, B.TaskSpec(**k))
"""


@pytest.mark.parametrize(
    "code",
    [
        "for t in ([1e-3, 2e-3], [1e-3, 2e-3, 3e-3], [1e-3, 1.05e-3, 1.2e-3, 1.4e-3], [1e-3, 1.01e-3, 1.4e-3, 1.6e-3],"
        " [1e-10], [3e-8, 4e-8], [200., 300.]): print(M(t))",
        "print(M([1e-3], setup='pass'), M([1e-3], global_setup='q'), M([1e-3], env='E'), "
        "M([1e-3], num_threads=3, sub_label='s'), M([2.5], setup='x = 1'))",
        "print(M([1e-3], stmt='a\\nb', setup='import x\\ny = 2', sub_label='S', description='DD'))",
        "m = M([1e-4, 1.1e-4, 1.2e-4, 5e-4, 1.15e-4], 10, label='L', sub_label='S')\n"
        "print(m.median, m.mean, m.iqr, m.times, m.significant_figures, m.has_warnings, m.title, m.as_row_name, m.env)",
        "for t in ([1e-4], [1e-4, 1.0001e-4], [1e-4, 1.1e-4, 1.2e-4], [1e-4, 2e-4, 8e-4], [1e-8] * 3, [1.] * 9):"
        " print(M(t).significant_figures)",
        "print(M([1., 2.]).meets_confidence(), M([1., 1.01]).meets_confidence(0.001))",
        "print(B.Measurement.merge([M([1.], 2), M([3.], 4, stmt='q'), M([4.], 4)]))",
        "print(M([1e-3]) == M([1e-3]), M([1e-3]).task_spec == M([1e-3]).task_spec)",
        "import pickle; print(pickle.loads(pickle.dumps(M([1e-3], label='a'))))",
        "print(M([]))",
        "print(B.trim_sigfig(123.456, 2), B.trim_sigfig(0.00123, 2), B.trim_sigfig(-3.3, 1))",
        "B.trim_sigfig(0, 2)",
        "print([B.select_unit(v) for v in (5e-10, 1e-9, 1e-6, 9.99e-4, 1e-3, 1, 1e3)], B.unit_to_english('us'))",
        "print(B.ordered_unique([3, 1, 3]))\nwith B.set_torch_threads(1): print(torch.get_num_threads())",
    ],
)
def test_what_a_measurement_says(code):
    agree(MADE + code)
