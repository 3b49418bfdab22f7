"""Arguments at the edge, family by family: values, dtypes, layout, warnings or errors are torch's."""

import pytest
from bothways import agree

SETUP = """
import numpy as np
nan, inf = float("nan"), float("inf")
x = torch.tensor([[1., -2, nan], [inf, 0, -0.]])
i = torch.tensor([[3, -1, 2], [0, 5, 5]])
u = torch.tensor([1, 2, 255], dtype=torch.uint8)
c = torch.tensor([1 + 2j, -1j, 3])
h = torch.tensor([1.5, -2, 3]).half()
t = torch.arange(24.).reshape(2, 3, 4)
d = torch.arange(12.).double().reshape(3, 4)
r = torch.arange(6.).reshape(2, 3).requires_grad_()
s = torch.tensor(2.5)
e = torch.ones(2).to(torch.float8_e4m3fn)
def shown(*values):
    for one in values:
        if isinstance(one, torch.Tensor):
            print(one, one.dtype, one.stride(), one.grad_fn and one.grad_fn.name())
        elif isinstance(one, (tuple, list)):
            shown(*one)
        else:
            print(repr(one))
"""
FAMILIES = {
    "dtypes of reductions": [
        "h.sum(dtype=torch.float32)", "h.mean(0, dtype=torch.float32)", "h.prod(dtype=torch.float32)",
        "h.cumsum(0, dtype=torch.float32)", "h.bfloat16().sum(dtype=torch.float32)", "h.norm(dtype=torch.float32)",
        "torch.linalg.vector_norm(h, dtype=torch.float64)", "torch.linalg.vector_norm(x, dtype=torch.complex64)",
        "torch.linalg.vector_norm(c, dtype=torch.float32)", "torch.linalg.vector_norm(d, dtype=torch.float32)",
        "torch.linalg.matrix_norm(d, dtype=torch.float32)", "torch.linalg.vector_norm(x, dtype=torch.int64)",
        "r.sum(dtype=torch.int64)", "r.prod(1, dtype=torch.int64)", "r.cumsum(1, dtype=torch.int64)",
        "r.sum(1, dtype=torch.bool)", "torch.sum(c, dtype=torch.float32)",
        "torch.all(i, out=torch.empty(0, dtype=torch.uint8))", "torch.any(u, out=torch.empty(0, dtype=torch.bool))",
        "torch.all(i, 0, out=torch.empty(0))", "torch.amax(torch.empty(2, 0), (0, -1))",
    ],
    "complex numbers for real ones": [
        "torch.add(x, 1, alpha=1j)", "torch.add(i, 1, alpha=1j)", "torch.rsub(x, 1, alpha=1j)",
        "torch.addmm(d[:, :3], d[:, :3], d[:, :3], alpha=1j)", "torch.addmm(i[:, :2], i[:, :2], i[:, :2], beta=1j)",
        "torch.addcmul(x, x, x, value=1j)", "torch.lerp(x, x, 1j)", "F.elu(x, 1j)", "F.hardshrink(x, 1j)",
        "torch.constant_pad_nd(x, (1, 1), 1j)", "float(torch.tensor(1 + 1j))", "int(torch.tensor(1 + 1j))",
        "float(torch.tensor(1 + 0j))", "int(torch.tensor(2 + 0j))",
    ],
    "signs of zeros": [
        "torch.zeros(2, 1).bfloat16() @ torch.tensor([[-1., 1]]).bfloat16()",
        "torch.zeros(2, 1) @ torch.tensor([[-1., 1]])",
        "torch.zeros(2, 1).half().mm(torch.tensor([[-1., 1]]).half())",
        "torch.relu(torch.full((20,), -0.))", "torch.relu(torch.tensor(-0.))", "torch.clamp(x, 0)",
        "torch.clamp(torch.full((20,), 0.), -0., 1)", "torch.clamp(x, max=0)", "torch.clamp_min(x, 0)",
        "torch.angle(x)", "torch.xlogy(torch.tensor(-0.), 2)", "torch.fft.fft(torch.ones(4))",
        "torch.fft.ifft(torch.zeros(4))", "torch.fft.fft2(torch.ones(2, 4))", "torch.fft.fft(-torch.ones(4).double())",
    ],
    "sizes that do not fit": [
        "F.adaptive_avg_pool2d(t[:, :0], 2)", "F.adaptive_max_pool1d(t[0, :, :0], 1)",
        "F.adaptive_max_pool2d(t[:0], 1)",
        "F.avg_pool2d(t[None, None], 2)", "F.avg_pool2d(s, 2)", "F.avg_pool3d(t[None], 4, 1, 2)",
        "F.pad(t[..., :0], (1, 1), mode='reflect')", "F.pad(t[:, :0], (1, 1), mode='replicate')",
        "F.embedding(i[0], torch.ones(0, 2))", "F.embedding(torch.tensor([0]), torch.ones(1, 0).requires_grad_())",
        "F.binary_cross_entropy(d / 12, d / 12, torch.ones(1, 3, 4).double())",
        "F.binary_cross_entropy(d / 12, d / 12, torch.ones(3).double())",
        "F.group_norm(t, 3, torch.ones(3), torch.ones(2))",
        "F.multi_margin_loss(d[:0], i[0])", "F.multilabel_margin_loss(d[:0], i[:0])", "F.rms_norm(s, (2,))",
        "F.max_unpool1d(s, i[0], 2)", "F.fractional_max_pool3d(x[0], 2, output_ratio=0.5)", "F.grid_sample(s, s)",
        "F.bilinear(x, x, x[0])", "torch.fft.fftshift(x[0], dim=1)",
        "F.gaussian_nll_loss(d, d, torch.ones(1, 1).double())",
        "torch.cat([x[0, :0], x], 1)", "torch.cat([x[0, :0], x[0, :0]], 1)", "torch.index_add(x, 1, i[0], s)",
        "torch.index_add(s, 0, torch.tensor([0]), x[0, :1])",
        "torch.index_copy(x, 0, torch.tensor([0]), s)", "torch.index_select(s, 0, i[0, :0])",
        "torch.gather(x[0], 0, torch.tensor(1))", "x.scatter(1, i[0, :0], 1.0)", "x[None].scatter_add(0, i[None], x)",
        "x.put(i[0], s)", "torch.masked_select(x[0], torch.ones(2, 1) > 0)", "torch.trapezoid(s)",
        "torch.cumulative_trapezoid(x[:0], dim=0)", "torch.cumulative_trapezoid(s, s)", "torch.mv(s, x[0])",
        "torch.as_strided_scatter(x, s, (2, 2), (1, 1))", "torch.chain_matmul(x[0], x)", "torch.cholesky(x[:0])",
        "torch.addmv(x[0, :2], x[:, :1], x[0, :1])",
    ],
    "matrices and pivots": [
        "torch.linalg.lu_solve(d[:, :3], torch.tensor([1, 4, 3]).int(), d)",
        "torch.linalg.lu_solve(d[:, :3], torch.tensor([1, 0, 3]).int(), d)",
        "torch.linalg.ldl_solve(d[:, :3], torch.tensor([-4, 1, 1]).int(), d)", "torch.linalg.pinv(d[0])",
        "torch.lu_unpack(d[:, :3], torch.tensor([5]).int())", "torch.lu_unpack(d[:, :3], i[0])", "torch.linalg.cond(s)",
        "torch.linalg.matrix_rank(s)", "torch.linalg.tensorsolve(t, d)", "torch.linalg.tensorinv(d, 5)",
        "torch.linalg.solve(t[..., :3].expand(2, 3, 3), d.expand(3, 3, 4))", "torch.linalg.cross(s, s)",
        "torch.linalg.ldl_factor(torch.eye(3).requires_grad_())[0].grad_fn.name()",
        "torch.linalg.householder_product(d, s.double())", "torch.polygamma(1, c)", "torch.polygamma(0, c)",
    ],
    "Bessel functions, as far from the truth as torch's": [
        "(torch.special.bessel_j0(d - 4) * 1e7).round()", "(torch.special.bessel_j1(d - 4) * 1e7).round()",
        "(torch.special.bessel_y0(d - 4) * 1e7).round()", "(torch.special.bessel_y1(d - 4) * 1e7).round()",
        "torch.special.bessel_j1(torch.tensor([-0.0, inf, -inf, nan]))", "torch.special.bessel_y1(i)",
    ],
    "matrices of eight bits": [
        "u.to(torch.float8_e4m3fn)[None].mm(u.to(torch.float8_e4m3fn)[:, None]).float()",
        "F.linear(x[1:, 1:].to(torch.float8_e5m2), x[1:, 1:].to(torch.float8_e5m2)).float()",
        "torch.addmm(*[d[:3, :3].to(torch.float8_e4m3fn)] * 3, beta=0.5, alpha=2).float()",
    ],
    "outputs made smaller": [
        "(y := t.flatten()[1:5], torch.add(d[0, :2].float(), 1, out=y), t.flatten()[:4], y.storage_offset())",
        "F.embedding_bag(i.clamp(0), torch.eye(6).requires_grad_(), scale_grad_by_freq=True).sum().backward()",
    ],
    "outputs of several": [
        "torch.sort(x, out=(x,))", "torch.sort(x, out=(x, i, i))", "torch.sort(x, out=(x, None))",
        "torch.linalg.eigh(torch.full((5, 5), nan))", "x.cauchy_(0, inf)", "x.float(1)", "x.half(memory_format=1)",
        "torch.zeros(2, device=0)", "torch.zeros(2, device=-1)", "x.__rdiv__()", "x.__rpow__(1, 2)",
    ],
    "powers of complex zeros": [
        "torch.pow(c * 0, torch.tensor([0, 1, -1.]))", "torch.pow(c * 0, 1j)", "torch.pow(0, c * 1j)",
        "torch.autograd.grad(torch.pow(torch.tensor([-1.5, 0, 2]), c.requires_grad_()).sum(), c)",
    ],
    "shapes": [
        "r.detach().t().view(torch.int16)", "t.transpose(0, 2).view(torch.float64)", "t[:, ::2].view(torch.int16)",
        "torch.ones(5)[1:].view(torch.float64)", "r.detach()[:, :2].view(torch.double)",
        "t[..., 2:].view(torch.double)",
        "torch.zeros(8, dtype=torch.uint8)[3:7].view(torch.float32)", "torch.ones(1).expand(4).view(torch.float64)",
        "torch.ones(2, 0).view(torch.float64)", "t.expand(2, 2, 3, 4).view(torch.float64)", "t[1:].view(torch.float64)",
        "x.view(torch.float64)", "x.view(torch.complex64)", "torch.ones(1).expand(-2)", "s.stride(0)", "s.stride(-1)",
        "x.size('a')", "x.stride('a')", "torch.as_strided(x, (2, 2), (1,))", "torch.as_strided(x, (2,), (-1,))",
        "torch.as_strided(x, (-2,), (1,))", "torch.as_strided(x, (0,), (1,), 100)",
        "torch.as_strided(x, (1,), (1,), -1)", "torch.rot90(x, 1, (0, 2))", "torch.rot90(x, 1, (-3, 0))",
        "torch.rot90(x, 1, (0, -2))", "x.repeat_interleave(torch.tensor([1., 2]), 0)",
        "torch.meshgrid(torch.arange(2), torch.arange(3.), indexing='ij')",
        "torch.constant_pad_nd(x, (1, 1, 1, 1, 1, 1))", "torch.block_diag(x, i)",
        "torch.block_diag(h, torch.tensor(2.5))", "torch.block_diag(torch.arange(2), torch.tensor(2.5))",
    ],
    "writing": [
        "x.copy_(2.5)", "i.copy_(2.7)", "x.copy_(True)", "(r * 1).copy_(3)", "torch.index_put(x, (u[:2],), s)",
        "x.__setitem__(u[:2], 5)", "x.__setitem__(u[:2], torch.ones(3))", "x[torch.tensor([1, 0], dtype=torch.uint8)]",
    ],
    "matrices": [
        f"torch.linalg.{call}"
        for call in [
            "inv_ex(torch.zeros(2, 2))", "inv_ex(torch.ones(3, 3))",
            "inv_ex(torch.stack([torch.ones(2, 2), torch.eye(2)]))",
            "inv(torch.tensor([[nan, 1.], [1, 1]]))", "inv(torch.stack([torch.eye(2), torch.zeros(2, 2)]))",
            "solve_ex(torch.zeros(2, 2), torch.ones(2))", "solve_ex(torch.ones(2, 2), torch.ones(2))",
            "solve(torch.stack([torch.eye(2), torch.zeros(2, 2)]), torch.ones(2, 2))",
            "solve(torch.eye(2), torch.ones(2, 2), left=False)",
            "solve(torch.eye(2).expand(3, 2, 2), torch.ones(3, 2))",
            "solve(torch.tensor([[nan, 1.], [1, 1]]), torch.ones(2))", "lu_factor(torch.zeros(2, 2))",
            "lu_factor(torch.tensor([[nan, 1.], [1, 1]]))", "slogdet(torch.tensor([[nan, 1.], [1, 1]]))",
            "cholesky(torch.tensor([[1., nan], [nan, 1]]))", "svd(torch.tensor([[nan, 1], [1, 1]]))",
            "svdvals(torch.tensor([[[1., 1], [1, 1]], [[nan, 1], [1, 1]]]))", "pinv(torch.tensor([[nan, 1], [1, 1]]))",
            "matrix_norm(torch.empty(0, 3), 2)", "matrix_norm(torch.empty(3, 0), 1)",
            "matrix_norm(torch.empty(2, 0, 3), inf)", "matrix_norm(torch.empty(3, 0), -1)",
            "matrix_norm(torch.empty(2, 0, 3), 1, keepdim=True)", "cond(torch.ones(2, 2), 1)",
            "cond(torch.zeros(2, 2), 'fro')", "cond(torch.zeros(2, 2), 'nuc')", "cond(torch.eye(2) * 2, 'nuc')",
            "cond(torch.stack([torch.eye(2), torch.ones(2, 2)]), 1)", "cond(d, 1)", "cond(torch.empty(0, 0))",
            "cond(torch.empty(2, 0, 0))", "cond(torch.empty(0, 0), 1)", "cond(torch.eye(2), 3)",
            "cond(torch.eye(2), 'bad')", "multi_dot([torch.ones(2), torch.ones(3, 2)])",
            "multi_dot([torch.ones(2, 3), torch.ones(3, 2).double()])",
            "multi_dot([torch.ones(2, 2, 2), torch.ones(2, 2)])", "multi_dot([torch.ones(2, 2), s, torch.ones(2, 2)])",
        ]
    ] + ["torch.einsum([x], [0, 1], [1, 0])", "torch.einsum('ij', [3])"],
    "losses and layers": [
        "F.cross_entropy(torch.ones(3), torch.tensor([0]))", "F.cross_entropy(torch.ones(3), torch.tensor([0, 1]))",
        "F.cross_entropy(torch.ones(3), torch.tensor([[0]]))", "F.cross_entropy(torch.ones(2, 3), torch.tensor(1))",
        "F.cross_entropy(r[0], torch.tensor([2]))", "F.nll_loss(torch.ones(1, 2, 4, 4), torch.zeros(1, 4).long())",
        "F.nll_loss(torch.ones(1, 2, 4, 4), torch.zeros(1, 4, 5).long())",
        "F.nll_loss(torch.ones(1, 2, 4, 4), torch.zeros(1, 4, 4).long(), weight=torch.ones(3))",
        *(
            f"F.binary_cross_entropy_with_logits(torch.ones(2), {target})"
            for target in (
                "torch.tensor([True, False])", "torch.tensor([1, 0])", "torch.tensor([1., 0]).half()",
                "torch.tensor([1., 0]).double()", "torch.ones(2), weight=torch.tensor([1, 2]).double()",
            )
        ),
        "F.batch_norm(torch.ones(3), torch.zeros(3), torch.ones(3))", "F.batch_norm(torch.ones(3), None, None)",
        "F.instance_norm(torch.ones(1, 2, 2, 2), use_input_stats=False)",
        "F.instance_norm(torch.ones(1, 2, 2, 2), running_mean=torch.ones(2))", "F.hardtanh(u, -1, 2)",
        "F.hardtanh(u, 0, 300)", "F.layer_norm(x, 3)", "F.rms_norm(x, 3)", "torch.poisson(torch.tensor([-1, 2]))",
    ],
    "powers and quotients": [
        "torch.tensor([True, False]) ** True", "torch.tensor([True, False]).pow_(False)", "c ** 1", "i ** 0", "r ** 1",
        "torch.sigmoid(c)", "torch.reciprocal(c)", "torch.rsqrt(torch.tensor([1 + 0j]))", "i.floor_divide_(1j)",
        "i.bitwise_and_(2.5)", "torch.copysign(i, 1j)", "torch.xlogy(x, 1j)",
    ],
    "what is left for old programs": [
        "torch.nuclear_norm(d)", "torch.nuclear_norm(t, (0, 1))", "torch.nuclear_norm(d, keepdim=True)",
        "torch.frobenius_norm(d, (0, 1))", "torch.frobenius_norm(d, 1, True)", "torch.frobenius_norm(d)",
    ],
    "sizes as numbers": [
        "torch.sym_int(-2.7), torch.sym_float(2)", "torch.sym_max(3, 2.5), torch.sym_min(1, 2.5)",
        "torch.sym_max('a', 1)",
        "torch.sym_not(0), torch.sym_sqrt(4)", "torch.sym_ite(True, 1, 2)", "torch.sym_ite(1, 1, 2)",
        "torch.sym_ite(True, 1, 2.)", "torch.sym_sum([1, 2.5]), torch.sym_sum([]), torch.sym_sum(1, 2)",
    ],
    "few elements, other dtypes": [
        "torch.flip(s, (0,))", "torch.flip(s, (1,))", "F.max_pool1d(torch.ones(1, 4).long(), 2)",
        "torch.vander(torch.empty(0).long())", "torch.vander(r[1])", "torch.vander(r[1], 2, increasing=True)",
        "torch.vander(r[1], 1), torch.vander(r[1], 0)", "torch.vander(r[1], 4).sum().backward()",
        "torch.func.vmap(torch.vander)(r)", "torch.func.jacfwd(torch.vander)(r[0])",
        "torch.argmax(torch.empty(0).bool())",
        "torch.mean(d, 1, out=torch.zeros(3, dtype=torch.int64))",
    ],
    "polynomials of numbers": [
        f"torch.special.{name}(2, torch.tensor([0, 3]))"
        for name in (
            "chebyshev_polynomial_t", "hermite_polynomial_h", "laguerre_polynomial_l", "legendre_polynomial_p",
            "shifted_chebyshev_polynomial_u",
        )
    ],
    "at the ends of functions": [
        "torch.polygamma(2, x)", "torch.polygamma(1, x)", "torch.mvlgamma(torch.tensor([inf, -inf, nan, 3.]), 1)",
        "torch.special.airy_ai(torch.tensor([1e30, 200., inf, -inf, nan]))",
        "1 / torch.erfinv(torch.tensor([0., -0.]))",
    ],
    "windows beside what is not finite": [
        f"{call}(torch.cat([x, t[0, :2, :3], x * 2])[None], {size})"
        for call in ("F.adaptive_avg_pool2d",)
        for size in ("(3, 2)", "(4, 5)", "(6, 3)", "1")
    ] + ["F.interpolate(x[None], 2, mode='area')", "F.adaptive_avg_pool3d(x.expand(1, 3, 2, 3), 2)"],
    "shapes before dtypes before kernels": [
        f"{one}.clone().{name}_({other})"
        for name in ("add", "mul", "atan2", "bitwise_and", "hypot", "gcd", "clamp_min")
        for one in ("i[0]", "h", "u")
        for other in ("c[:2]", "torch.ones(2, 3)", "x[0, :2] > 0", "d[0]", "i[0]", "c")
    ] + ["torch.bitwise_and(x[0], x[0, :2])", "torch.gcd(x[0], x[0, :2])", "torch.hypot(i[0], i[0, :2])"],
    "products with a dtype of their own": [
        "torch.mm(x)", "torch.mm(x, x, 5)", "torch.bmm(x, x, bogus=1)", "torch.addmm(x)", "torch.baddbmm(x)", "x.mm()",
        "torch.mm(x, x.T, out='a')", "torch.mm(x, 'a')", "x.mm(x, torch.float32)", "torch.addmm(x, x, x, bogus=1)",
    ],
    "special functions by their own names": [
        f"torch.special.{name}({given})" for name in ("erf", "expit", "gammaln", "xlogy", "polygamma", "logsumexp")
        for given in ("'a'", "x, 'a'", "x, x, x, x", "x, bogus=1")
    ] + ["torch.special.softmax(x)", "torch.special.psi.__name__", "torch.special.erf(x[0])"],
    "floats of eight bits drawn": [
        f"e.{name}_({given})" for name, given in (
            ("normal", ""), ("uniform", ""), ("exponential", ""), ("cauchy", ""), ("log_normal", ""),
        )
    ] + ["torch.randn_like(e)", "torch.rand(2, dtype=torch.float8_e5m2)", "torch.randint_like(e, 3)"],
    "parts of no group": [
        f"torch.native_group_norm({given})" for given in (
            "t, torch.ones(1), None, 2, 3, 4, 3, 0.5", "t, torch.ones(3), torch.ones(1), 2, 3, 4, 3, 0.5",
            "t, None, None, 2, 3, 5, 3, 0.5", "t, None, None, 2, 3, 4, 2, 0.5",
            "t, None, None, 2, 3, 4, 0, 0.5", "t, torch.ones(1, 3), None, 2, 3, 4, 3, 0.5",
        )
    ],
    "dtypes beside others": [
        "F.linear(s, x)", "torch.func.grad(lambda x: F.linear(s, x).sum())(x)",
        "F.bilinear(x, d[:2], torch.ones(2, 3, 4))", "F.bilinear(x, x, torch.ones(2, 3, 3).double())",
        "F.bilinear(x, x, torch.ones(2, 3, 3), torch.ones(2).int())", "torch.ldexp(x, x > 0)",
        "torch.ldexp(x, i.to(torch.uint16))", "torch.ldexp(i, x > 0)",
        "torch.linalg.solve_triangular(torch.eye(3), d.mT, upper=True)",
        "torch.special.chebyshev_polynomial_t(s, x)", "torch.special.hermite_polynomial_h(s, x)",
        "torch.linalg.vector_norm(x, 2j)", "torch.norm(x, 2j)", "x.sum_to_size(3, 'a')", "x.sum_to_size()",
        "x.sum_to_size(1, 3)", "x.sum_to_size('a')", "x.polygamma('a')", "x.clone().resize_as_(1.5)",
        "torch.resize_as_(1, x)", "torch.addr(d.T, d[0], d[:, 0])",
    ],
    "methods of no tensor": [
        "torch.Tensor.add(1.5, x)", "torch.Tensor.add_(1.5, x)", "torch.Tensor.add_()", "torch.Tensor.add()",
        "torch.Tensor.exponential_('a', 1)", "torch.Tensor.sum(np.ones(2))", "torch.Tensor.view(np.float32(2))",
        "torch.Tensor.__and__([1], x)",
    ],
    "conditions of no matrix": [
        f"(y := torch.linalg.cond(torch.ones{shape}, {p!r}), y._version)"
        for shape in ("(0, 5)", "(5, 0)", "(2, 0, 0)") for p in (None, 1, -2, "fro", "nuc")
    ],
    "reductions into slices": [
        f"torch.index_reduce({call}, 'mean')" for call in (
            "u, 0, i[0, :1], u[:1]", "u, 0, i[1, :1], u[:1].short()", "c, 0, i[1, :1], c[:1]",
            "x, 0, i, x",
        )
    ],
    "averages with channels last": [
        f"[(y.stride(), y._version, torch.autograd.grad(y.sum(), c)[0].stride()) for c in "
        f"[torch.ones({size}).to(memory_format=torch.{form}).requires_grad_()] "
        f"for y in [F.adaptive_avg_pool{rank}d(c, {out})]]"
        for size, rank in (((2, 3, 4, 5), 2), ((2, 3, 2, 4, 5), 3)) for out in (1, 2)
        for form in ("contiguous_format", f"channels_last{'_3d' * (rank == 3)}")
    ],
    "sums of powers in sixteen bits": [
        f"torch.polygamma({n}, torch.tensor([0.5, -8.5, 20.5, -1, 0, nan, inf]).{d}())"
        for n in (1, 3, 6, 8) for d in ("bfloat16", "half")
    ],
    "gradients of softmax that are zero": [
        f"torch.ops.aten.{name}(-torch.zeros({size}), torch.tensor({values}).reshape({size}), {dim}, torch.float32)"
        for name, values in (("_softmax_backward_data", [0., 1]), ("_log_softmax_backward_data", "[-inf, 0.]"))
        for size, dim in (((1, 2), 1), ((2, 1), 0), ((2,), 0))
    ],
    "strides without elements": [
        "[torch.empty_permuted(size, order).stride() for size in ((2, 0, 3), (1, 0, 5, 1)) for order in "
        "__import__('itertools').permutations(range(len(size)))]",
        "torch.empty_strided((0, 2), (5, 7)).stride()", "torch.empty(3, 4).t()[:, :0].stride()",
    ],
    "kernels without bools": [
        f"torch.ops.aten.{name}(torch.ones(2, 2).bool(), torch.ones(2, 2), {dim}, torch.float64)"
        for name in ("_softmax_backward_data", "_log_softmax_backward_data") for dim in (0, 1)
    ] + [
        f"torch.bmm(torch.ones(2, {n}, {n}).bool(), torch.ones(2, {n}, {n}).bool())" for n in (2, 20)
    ] + ["F.adaptive_avg_pool1d(torch.ones(0, 8, 6).bool(), 2)", "F.adaptive_avg_pool2d(torch.ones(0, 6, 6).int(), 2)"],
    "defaults as messages show them": [
        "torch.quantile(t, 'a')", "torch.linalg.matrix_norm(x, [1])", "F.conv1d(x, x, stride='a')",
        "F.conv2d(x, 'a')",
    ],
}  # fmt: skip


