"""Forward-mode derivatives: torch's samples of every operation, and laws."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

import engine  # noqa: E402
from engine.autograd import forward_ad as fwAD  # noqa: E402
from engine.tensor import Tensor  # noqa: E402
from tests import samples  # noqa: E402
from tests.bothways import agree  # noqa: E402
from tests.engine.autograd.test_laws import BINARY, UNARY, arrays  # noqa: E402

# Entries whose tangents are not torch's, and why.
DIFFERENT = {
    "as_strided.partial_views": "torch copies the whole storage of the tangent, and reads where the primal lies in its",
    "as_strided_scatter": "torch's two formulas disagree where a 0-d tensor is scattered",
    "cholesky_inverse": "torch's other formula rounds otherwise",
    **{f"index_reduce.{how}": "torch warns before it refuses" for how in ("amax", "amin", "mean", "prod")},
    "linalg.cholesky": "only Hermitian tangents are derivatives, and torch reads others in another way",
    "linalg.cholesky_ex": "only Hermitian tangents are derivatives, and torch reads others in another way",
    "linalg.eig": "eigenvectors have a free phase",
    "linalg.eigh": "eigenvectors have a free phase",
    "linalg.matrix_power": "torch has a zero tangent for the power 0, which is constant",
    "linalg.svd": "singular vectors have a free phase",
    "logcumsumexp": "over wide ranges of values torch's other formula rounds otherwise; complex, it is NaN",
    "matrix_exp": "torch's other formula rounds otherwise",
    "native_batch_norm": "torch's formula has tangents of other outputs",
    "native_group_norm": "torch's formula has tangents of other outputs",
    "native_layer_norm": "torch's formula has tangents of other outputs",
    "nn.functional.max_unpool2d": "where indices repeat torch's formulas disagree: the last one, or all of them",
    "nn.functional.max_unpool3d": "where indices repeat torch's formulas disagree: the last one, or all of them",
    "pca_lowrank": "singular vectors have a free phase",
    "normal": "torch fails where the mean is broadcast",
    "scatter_reduce.prod": "torch has no tangent, and fails in place",
    "svd": "singular vectors have a free phase",
    "svd_lowrank": "singular vectors have a free phase",
    "triangular_solve": "torch reads the other triangle of the tangent too",
}
# The distance in torch's samples is a module of torch's.
NOT_OURS = {"nn.functional.triplet_margin_with_distance_loss"}
# Torch calls a kernel here that the engine does not have; the error has its name.
NAMED_OTHERWISE = {"cdist"}


ENTRIES = {name: entry for name, entry in samples.entries().items() if entry.supports_autograd}
LEFT_OUT = {*DIFFERENT, *NAMED_OTHERWISE, *NOT_OURS}


def test_what_is_left_out_is_there():
    assert set(ENTRIES) >= LEFT_OUT


@pytest.mark.parametrize("name", samples.chosen(set(ENTRIES) - LEFT_OUT))
@pytest.mark.filterwarnings("ignore")
def test_tangents_of_torchs_samples(name: str):
    """The tangents of the results, of the in-place form too, or torch's error where torch has no formula."""
    entry = ENTRIES[name]
    found = []
    for dtype, count in ((torch.float64, 2), (torch.complex128, 1)):
        if dtype not in entry.supported_backward_dtypes("cpu"):
            continue
        for sample in samples._spread(samples.samples_of(entry, dtype, requires_grad=True), count):
            checks = [samples.check_forward(entry, sample)]
            in_place = getattr(entry.inplace_variant, "__name__", "")
            if hasattr(Tensor, in_place) and isinstance(sample.input, torch.Tensor) and not sample.broadcasts_input:
                checks.append(samples.check_forward(entry, sample, in_place=True))
            found += [(samples.described(sample), *one) for one in itertools.chain(*checks)]
    assert found == []


def jvp(function: Any, primals: list[np.ndarray], tangents: list[np.ndarray]) -> tuple[Tensor, Tensor | None]:
    with fwAD.dual_level():
        pairs = zip(primals, tangents, strict=True)
        duals = [fwAD.make_dual(engine.from_numpy(p.copy()), engine.from_numpy(t.copy())) for p, t in pairs]
        return fwAD.unpack_dual(function(*duals))


