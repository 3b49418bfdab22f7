import pytest

from conformance.compare import errors
from conformance.compare.values import Rules
from conformance.spec.model import Raises, Warns
from conformance.targets.protocol import Error, Warned

ERROR = Error("RuntimeError", "builtins", "element 0 does not require grad", line=3)
TAIL = " (Triggered internally at /build/x.cpp:12.)"


def raises(**what) -> Raises:
    return Raises.model_validate(what)


def told(found) -> list[str]:
    return [str(difference) for difference in found]


@pytest.mark.parametrize(
    "expected",
    [
        raises(type="RuntimeError"),
        raises(type="RuntimeError", message="element 0 does not require grad"),
        raises(type="RuntimeError", match="does not .* grad$"),
    ],
)
def test_the_documented_error(expected):
    assert errors.against_spec(ERROR, expected, Rules()) == []


@pytest.mark.parametrize(
    ("actual", "expected", "sentences"),
    [
        (None, raises(type="ValueError", message="no"), ["error is no error, not ValueError: no"]),
        (ERROR, None, ["error is RuntimeError: element 0 does not require grad, not no error"]),
        (ERROR, raises(type="Error"), ["error type is RuntimeError, not Error"]),
        (ERROR, raises(type="RuntimeError", during="display"), ["error phase is run, not display"]),
        (
            ERROR,
            raises(type="RuntimeError", message="element 1"),
            ["error message is 'element 0 does not require grad', not 'element 1'"],
        ),
        (
            ERROR,
            raises(type="RuntimeError", match="^grad"),
            ["error message is 'element 0 does not require grad', not like /^grad/"],
        ),
    ],
)
def test_another_error_than_the_documented_one(actual, expected, sentences):
    assert told(errors.against_spec(actual, expected, Rules())) == sentences


def test_a_class_is_named_with_or_without_its_module():
    error = Error("LinAlgError", "torch._C", "singular")
    assert errors.against_spec(error, raises(type="LinAlgError"), Rules()) == []
    assert errors.against_spec(error, raises(type="torch._C.LinAlgError"), Rules()) == []
    assert errors.against_spec(error, raises(type="numpy.LinAlgError"), Rules()) != []


def test_torchs_error_may_come_from_another_module_and_line():
    other = Error("RuntimeError", "engine.errors", ERROR.message, line=1)
    assert errors.against_torch(other, ERROR, Rules()) == []
    assert errors.against_torch(None, None, Rules()) == []


def test_in_what_an_error_is_not_torchs():
    other = Error("ValueError", "builtins", "no", during="display")
    assert told(errors.against_torch(other, ERROR, Rules())) == [
        "error type is ValueError, not RuntimeError",
        "error phase is display, not run",
        "error message is 'no', not 'element 0 does not require grad'",
    ]
    assert told(errors.against_torch(None, ERROR, Rules())) == [
        "error is no error, not RuntimeError: element 0 does not require grad"
    ]


def test_no_raises_states_that_there_is_no_error():
    assert "error" in errors.stated(None)
    assert "error message" not in errors.stated(raises(type="RuntimeError"))
    assert "error message" in errors.stated(raises(type="RuntimeError", match="x"))


def warned(*texts) -> tuple[Warned, ...]:
    return tuple(Warned("UserWarning", text) for text in texts)


def warns(*texts, **what) -> tuple[Warns, ...]:
    return tuple(Warns.model_validate({"category": "UserWarning", "message": text, **what}) for text in texts)


def test_warnings_come_in_order_and_as_often_as_documented():
    seen = warned("slow" + TAIL, "slow", "old")
    assert errors.warnings_against_spec(seen, (*warns("slow", times=2), *warns("old")), Rules()) == []
    for wrong in (warns("slow", "old"), (*warns("old"), *warns("slow", times=2)), warns("slow", times=2), ()):
        assert errors.warnings_against_spec(seen, wrong, Rules()) != []


def test_the_category_of_a_warning_counts():
    seen = (Warned("FutureWarning", "slow"),)
    assert errors.warnings_against_spec(seen, warns("slow"), Rules()) != []
    assert errors.warnings_against_torch(seen, warned("slow"), Rules()) != []


def test_warnings_against_torchs():
    assert errors.warnings_against_torch(warned("slow"), warned("slow" + TAIL), Rules()) == []
    assert told(errors.warnings_against_torch(warned("slow", "slow"), warned("slow"), Rules())) == [
        "warnings is 'UserWarning: slow (2 times)', not 'UserWarning: slow'"
    ]
    assert told(errors.warnings_against_torch((), warned("slow"), Rules())) == [
        "warnings is 'no warning', not 'UserWarning: slow'"
    ]
