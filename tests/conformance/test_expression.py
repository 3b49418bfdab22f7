import pytest

from conformance.expression import SelectionError, parse


def test_and_binds_closer_than_or():
    assert parse("a and b or c")("c")
    assert not parse("a and (b or c)")("c")


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("a or", "column 5: a word is missing"),
        ("and a", "column 1: a word is missing before 'and'"),
        ("(a", "column 1: this parenthesis is never closed"),
        ("a b", "column 3: 'b' was not expected"),
        ("not", "column 4: a word is missing"),
        ("a)", "column 2: '\\)' was not expected"),
    ],
)
def test_an_expression_that_is_none(expression, told):
    with pytest.raises(SelectionError, match=told):
        parse(expression)
