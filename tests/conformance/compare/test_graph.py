import pytest

from conformance.compare import graph
from conformance.targets.protocol import Graph

LEAF = ("AccumulateGrad", ())
PRODUCT = Graph((("MulBackward0", ((1, 0), None)), LEAF))
SQUARE = Graph((("MulBackward0", ((1, 0), (1, 0))), LEAF))
TWO = Graph((("MulBackward0", ((1, 0), (2, 0))), LEAF, LEAF))


def told(found):
    return [str(each) for each in found]


def test_equal_graphs_agree():
    assert graph.grad_fns(PRODUCT, PRODUCT) == graph.grad_fns(None, None) == []
    assert told(graph.grad_fns(None, PRODUCT)) == ["grad_fn is None, not MulBackward0"]


def test_the_first_other_node_is_told():
    other = Graph((("MulBackward0", ((1, 0), None)), ("SumBackward0", ())))
    assert told(graph.differences(other, PRODUCT)) == ["node 1: graph is SumBackward0, not AccumulateGrad"]


def test_one_leaf_twice_is_not_two_leaves():
    assert told(graph.differences(SQUARE, TWO)) == [
        "node 0: graph is MulBackward0[AccumulateGrad#1.0, AccumulateGrad#1.0], "
        "not MulBackward0[AccumulateGrad#1.0, AccumulateGrad#2.0]"
    ]


def test_another_output_of_a_node_is_another_edge():
    def unbind(number):
        return Graph((("AddBackward0", ((1, number), None)), ("UnbindBackward0", ())))

    assert graph.differences(unbind(0), unbind(1)) != []


@pytest.mark.parametrize(
    ("seen", "tree"),
    [
        (PRODUCT, {"MulBackward0": ["AccumulateGrad", None]}),
        (SQUARE, {"MulBackward0": ["AccumulateGrad", "AccumulateGrad"]}),
        (TWO, {"MulBackward0": ["AccumulateGrad", "AccumulateGrad"]}),
        (None, None),
    ],
)
def test_a_tree_writes_a_shared_node_twice(seen, tree):
    assert graph.from_tree(seen, tree) == []


@pytest.mark.parametrize(
    ("seen", "tree", "sentence"),
    [
        (PRODUCT, "MulBackward0", "MulBackward0: graph is 2 inputs, not 0 inputs"),
        (PRODUCT, {"MulBackward0": [None, None]}, "MulBackward0[0]: graph is AccumulateGrad, not null"),
        (PRODUCT, {"MulBackward0": ["AccumulateGrad", "X"]}, "MulBackward0[1]: graph is null, not X"),
        (PRODUCT, {"AddBackward0": ["X", "Y"]}, "graph is MulBackward0, not AddBackward0"),
        (None, "AccumulateGrad", "graph is null, not AccumulateGrad"),
        (PRODUCT, None, "graph is MulBackward0, not null"),
    ],
)
def test_every_place_where_a_tree_is_not_met_is_told(seen, tree, sentence):
    assert told(graph.from_tree(seen, tree)) == [sentence]


def test_a_graph_that_doubles_at_each_node_is_walked_only_so_far():
    depth = 64
    nodes = [("AddBackward0", ((index + 1, 0), (index + 1, 0))) for index in range(depth)]
    doubling = Graph((*nodes, LEAF))
    tree = "AccumulateGrad"
    for _ in range(depth):
        tree = {"AddBackward0": [tree, tree]}
    assert graph.from_tree(doubling, tree) == []
    assert len(graph.tree_lines(doubling, limit=10)) == 11


def test_trees_are_shown_alike():
    tree = {"MulBackward0": ["AccumulateGrad", None]}
    assert graph.tree_lines(PRODUCT) == graph.spec_tree_lines(tree) == ["MulBackward0", "  AccumulateGrad", "  null"]
