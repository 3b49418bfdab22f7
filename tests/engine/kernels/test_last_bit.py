"""What is rounded as torch rounds it, to the last bit, where nothing but the order of its steps decides."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import engine  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


def check(function, *shapes, dtypes=("float32", "float64"), again=4):
    """The function of tensors of these shapes has the same bits in both, for numbers of all digits and for tenths."""
    draw = np.random.default_rng(0)
    for dtype, digits in itertools.product(dtypes, (16, 1)):
        for _ in range(again):
            given = [draw.standard_normal(shape) * 3 for shape in shapes]
            if dtype.startswith("complex"):
                given = [one + 1j * draw.standard_normal(one.shape) for one in given]
            arrays = [np.round(one, digits) for one in given]
            ours, theirs = (
                function(module, *(module.tensor(one).to(getattr(module, dtype)) for one in arrays))
                for module in (engine, torch)
            )
            for mine, wanted in zip(
                *(one if isinstance(one, tuple) else (one,) for one in (ours, theirs)), strict=True
            ):
                np.testing.assert_array_equal(mine.tolist(), wanted.tolist(), f"{dtype}, {digits} digits")


SHAPES = [(1,), (2,), (7,), (100,), (3, 4), (5, 33), (33, 5), (2, 3, 4)]


@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
def test_variances(name):
    for shape, correction in itertools.product(SHAPES, (0, 1)):
        for dim in (None, 0, -1):
            check(lambda m, x: getattr(m, name)(x, dim, correction=correction), shape, again=1)  # noqa: B023
            check(lambda m, x: getattr(m, name)(x.movedim(0, -1), dim, correction=correction), shape, again=1)  # noqa: B023


def test_variances_of_one_number_many_times():
    for count in (3, 7, 10, 100):
        check(lambda m, x: m.full((2, count), 0.1, dtype=x.dtype).var(1), (1,), again=1)  # noqa: B023
        check(lambda m, x: m.full((count,), 0.1, dtype=x.dtype).std(), (1,), again=1)  # noqa: B023


@pytest.mark.parametrize("order", [1, 2, float("inf")])
def test_norms(order):
    for shape, dim in itertools.product(SHAPES, (None, 0, -1)):
        check(lambda m, x: m.linalg.vector_norm(x, order, dim), shape, again=1)  # noqa: B023
        check(lambda m, x: m.linalg.vector_norm(x.movedim(0, -1), order, dim), shape, again=1)  # noqa: B023


@pytest.mark.parametrize("order", [0.5, 3, -1])
def test_norms_of_one_element_are_its_size(order):
    check(lambda m, x: m.nn.functional.normalize(x, order, 1), (5, 1))


def test_traces():
    check(lambda m, x: x.trace(), (5, 5))
    check(lambda m, x: x.trace(), (60, 70))


def test_cross_products():
    check(lambda m, x, y: m.linalg.cross(x, y), (7, 3), (7, 3))
    check(lambda m, x, y: m.linalg.cross(x, y, dim=0), (3, 4), (3, 1))


@pytest.mark.parametrize("n, k, p", [(2, 2, 2), (3, 4, 5), (7, 7, 8), (1, 20, 1)])
def test_small_batched_products(n, k, p):
    check(lambda m, x, y: x @ y, (3, n, k), (3, k, p))
    check(lambda m, x, y, z: m.baddbmm(z, x, y), (3, n, k), (3, k, p), (3, n, p))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_average_pools(rank):
    for kernel, padding in ((2, 0), (3, 1)):
        check(
            lambda m, x: getattr(m.nn.functional, f"avg_pool{rank}d")(x, kernel, padding=padding),  # noqa: B023
            (2, 3, *[7] * rank), again=1,
        )  # fmt: skip
    for size in (1, 2, 3, 5):
        check(
            lambda m, x: getattr(m.nn.functional, f"adaptive_avg_pool{rank}d")(x, size),  # noqa: B023
            (2, 3, *[7] * rank), again=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    "mode, rank, channels",
    [("linear", 1, 3), ("bilinear", 2, 1), ("bilinear", 2, 11), ("trilinear", 3, 2), ("bicubic", 2, 3)],
)
def test_interpolations(mode, rank, channels):
    for size, align_corners in itertools.product((3, 6, 7), (True, False)):
        check(
            lambda m, x: m.nn.functional.interpolate(
                x, [size] * rank, mode=mode, align_corners=align_corners  # noqa: B023
            ),
            (2, channels, *[5] * rank), again=1,
        )  # fmt: skip


def test_sizes_of_complex_numbers():
    check(lambda m, z: z.abs(), (4, 8), dtypes=("complex64",))
    check(lambda m, z: m.linalg.vector_norm(z, 2, 0), (4, 8), dtypes=("complex64",))


def test_products_and_quotients_of_complex_numbers():
    for n in (1, 3, 8, 32):
        check(
            lambda m, z, w: (z * w, z * z.conj(), z / w, z / (1.5 - 0.25j), 1 / z, z / 3.7), (n,), (n,), again=20,
            dtypes=("complex64", "complex128"),
        )  # fmt: skip
    check(lambda m, z, w: (z * w, z / w), (3, 5), (5,), dtypes=("complex64", "complex128"))
    check(lambda m, z: (z * (1.5 - 0.25j), z**2, z**3, z.expand(3, 32) * z), (32,), dtypes=("complex64", "complex128"))
    check(lambda m, z: z.expand(40) * z.expand(40), (1,), dtypes=("complex128",))


@pytest.mark.parametrize("name", ["i0", "i0e", "i1", "i1e", "modified_bessel_i0", "modified_bessel_i1"])
def test_modified_bessel_functions(name):
    for scale in (1, 4, 20):
        check(lambda m, x: getattr(m.special, name)(x * scale), (50,), dtypes=("float32",))  # noqa: B023
    halves = ("bfloat16", "float16") if name in ("i0", "i1", "i1e") else ()
    check(lambda m, x: getattr(m.special, name)(x), (), dtypes=("float32", *halves))
    x = [0.0, -0.0, 8.0, -8.0, 80.0, -100.0, 1e30, float("inf"), -float("inf"), float("nan"), 1e-40]
    ours, theirs = (getattr(module.special, name)(module.tensor(x)) for module in (engine, torch))
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize(
    "function",
    [
        lambda m, x, y: m.nn.functional.mse_loss(x, y, reduction="none"),
        lambda m, x, y: m.nn.functional.mse_loss(x, y),
        lambda m, x, y: m.nn.functional.huber_loss(x, y, reduction="none", delta=0.75),
        lambda m, x, y: m.nn.functional.binary_cross_entropy(x.sigmoid(), y.sigmoid(), reduction="none"),
        lambda m, x, y: x.abs().rsqrt(),
        lambda m, x, y: m.special.xlog1py(x, y.abs()),
        lambda m, x, y: m.ldexp(x, y),
        lambda m, x, y: m.nn.functional.interpolate(x[None, None], 50, mode="linear"),
        lambda m, x, y: m.nn.functional.interpolate(x[:36].view(1, 1, 6, 6), 7, mode="bicubic"),
        lambda m, x, y: m.nn.functional.interpolate(x[:27].view(1, 1, 3, 3, 3), 4, mode="trilinear"),
        lambda m, x, y: m.nn.functional.interpolate(x[:36].view(1, 1, 6, 6), 96, mode="bilinear"),
        lambda m, x, y: m.nn.functional.adaptive_avg_pool3d(x[:27].view(1, 1, 3, 3, 3), 2),
    ],
)
def test_half_precision_is_rounded_between_the_steps(function):
    check(function, (37,), (37,), dtypes=("bfloat16", "float16"))