@pytest.mark.parametrize("call", [pytest.param(one, id=one) for family in FAMILIES.values() for one in family])
def test_agrees(call):
    agree(f"{SETUP}shown({call})\nprint(x, i)")


@pytest.mark.parametrize(
    "w, result",
    [
        ("torch.tensor([-1., 0, -0., 2])", "torch.relu(w)"), ("torch.tensor([-1., 0, -0., 2])", "w.clamp(0, 1)"),
        ("torch.ones(2)", "w ** 0"), ("torch.ones(2)", "torch.block_diag(w, torch.arange(2))"),
        ("torch.ones(2, 2)", "torch.linalg.cond(w + torch.eye(2), 1)"),
        ("torch.ones(2, 2)", "torch.linalg.inv_ex(w)[0]"),
        ("torch.ones(2).half()", "w.sum(dtype=torch.float32)"), ("torch.ones(2).half()", "w + 0.3"),
        ("torch.ones(2).half()", "F.binary_cross_entropy_with_logits(w, torch.ones(2))"),
        ("torch.ones(4)", "torch.fft.fft(w).real"), ("torch.ones(2, 1).half()", "w @ torch.ones(1, 2).half()"),
        ("torch.zeros(3)", "w.topk(2).values"), ("torch.zeros(3)", "w.kthvalue(2).values"),
        ("torch.tensor([math.nan, math.inf, 1.])", "F.smooth_l1_loss(w, torch.ones(3), reduction='none')"),
        ("torch.ones(1, 5, 4)", "F.adaptive_avg_pool2d(w, (2, 3)) * torch.tensor([math.inf, 1, 2])"),
        ("torch.tensor([2., -3])", "torch.autograd.grad(w.norm(1.5), w, -0 * w[0], create_graph=True)[0] * w.detach()"),
        ("torch.zeros(3)", "(w * 1).copy_(2.)"), ("torch.ones(3)", "F.cross_entropy(w, torch.tensor([1]))"),
    ],
)  # fmt: skip
def test_gradients_agree(w, result):
    agree(f"import math\nw = ({w}).requires_grad_()\n({result}).sum().backward()\nprint(w.grad)")


