import pytest
from rich.cells import cell_len

from conformance.report.sides import Side, side_by_side


def render(*sides, width=80):
    return [line.plain for line in side_by_side([Side(label, text) for label, text in sides], width)]


def test_what_differs_is_marked_below_it():
    assert render(("document", "tensor([1., 2.])"), ("engine", "tensor([1., 3.])")) == [
        "document           engine",
        "tensor([1., 2.])   tensor([1., 3.])",
        "                               ^^",
    ]


def test_who_says_the_same_stands_under_one_heading():
    assert render(("document", "1\n"), ("torch:cpu", "1"), ("engine", "2")) == [
        "document, torch:cpu   engine",
        "1                     2",
        "                      ^",
    ]


def test_three_who_differ():
    assert render(("document", "a 1"), ("torch:cpu", "a 2"), ("engine", "b 1")) == [
        "document   torch:cpu   engine",
        "a 1        a 2         b 1",
        "             ^         ^",
    ]


def test_who_says_nothing_stands_last():
    assert render(("document", None), ("torch:cpu", "1"), ("engine", ""))[1:] == ["1           nothing   says nothing"]


def test_nothing_is_marked_where_nothing_happened():
    assert render(("document", "no error"), ("engine", "ValueError: no")) == [
        "document   engine",
        "no error   ValueError: no",
    ]
    assert render(("document", ""), ("engine", "1\n2"))[1:] == ["nothing    1", "           2"]
    assert render(("document", "1"), ("engine", ""))[1:] == ["1          nothing"]


def test_what_does_not_fit_stands_one_under_the_other_and_is_folded():
    long = "element 0 of tensors does not require grad and does not have a grad_fn"
    assert render(("document", long), ("engine", long.replace("not", "never")), width=50) == [
        "document   element 0 of tensors does not require",
        "           grad and does not have a grad_fn",
        "engine     element 0 of tensors does never",
        "                                     ^^^^^",
        "           require grad and does never have a",
        "                                 ^^^^^",
        "           grad_fn",
    ]


def test_a_heading_that_is_too_long_has_its_own_line():
    lines = render(("document, a_very_long_name_of_a_reference", "x" * 30), ("engine", "y" * 30), width=60)
    assert lines[0] == "document, a_very_long_name_of_a_reference"
    assert lines[1].strip() == "x" * 30


def test_wide_characters_keep_the_marks_in_their_place():
    lines = render(("document", "미분 1"), ("engine", "미분 2"))
    assert lines[2].index("^") == cell_len(lines[1].partition("미분 2")[0]) + cell_len("미분 ")


def test_lines_that_are_too_many_or_too_few_are_marked_whole():
    assert render(("document", "a\nc"), ("engine", "a\nb\nc"))[1:] == [
        "a          a",
        "c          b",
        "           ^",
        "           c",
    ]


@pytest.mark.parametrize(
    ("line", "expected", "marks"),
    [
        ("a", "a b", "^"),
        ("a  b", "a b", " ^^"),
        ("x -1.5", "x 1.5", "  ^^^^"),
        ("AddBackward0", "MulBackward0", "^^^^^^^^^^^^"),
    ],
)
def test_a_mark_covers_a_word_or_a_number(line, expected, marks):
    assert render(("a", expected), ("b", line))[2].strip() == marks.strip()


def test_of_a_long_text_only_what_is_near_a_difference_is_shown():
    text = [f"line {number}" for number in range(100)]
    other = [*text[:50], "line fifty", *text[51:]]
    lines = render(("document", "\n".join(text)), ("engine", "\n".join(other)))
    assert [line.split()[-1] for line in lines[1:]] == ["...", "48", "49", "fifty", "^^^^^", "51", "52", "..."]


@pytest.mark.parametrize("text", ["[/foo]", "[bold]x[/bold]", ":smile:", "[link=http://x]y", "\\[x]"])
def test_nothing_is_read_as_markup(text):
    assert text in "\n".join(render(("document", text), ("engine", text + "!")))


def test_of_a_line_that_is_much_longer_only_its_start_and_what_is_marked_is_shown():
    ours = " ".join(map(str, range(100, 300)))
    theirs = ours.replace("250", "999")
    brief = render(("torch:cpu", ours), ("engine", theirs))
    assert len(brief) < 12
    assert any(line.endswith("...") for line in brief)
    assert sum("999" in line for line in brief) == 1
    sides = [Side("torch:cpu", ours), Side("engine", theirs)]
    whole = " ".join(line.plain for line in side_by_side(sides, 80, whole=True))
    assert all(str(number) in whole for number in range(100, 300))
