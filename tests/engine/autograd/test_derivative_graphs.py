"""The graph of a first derivative, which is that of the formula: torch's samples of every operation."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

import engine  # noqa: E402
from tests import samples  # noqa: E402

# Entries whose formula is built of other steps than torch's, and why.
DIFFERENT = {
    "linalg.householder_product": "reflections are undone one by one, torch's formula keeps the product",
    "ormqr": "reflections are undone one by one, torch's formula keeps the product",
}
# Which of them a product of batches takes follows from how LAPACK has left its factors in memory.
VIEWS = {"ReshapeAliasBackward0": "ViewBackward0"}
ENTRIES = {name: entry for name, entry in samples.entries().items() if entry.supports_gradgrad}


def test_what_is_left_out_is_there():
    assert set(ENTRIES) >= set(DIFFERENT)


@pytest.mark.parametrize(
    "name",
    [
        *samples.chosen(set(ENTRIES) - set(DIFFERENT)),
        *(pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=why)) for name, why in DIFFERENT.items()),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_graph_of_the_first_derivative(name: str):
    entry = ENTRIES[name]
    found = []
    for dtype in (torch.float64, torch.complex128):
        if dtype in entry.supported_backward_dtypes("cpu"):
            given = samples.samples_of(entry, dtype, requires_grad=True)
            given = [
                one for one in given if getattr(one.input, "shape", (1,)).count(0) == 0
            ]  # of which NumPy has strides
            for sample in samples._spread(given, 2):
                found += [(samples.described(sample), *pair) for pair in graphs(entry, sample)]
    assert [one for one in found if one[1] != one[2]] == []


def graphs(entry: Any, sample: Any) -> list[tuple[Any, Any]]:
    """Of the derivative by each input, torch's graph and the engine's; nothing where the call is refused."""
    pair, (args, kwargs) = samples._call(entry, sample)
    torch.manual_seed(0), engine.manual_seed(0)
    results = samples.run(entry.op, args[0], kwargs[0]), samples.run(samples.counterpart(entry), args[1], kwargs[1])
    if any(one.error for one in results):
        return []
    roots = [samples.outputs(one.result) for one in results]
    if not roots[0]:
        return []
    first = [samples._gradients(*roots, pair.inputs, side, create_graph=True) for side in (0, 1)]
    if any(one.error for one in first):
        return []
    return list(zip(*[[None if g is None else tree(g.grad_fn, {}) for g in one.result] for one in first], strict=True))


def tree(node: Any, seen: dict[Any, int]) -> Any:
    """Names of nodes and of their inputs; of one met before, its number."""
    if node is None or node in seen:
        return seen.get(node)
    seen[node] = len(seen)
    name = node.name().rpartition("::")[2]
    return VIEWS.get(name, name), *(tree(each, seen) for each, _ in node.next_functions)
