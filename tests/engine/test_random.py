"""The engine's generator and its draws, against documented values, exact arithmetic and torch's own streams."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from bothways import agree

from engine import dtypes
from engine import random as engine_random
from engine.kernels import random as kernels
from engine.random import Generator, default_generator
from engine.tensor import wrap


@pytest.fixture(autouse=True)
def default_stream():
    with engine_random.fork_rng():
        yield


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def rand(generator: Generator, count: int) -> list[float]:
    return kernels.uniform(generator, (count,), 0, 1, dtypes.float32).tolist()


def randn(generator: Generator, count: int) -> list[float]:
    return kernels.normal(generator, (count,), 0, 1, dtypes.float32).tolist()


def test_the_first_values_of_seed_0():
    assert rand(seeded(), 3) == pytest.approx([0.4963, 0.7682, 0.0885], abs=5e-5)
    assert randn(seeded(), 3) == pytest.approx([1.5410, -0.2934, -2.1788], abs=5e-5)
    assert kernels.integers(seeded(), (5,), 0, 10, dtypes.int64).tolist() == [4, 9, 3, 0, 3]
    assert kernels.permutation(seeded(), 5, dtypes.int64).tolist() == [4, 0, 1, 3, 2]
    half = np.full(5, 0.5, np.float32)
    assert kernels.bernoulli(seeded(), (5,), half, dtypes.float32).tolist() == [1, 0, 1, 1, 1]


def test_draws_are_a_stream():
    generator = seeded()
    assert rand(generator, 2) + rand(generator, 2) == rand(seeded(), 4)
    generator = seeded()
    assert randn(generator, 3) + randn(generator, 4) == randn(seeded(), 7)
    assert randn(seeded(), 15) != randn(seeded(), 16)[:15]  # blocks of 16 are drawn in another order


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_draws_agrees_with_torch(seed):
    agreement = pytest.importorskip("agreement", exc_type=ImportError)
    assert agreement.draw_differences(300_000, seed) == []


def test_normals_agree_with_torch_over_all_that_a_draw_can_be():
    agreement = pytest.importorskip("agreement", exc_type=ImportError)
    compared, differing = agreement.pair_differences(step=61)
    assert compared > 500_000
    assert differing == 0


@pytest.mark.parametrize("low", [-(2**63), -5, 1])
def test_integers_without_an_upper_bound_agree_with_torch(low):
    torch = pytest.importorskip("torch")
    expected = torch.empty(100, dtype=torch.int64).random_(low, None, generator=torch.Generator().manual_seed(1))
    assert kernels.integers(seeded(1), (100,), low, 2**63, dtypes.int64).tolist() == expected.tolist()


@pytest.mark.parametrize(
    "view",
    [
        lambda t: t,
        lambda t: t.swapaxes(0, 1),
        lambda t: t[:, ::2],
        lambda t: t[:, :1],
        lambda t: t[0],
        lambda t: t[..., None].swapaxes(0, 2),
    ],
)
def test_views_are_filled_in_the_order_of_memory(view):
    torch = pytest.importorskip("torch")
    theirs, ours = torch.zeros(4, 5), np.zeros((4, 5), np.float32)
    view(theirs).uniform_(generator=torch.Generator().manual_seed(1))
    kernels.fill(view(ours), kernels.uniform(seeded(1), view(ours).shape, 0, 1, dtypes.float32))
    assert ours.tolist() == theirs.tolist()


SEEDS = [0, 1, -1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 1.7, -1.7, "a", "12", True, None, [1], float("nan")]


@pytest.mark.parametrize("seed", SEEDS, ids=repr)
@pytest.mark.parametrize("form", ["manual_seed", "Generator"])
def test_seeds_and_their_errors_are_torchs(seed, form):
    torch = pytest.importorskip("torch")

    def outcome(module):
        try:
            generator = module.manual_seed(seed) if form == "manual_seed" else module.Generator().manual_seed(seed)
        except Exception as error:
            return type(error), str(error)
        return generator.initial_seed()

    with torch.random.fork_rng():
        assert outcome(engine_random) == outcome(torch)


def test_the_default_generator_is_what_the_functions_mean():
    assert engine_random.manual_seed(7) is default_generator
    assert engine_random.initial_seed() == 7
    fresh = {engine_random.seed() for _ in range(20)}
    assert engine_random.initial_seed() in fresh
    assert len(fresh) == 20
    assert 2**60 < max(fresh) < 2**64
    engine_random.manual_seed(3)
    state = engine_random.get_rng_state()
    values = rand(default_generator, 5)
    engine_random.set_rng_state(state)
    assert rand(default_generator, 5) == values == rand(seeded(3), 5)


def test_a_generator_of_ones_own_leaves_the_default_one_alone():
    engine_random.manual_seed(0)
    own = Generator()
    assert own.initial_seed() == 67280421310721
    assert str(own.device) == "cpu"
    rand(own.manual_seed(5), 10)
    assert rand(default_generator, 3) == rand(seeded(), 3)


@pytest.mark.parametrize(
    "twin", [Generator.clone_state, copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))]
)
def test_a_copy_goes_its_own_way(twin):
    generator = seeded(5)
    randn(generator, 3)  # leaves a spare normal
    other = twin(generator)
    assert other.initial_seed() == 5
    assert randn(other, 40) == randn(generator, 40)
    rand(other, 1)
    assert rand(other, 3) != rand(generator, 3)


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 625, 2000])
def test_states_pass_between_torch_and_the_engine(drawn):
    torch = pytest.importorskip("torch")
    theirs, ours = torch.Generator().manual_seed(9), seeded(9)
    torch.randn(3, generator=theirs)
    torch.rand(drawn, generator=theirs)
    ours.set_state(wrap(theirs.get_state().numpy()))
    assert ours.get_state()._array.tobytes() == theirs.get_state().numpy().tobytes()
    randn(ours, 5)
    theirs.set_state(torch.from_numpy(ours.get_state()._array))
    assert randn(ours, 100) == torch.randn(100, generator=theirs).tolist()


def state_with(**fields: int) -> np.ndarray:
    state = seeded().get_state()._array
    for name, value in fields.items():
        state.view(engine_random.STATE)[name] = value
    return state


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (3, TypeError, "expected a torch.ByteTensor, but got int"),
        (wrap(np.zeros(5056, np.float32)), TypeError, "RNG state must be a torch.ByteTensor"),
        (wrap(np.zeros(2 * 5056, np.uint8)[::2]), RuntimeError, "RNG state must be contiguous"),
        (
            wrap(np.zeros(3, np.uint8)),
            RuntimeError,
            "Expected a CPUGeneratorImplState of size 5056 but found the input RNG state size to be 3",
        ),
        (wrap(state_with(seeded=0)), RuntimeError, "Invalid mt19937 state"),
        (wrap(state_with(left=0)), RuntimeError, "Invalid mt19937 state"),
        (wrap(state_with(left=625)), RuntimeError, "Invalid mt19937 state"),
        (wrap(state_with(next=625)), RuntimeError, "Invalid mt19937 state"),
    ],
)
def test_a_state_that_is_none_is_refused_and_changes_nothing(state, error, message):
    generator = seeded()
    with pytest.raises(error) as raised:
        generator.set_state(state)
    assert str(raised.value) == message
    assert rand(generator, 3) == rand(seeded(), 3)


def test_fork_rng_restores_the_stream_even_after_an_error():
    engine_random.manual_seed(0)
    with pytest.raises(KeyError), engine_random.fork_rng():
        rand(default_generator, 10)
        raise KeyError
    assert rand(default_generator, 3) == rand(seeded(), 3)
    with engine_random.fork_rng(enabled=False):
        rand(default_generator, 1)
    assert rand(default_generator, 2) == rand(seeded(), 6)[4:]


def test_too_large_a_permutation_is_refused():
    with pytest.raises(NotImplementedError, match="214748364"):
        kernels.permutation(seeded(), 214748364, dtypes.int64)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_stream_goes_on_as_torchs_after_few_numbers(shape, dtype):
    agree(f"""
