import numpy as np
import pytest

from conformance.compare.tolerance import DEFAULT, EXACT, Tolerance, close, tolerance, ulps


def test_the_table_is_torchs():
    torch = pytest.importorskip("torch")
    from torch.testing._comparison import default_tolerances

    for name, ours in DEFAULT.items():
        assert ours == default_tolerances(getattr(torch, name))
    for name in ("int64", "bool", "uint8"):
        assert tolerance(name) == default_tolerances(getattr(torch, name)) == EXACT


def test_between_two_dtypes_the_wider_tolerance_holds():
    assert tolerance("float64", "float16") == DEFAULT["float16"]
    assert tolerance("int64", "float32") == DEFAULT["float32"]


def test_close_is_relative_to_the_expected_value():
    allowed = Tolerance(rtol=0.1, atol=0.0)
    actual, expected = np.array([110.0, 111.0]), np.array([100.0, 100.0])
    assert close(actual, expected, allowed).tolist() == [True, False]


@pytest.mark.parametrize("allowed", [EXACT, Tolerance(1e-3, 1e-3)])
def test_non_finite_numbers_agree_only_with_their_like(allowed):
    inf, nan = np.inf, np.nan
    actual, expected = np.array([nan, inf, inf, nan, 1.0]), np.array([nan, inf, -inf, 1.0, inf])
    assert close(actual, expected, allowed).tolist() == [True, True, False, False, False]


def test_exact_values_beyond_float64_are_told_apart():
    big = np.array([2**62 + 1]), np.array([2**62])
    assert not close(*big, EXACT).any()


def test_bools_compare():
    assert close(np.array([True, False]), np.array([True, True]), EXACT).tolist() == [True, False]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_neighbours_are_one_ulp_apart(dtype):
    kind = np.dtype(dtype).type
    for value in (kind(1), kind(3.1), kind(-250), np.finfo(kind).tiny, np.finfo(kind).smallest_subnormal):
        after = np.nextafter(value, kind(np.inf) * np.sign(value))
        assert ulps(np.array([after]), np.array([value]), dtype) == pytest.approx(1.0)


def test_bfloat16_is_measured_in_its_own_units():
    assert ulps(np.array([1.0078125]), np.array([1.0]), "bfloat16") == 1.0


def test_complex_numbers_are_measured_by_their_worse_part():
    one = np.float32(1)
    actual = np.array([1 + np.nextafter(one, 2 * one) * 1j], np.complex64)
    assert ulps(actual, np.array([1 + 1j], np.complex64), "complex64") == 1.0


def test_what_has_no_last_place_has_no_distance():
    assert ulps(np.array([1]), np.array([2]), "int64") is None
    assert ulps(np.array([]), np.array([]), "float32") is None
    assert ulps(np.array([np.nan]), np.array([1.0]), "float32") == 0.0


def test_a_signalling_nan_is_no_warning():
    signalling = np.array([0x7F800001, 0x3F800000], np.uint32).view(np.float32)
    assert ulps(signalling, np.ones(2, np.float32), "float32") == 0
