import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.compare.text import differences, lines


def told(actual: str, expected: str, **options) -> list[str]:
    return [str(difference) for difference in differences(actual, expected, **options)]


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("", ""),
        ("tensor([1., 2.])\n", "tensor([1., 2.])"),
        ("tensor([0.1000])", "tensor([0.1000])"),
        ("tensor(1383.0795)", "tensor(1383.0796)"),  # one float32 apart
        ("1.0000001", "1.0000002"),
        ("nan inf -inf", "nan inf -inf"),
        ("loss 0.5", "loss 0.5000000596046448"),  # as Python writes a float and the next float32
        ("[9.999999747378752e-05]", "[0.0001]"),
    ],
)
def test_agree(actual, expected):
    assert told(actual, expected) == []


@pytest.mark.parametrize(
    ("actual", "expected", "why"),
    [
        ("tensor([1.])", "tensor([2.])", "digits beyond the tolerance"),
        ("tensor([1.0])", "tensor([1.00])", "other decimals"),
        ("tensor([ 1.])", "tensor([1.])", "other blanks"),
        ("tensor([-0.])", "tensor([0.])", "another sign of zero"),
        ("tensor([1e-05])", "tensor([0.00001])", "an exponent"),
        ("tensor([9.9999999])", "tensor([10.000000])", "another width"),
        ("0.5", "0.500000059", "as many digits as were asked for"),
        ("-9.999999747378752e-05", "0.0001", "another sign"),
        ("1.0000200271606445", "1.0", "digits beyond the tolerance"),
        ("3", "4", "an integer is exact"),
        ("1000001", "1000000", "an integer is exact, however near"),
        ("nan", "1.0", "not a number"),
        ("AddBackward0", "AddBackward1", "a digit of a name"),
        ("tensor([1.])", "", "something for nothing"),
        ("", "tensor([1.])", "nothing for something"),
        ("a\nb", "a", "more lines"),
        ("a b ", "a b", "a blank at the end"),
        ("tensor(1.00001, dtype=torch.float64)", "tensor(1.00000, dtype=torch.float64)", "float64 is stricter"),
        (
            "1.00001\ntensor([1.00001,\n1.], dtype=torch.float64)",
            "1.00000\ntensor([1.00000,\n1.], dtype=torch.float64)",
            "",
        ),
    ],
)
def test_differ(actual, expected, why):
    assert told(actual, expected) != [], why


def test_the_dtype_of_a_number_is_that_of_its_tensor():
    near = "tensor(1.00001, dtype=torch.float16)", "tensor(1.00000, dtype=torch.float16)"
    assert told(*near) == []
    # The float16 of the second tensor does not reach the first, and a number outside of tensors is float32.
    both = "tensor(1.0005) tensor(1.0005, dtype=torch.float16)", "tensor(1.0000) tensor(1.0000, dtype=torch.float16)"
    assert told(*both) != []
    assert told("1.00001", "1.00000") == []
    assert told("1.0001", "1.0000") != []


def test_complex_numbers_are_read_part_by_part():
    assert told("tensor([1.0000001+2.0000001j])", "tensor([1.0000002+2.0000002j])") == []
    assert told("tensor([1.+2.j])", "tensor([1.-2.j])") != []


def test_each_wrong_line_is_told_with_its_number():
    assert told("a\nx\nc\ny", "a\nb\nc\nd") == ["line 2: text is 'x', not 'b'", "line 4: text is 'y', not 'd'"]
    assert told("a", "b") == ["text is 'a', not 'b'"]
    assert told("a\nb", "a") == ["text is 2 lines, not 1 line"]
    assert told("", "a") == ["text is empty, not 1 line", "text is '', not 'a'"]


def test_many_wrong_lines_are_counted():
    found = told("\n".join("x" * 30), "\n".join("y" * 30))
    assert len(found) == 9
    assert "22 more lines" in found[-1]


def test_any_digits_leaves_only_the_layout():
    a, b = "tensor([-0.5000,  1.2500])", "tensor([0.7500, 0.1000])"
    assert told(a, b) != []
    assert told(a, b, any_digits=True) == []
    assert told("tensor([1.])", "tensor([1., 2.])", any_digits=True) != []
    assert told("steps 3", "steps 4", any_digits=True) != []


@given(st.text(alphabet="tensor([]), 0123456789.-+ejinfa_=dtype\n"))
def test_no_text_is_lost_in_cutting_it(text):
    assert "\n".join("".join(token.text for token in line) for line in lines(text)) == text.rstrip("\n")
    assert told(text, text) == []


@given(st.floats(-9, 9, width=32), st.integers(1, 8))
def test_a_number_in_a_text_is_read_as_one(number, digits):
    text = f"x = {number:.{digits}f}, y"
    assert [token.text for token in lines(text)[0] if token.dtype] == [f"{number:.{digits}f}"]
    assert told(text, f"x = {number:.{digits}e}, y") != []