@pytest.mark.parametrize("zeros", ["[]", "[3]", "[0]", "[4]", "[1, 3]"])
@pytest.mark.parametrize("sign", [1, -1])
def test_running_products_before_and_after_zeros(zeros, sign):
    """The signs of zeros, too."""
    agree(f"""
for d in (torch.float64, torch.complex128):
    x = torch.tensor([2., -3, 0.5, 4, -5], dtype=d).index_fill(0, torch.tensor({zeros}, dtype=torch.int64), 0)
    x.requires_grad_()
    for last in (0., 1.):
        for again in (False, True):
            given = torch.tensor([0., 0, 0, 0, last], dtype=d) * {sign}
            print(torch.autograd.grad(x.cumprod(0), x, given, create_graph=again)[0].tolist())""")


@pytest.mark.parametrize("weight", ["None", "w"])
@pytest.mark.parametrize("which", [(0, 1), (0,), (1,)])
def test_second_derivatives_of_layer_norm(weight, which):
    """Without a scale, torch loses the shift's, and refuses it beside the input's."""
    agree(
        f"""
x, w, b = (torch.tensor([one], requires_grad=True) for one in (1.5, -2., 0.5))
v = torch.tensor([-0.5], requires_grad=True)
y = torch.native_layer_norm(x, (1,), {weight}, b, 1e-5)[0]
first = torch.autograd.grad(y, [x, b], v, create_graph=True)
shown(torch.autograd.grad([first[k] for k in {which}], [x, v], [torch.ones(1) for k in {which}], allow_unused=True))
""".replace("shown(", "print(")
    )


