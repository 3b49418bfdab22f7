from conformance.compare.difference import Difference, in_order


def test_there_is_one_form_of_sentence():
    assert str(Difference("dtype", "float64", "float32")) == "dtype is float64, not float32"
    assert (
        str(Difference("value", "3.0", "2.0", "1 of 3 elements", "[2]"))
        == "[2]: value is 3.0, not 2.0 (1 of 3 elements)"
    )


def test_a_place_is_told_from_the_outside_in():
    assert Difference("value", "3.0", "2.0", at="[2]").within(".grad").at == ".grad[2]"


def test_what_matters_first_is_told_first():
    found = [
        Difference("value", "", ""),
        Difference("dtype", "", ""),
        Difference("error", "", ""),
        Difference("shape", "", ""),
    ]
    assert [each.aspect for each in in_order(found)] == ["error", "dtype", "shape", "value"]