x = torch.ones({shape}, dtype=torch.{dtype})
for draw in (
    lambda: torch.nn.functional.dropout(x, 0.5), lambda: x.clone().bernoulli_(0.25), lambda: torch.bernoulli(x / 2),
    lambda: torch.rand_like(x), lambda: torch.randn_like(x), lambda: x.clone().normal_(), lambda: x.clone().uniform_(),
    lambda: x.clone().exponential_(), lambda: x.clone().geometric_(0.5), lambda: x.clone().cauchy_(),
    lambda: x.clone().log_normal_(), lambda: x.clone().random_(), lambda: x.clone().random_(7),
    lambda: torch.poisson(x),
    lambda: torch.randint_like(x, 9), lambda: torch.normal(x, 1.0), lambda: torch.nn.functional.rrelu(x, training=True),
):
    torch.manual_seed(3)
    print(draw(), torch.rand(1), torch.randn(1))
""")


@pytest.mark.parametrize(
    "call", ["get_offset()", "set_offset(3)", "graphsafe_get_state()"],
)  # fmt: skip
def test_what_only_generators_of_accelerators_can_is_refused(call):
    agree(f"torch.Generator().{call}")
    agree("torch.Generator('meta')")


def test_of_no_elements_any_dtype_can_be_drawn():
    agree("""
for d in (torch.int64, torch.bool, torch.complex64):
    e = torch.empty(0, dtype=d)
    for code in (
        "torch.randn(0, dtype=d)", "torch.randn_like(e)", "e.normal_()", "torch.normal(e, 1.)", "e.exponential_()",
        "e.log_normal_()", "e.geometric_(0.5)", "torch.bernoulli(e)", "torch.rand(0, dtype=d)", "e.cauchy_()",
        "torch.randn(2, dtype=torch.int64)", "torch.empty(2, dtype=torch.int64).normal_()",
    ):
        try:
            print(code, eval(code))
        except (NotImplementedError, RuntimeError) as error:
            print(code, error)
""")
