"""Counts in bins: what they record."""

from bothways import agree


def test_counts_and_edges_lead_to_one_node_without_a_derivative():
    agree("""
x = torch.arange(5.).requires_grad_()
count, edges = torch.histogram(x, 2)
print(count.requires_grad, edges.requires_grad, edges.is_leaf, count.grad_fn is edges.grad_fn, edges.grad_fn.name())
edges.sum().backward()
""")