@pytest.mark.parametrize("call", ["kthvalue(one, 1, ", "mode(one, ", "median(one, "])
@pytest.mark.parametrize("options", ["-1", "0", "0, True"])
@pytest.mark.parametrize("shape", ["4, 2", "3, 1", "3", "5", "0"])
def test_sizes_that_warnings_of_resizing_name(call, options, shape):
    agree(f"""{SETUP}
for one in (d, torch.tensor(2.).double()):
    out = torch.ones({shape}).double(), torch.ones({shape}).long()
    shown(torch.{call}{options}, out=out))
""")


OPERATIONS = [
    "x + 0.3", "x - 0.3", "0.3 - x", "x * 0.3", "x / 0.3", "0.3 / y", "x // 0.3", "x % 0.3", "y ** 0.3", "0.3 ** x",
    "torch.fmod(x, 0.3)", "x == 0.3", "x + torch.tensor(0.3)", "x * torch.tensor(0.3)", "torch.sub(x, y, alpha=0.25)",
    "torch.atan2(x, torch.tensor(0.3))", "torch.hypot(x, torch.tensor(0.3))", "x.clone().add_(0.3)",
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_numbers_beside_sixteen_bits(operation, dtype):
    """All but factors and divisors are rounded to the dtype first."""
    agree(f"""
x, y = torch.randn(200).to(torch.{dtype}), (torch.rand(200) + 0.5).to(torch.{dtype})
print(({operation}).tolist())
""")


@pytest.mark.parametrize(
    "call",
    [
        "x.max(0).foo", "x.cummax(0)()", "type(x.max(0)).__name__, type(x.max(0)), type(x.max(0)).__module__",
        "torch.where(x > 0, x, None)", "torch.where(None, x, x)", "torch.where(1, 1, x)", "torch.where()",
        "torch.where(x > 0, x)", "torch.where(x > 0, x, x, x)", "torch.where(x > 0, x, other='a')",
        "torch.where(x > 0, 1, 2.5)", "(x > 0).cumsum_(0)", "(x > 0).cumprod_(0)", "x[None].t_()", "x[None].t()",
        "x[None, 5]", "x[None, None, 1, 9]", "x[..., None, 9]", "x[True, 5]", "x[0, None, 9]", "x[None, 0, ..., 9]",
        "torch.tensor([-0.0, -1.0]).logcumsumexp(0)", "x[:0].to(torch.complex64).float()",
        "x[:0].to(torch.complex64).std(0)",
        "torch.sigmoid(torch.tensor(1j, requires_grad=True)).backward(x[0, 0] * 1j)",
        "torch.zeros(3).scatter_add_(0, torch.empty(2, 0, dtype=torch.int64), torch.empty(2, 0))",
        "torch.nn.functional.batch_norm(x[:0], None, None, torch.ones(3), torch.ones(3), True)",
        "torch.nn.functional.batch_norm(torch.ones(0, requires_grad=True), torch.ones(0), torch.ones(0)).grad_fn",
        "x[0, 0][0]", "x[0, 0][-1]", "x[0, 0][..., 2]", "torch.ones_like(x.sort())",
        "torch.nn.functional.dropout(x * 1j, 0.5)", "x.to(torch.complex64).bernoulli_(0.5)",
        "torch.binomial(x.requires_grad_(), x.detach() / 2).sum().backward()",
    ],
)  # fmt: skip
def test_what_is_said_and_given_at_the_edges(call):
    agree(f"x = torch.arange(6.0).reshape(2, 3)\nprint({call})")


@pytest.mark.parametrize("shape", [(7, 5), (5, 7), (5, 1), (1, 5), (0, 3), (3, 3)])
def test_the_gradient_of_a_trace_is_on_its_diagonal(shape):
    agree(f"""
x = torch.ones({shape}, requires_grad=True)
x.trace().backward()
print(x.grad, x.grad._version)
""")


def test_the_sign_of_a_zero_in_a_second_derivative():
    """It is that of the summand which torch computes first."""
    agree("""
x = torch.tensor([-0.6046891126565539], dtype=torch.float64, requires_grad=True)
zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
first, = torch.autograd.grad(torch.special.i0e(x), x, zero, create_graph=True)
print(torch.autograd.grad(first, x, torch.tensor([-2.], dtype=torch.float64)))
""")
