"""Counts in bins: what they record."""

from bothways import agree


def test_counts_and_edges_lead_to_one_node_without_a_derivative():
    agree("""
x = torch.arange(5.).requires_grad_()
count, edges = torch.histogram(x, 2)
print(count.requires_grad, edges.requires_grad, edges.is_leaf, count.grad_fn is edges.grad_fn, edges.grad_fn.name())
edges.sum().backward()
""")


def test_edges_that_are_not_sorted():
    agree("""
x = torch.arange(24.).reshape(-1, 2) % 7
for edges in ([3., 1, 2, 0], [0., 2, 1, 5], [0., 1, 5, 2, 3], [1., 1, 2, 2]):
    bins = torch.tensor(edges)
    print(torch.histogram(x, bins).hist, torch.histogramdd(x, [bins, bins], density=True).hist)
""")