def shaped(function: Any, data: st.DataObject, arguments: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    shape = data.draw(st.sampled_from([(3,), (2, 3), (2, 1), ()]))
    return tuple([data.draw(arrays(shape)) for _ in range(arguments)] for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_tangent_is_the_transpose_of_the_gradient(name: str, data: st.DataObject):
    """<u, J t> = <J' u, t>, and both are what finite differences give."""
    function: Any = (UNARY | BINARY)[name]
    primals, tangents = shaped(function, data, 1 if name in UNARY else 2)
    out, tangent = jvp(function, primals, tangents)
    derivative = tangent.numpy() if tangent is not None else np.zeros(tuple(out.shape))
    cotangent = data.draw(arrays(tuple(out.shape)))
    leaves = [engine.from_numpy(p.copy()).requires_grad_() for p in primals]
    result = function(*leaves)
    gradients = engine.autograd.grad(result, leaves, engine.from_numpy(cotangent), allow_unused=True)
    back = sum(float((g.numpy() * t).sum()) for g, t in zip(gradients, tangents, strict=True) if g is not None)
    assert float((cotangent * derivative).sum()) == pytest.approx(back, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_tangent_is_a_derivative(name: str, data: st.DataObject):
    function = UNARY[name]
    primals, tangents = shaped(function, data, 1)
    _, tangent = jvp(function, primals, tangents)
    step = 1e-6
    ends = [function(engine.tensor(primals[0] + sign * step * tangents[0])).numpy() for sign in (1, -1)]
    found = tangent.numpy() if tangent is not None else 0
    np.testing.assert_allclose(found, (ends[0] - ends[1]) / (2 * step), rtol=1e-5, atol=1e-6)


# Programs, run in both.

PROGRAMS = {
    "forward over reverse, reverse over forward": """
x, v = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.0, -1.0])
with fw.dual_level():
    dual = fw.make_dual(x.clone().requires_grad_(), v)
    (gradient,) = torch.autograd.grad((dual**3).sum() * dual[0], dual, create_graph=True)
    print(fw.unpack_dual(gradient).tangent.detach())
    leaf = x.clone().requires_grad_()
    tangent = fw.unpack_dual((fw.make_dual(leaf, v) ** 3).sum() * leaf[0]).tangent
    print(tangent, torch.autograd.grad(tangent, leaf)[0].detach())
""",
    "in place": """
with fw.dual_level():
    dual = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    plain = torch.zeros(2, 2)
    before = plain[0]
    plain[:, 1] = dual
    print(plain, before, plain.t())
    before.mul_(dual)
    print(plain, before)
    view = dual[:1]
    view.square_()
    print(dual, view)
    dual.zero_()
    print(dual, view)
    dual[0] = 5.0
    print(dual, view)
    out = torch.ones(2).add_(dual).unsqueeze_(0)
    print(out, out.squeeze_())
    print(dual.clone().detach_(), dual.detach(), dual.data)
    dual.resize_(3)
""",
    "modes": """
with fw.dual_level():
    dual = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    with torch.no_grad():
        print(dual * 2)
    with torch.inference_mode():
        print(dual * 2, fw.unpack_dual(dual), fw.make_dual(torch.ones(1), torch.ones(1)))
    with fw._set_fwd_grad_enabled(False):
        print(dual * 2)
    print(dual * 2)
""",
    "levels": """
print(fw.enter_dual_level())
dual = fw.make_dual(torch.ones(2), torch.ones(2))
print(fw.exit_dual_level())
print(dual, fw.unpack_dual(dual))
with fw.dual_level():
    print(dual, fw.unpack_dual(dual))
""",
    "no level to make a dual in": "fw.make_dual(torch.ones(2), torch.ones(2))",
    "no level to leave": "fw.exit_dual_level()",
    "another level to leave": "fw.exit_dual_level(level=0)",
    "a tensor that already has a tangent": """
with fw.dual_level():
    dual = fw.make_dual(torch.ones(2), torch.ones(2))
    fw.make_dual(dual, torch.ones(2))
""",
    "out=": """
with fw.dual_level():
    dual = fw.make_dual(torch.ones(2), torch.ones(2))
    torch.add(dual, dual, out=torch.zeros(2))
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str):
    agree("import warnings; warnings.simplefilter('ignore')\nfw = torch.autograd.forward_ad\n" + PROGRAMS[name])


@pytest.mark.parametrize(
    "call",
    [
        "native_layer_norm(d, [4], None, None, 1e-5)", "native_batch_norm(d, None, None, None, None, True, 0.1, 0.1)",
        "native_group_norm(d, None, None, 2, 4, 4, 2, 1e-5)", "linalg.slogdet(d)", "linalg.lu_factor(d)", "std_mean(d)",
        "linalg.qr(d)",
    ],
)  # fmt: skip
def test_results_that_have_a_tangent_are_torchs(call):
    agree(f"""
import torch.autograd.forward_ad as fw, warnings
warnings.simplefilter("ignore")  # about what torch loads for some formulas
x = torch.randn(2, 4, 4, dtype=torch.double)
with fw.dual_level():
    d = fw.make_dual(x, x)
    print([fw.unpack_dual(one).tangent is not None for one in torch.{call}])
""")


def test_a_tangent_has_none_itself():
    agree("""
import torch.autograd.forward_ad as fwAD
with fwAD.dual_level():
    d = fwAD.make_dual(torch.ones(2), torch.ones(2)); fwAD.make_dual(torch.ones(2), d)
""")


@pytest.mark.parametrize(
    "function",
    [
        "d * d", "d * 2", "2 * d", "d * y", "y * d", "d / 2", "2 / d", "d / (d * d + 1)", "d / y", "y / d", "d * z",
        "(d * 2).exp()", "d.sin() * d", "d ** 2", "d - d * 3", "d.sub(y, alpha=2)", "d.float() * d", "(d * 1j).real",
        "d.reciprocal().sqrt()", "d.sigmoid().tanh()", "d + 1", "d.sum()", "d.mean()", "d.cumsum(0)", "d.view(3, 1)",
        "d.prod()", "d.norm()", "d.norm(1)", "d.norm(float('inf'))", "d.var()", "d.std()", "d.max()", "d.max(0)[0]",
        "d.amax(0)", "d.sort()[0]", "d.logsumexp(0)", "d.softmax(0)", "d.log_softmax(0)", "d.clamp(min=y)",
        "torch.maximum(d, y)", "d.atan2(y)", "d.hypot(y)", "d ** y", "d.lerp(y, 0.5)", "d.addcmul(d, y)", "d.dot(y)",
        "torch.cat([d, y])", "torch.stack([d, d])", "d.masked_fill(d > 1, 0.5)", "torch.where(d > 1, d, y)",
        "torch.outer(d, y).mm(torch.outer(d, d))", "F.mse_loss(d, y, reduction='none')",
        "d.index_add(0, torch.tensor([0]), y[:1])",
        "d.gather(0, torch.tensor([1, 1]))", "F.pad(d, (1, 0), value=2.)", "d.xlogy(y)", "d.logaddexp(y)", "d * 0 - 0.",
    ],
)  # fmt: skip
def test_the_graph_of_a_tangent(function):
    agree(f"""
import warnings
warnings.simplefilter('ignore')
fwAD = torch.autograd.forward_ad
def tree(node):
    if node is None:
        return None
    return [node.name().rpartition('::')[2], *(tree(following) for following, _ in node.next_functions)]
x, y = (torch.tensor(data, dtype=torch.float64, requires_grad=True) for data in ([0.5, 1.5, 2.], [1.5, 2., -3.]))
z = y.detach()
with fwAD.dual_level():
    for p, t in ((x, torch.ones_like(x)), (x.detach(), z), (x.detach(), torch.ones_like(x).requires_grad_())):
        d = fwAD.make_dual(p, t)
        tangent = fwAD.unpack_dual({function}).tangent
        print(tangent.detach(), tree(tangent.grad_fn))
""")


@pytest.mark.parametrize(
    "code",
    [
        "p = fwAD.unpack_dual(d * 2).primal; print(p, type(p.grad_fn), p.grad_fn.name())",
        "print(fwAD.unpack_dual(x.detach(), level=3))",
        "fwAD.unpack_dual(d, level=3)",
        "torch.add(torch.ones(2), 2, out=d.detach())",
    ],
)
def test_what_duals_are_made_of(code):
    agree(f"""
import torch.autograd.forward_ad as fwAD
x = torch.ones(2, requires_grad=True)
with fwAD.dual_level():
    d = fwAD.make_dual(x, torch.ones(2)); {code}
""")


def test_the_tangent_of_a_negative_radius():
    """Its gradient in torch takes the sign of the result for the direction, which does not hold there."""
    agree("""
torch.set_printoptions(precision=3)
r, a = torch.tensor([5.0, -3.0, 0.0]), torch.tensor([2.0, 2.0, 1.0])
print(torch.func.jvp(torch.polar, (r, a), (torch.ones(3), torch.full((3,), 1.5))))
r.requires_grad_()
print(torch.autograd.grad(torch.polar(r, a).real.sum(), r))
""")
