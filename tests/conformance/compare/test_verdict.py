import pytest

from conformance.compare.difference import Difference
from conformance.compare.verdict import EXPECTED, VERDICTS, Names, judge, worst

ONE = [Difference("value", "1", "2")]
NAMES = Names("engine", "torch:cpu")


@pytest.mark.parametrize(
    ("document_target", "document_torch", "target_torch", "verdict", "who"),
    [
        ([], [], [], "conforms", ""),
        (ONE, [], ONE, "diverges", "engine is wrong: torch:cpu does what the document says"),
        (ONE, ONE, [], "drifted", "the document is out of date: engine and torch:cpu agree"),
        ([], ONE, ONE, "conforms", "torch:cpu has drifted: engine follows the document"),
        (ONE, ONE, ONE, "diverges", "engine and torch:cpu both differ from the document, and from each other"),
        (ONE, None, None, "diverges", "engine differs from the document; torch:cpu was not there to arbitrate"),
        ([], None, None, "conforms", ""),
        (None, None, [], "conforms", ""),
        (None, None, ONE, "diverges", "engine is wrong: torch:cpu does otherwise, the document is silent"),
        (None, None, None, "conforms", ""),
    ],
)
def test_who_is_wrong(document_target, document_torch, target_torch, verdict, who):
    found = judge(NAMES, document_target=document_target, document_torch=document_torch, target_torch=target_torch)
    assert found[:2] == (verdict, who)
    assert bool(found[2]) == (verdict in ("diverges", "drifted"))


def test_the_reference_itself_can_only_drift():
    names = Names("torch:cpu", "torch:cpu")
    verdict, who, _ = judge(names, document_target=ONE, document_torch=ONE, target_torch=[])
    assert (verdict, who) == ("drifted", "torch:cpu no longer does what the document says")


def test_torch_arbitrates_only_what_the_document_leaves_open():
    both = [Difference("error message", "a", "b"), Difference("error type", "X", "Y")]

    def verdict(*stated):
        return judge(NAMES, document_target=[], document_torch=[], target_torch=both, stated=frozenset(stated))

    assert verdict("error message", "error type")[0] == "conforms"
    assert [each.aspect for each in verdict("error message")[2]] == ["error type"]


def test_a_whole_is_as_bad_as_its_worst_part():
    assert worst(["conforms", "known", "diverges", "skipped"]) == "diverges"
    assert worst([]) == "conforms"
    assert all(VERDICTS.index(good) < VERDICTS.index(bad) for good in EXPECTED for bad in set(VERDICTS) - EXPECTED)
