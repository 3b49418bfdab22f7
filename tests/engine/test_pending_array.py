"""Conjugates and opposites are views that torch's are: bits, memory, values, graphs, errors."""

import numpy as np
import pytest
from bothways import agree

from engine.pending_array import PendingArray, toggled

MADE = """
x = torch.tensor([1+2j, 3-4j], requires_grad=True); y = x.conj(); z = torch.tensor([1+2j, 3-4j]); w = z.conj(); r = torch.ones(2)
m = torch.tensor([[1+1j, 2j], [3, 4-1j]]); a = torch.tensor([1+2j, 3-4j], requires_grad=True)
lst = torch.tensor([3+1j, 1+0j, 2-5j]).conj(); n = torch.tensor([1+1j, 2-3j]).conj().imag
def tree(n, d=0):
    if n is None or d > 8: return
    print(' ' * d + n.name()); [tree(m, d+1) for m, _ in n.next_functions]
"""
PROGRAMS = [
    "x=torch.tensor([1+2j,3-4j],requires_grad=True); y=x.conj(); print(y, y.is_conj(), y._is_view(), y._base is x, y.grad_fn.name(), y.data_ptr()==x.data_ptr(), y.dtype, y._version)",
    "print(y.conj().is_conj(), y.conj(), y.resolve_conj(), y.resolve_conj().is_conj(), y.resolve_conj().grad_fn, y.conj().grad_fn.next_functions[0][0].name())",
    "print(x.resolve_conj() is x, y.clone().is_conj(), y.detach().is_conj(), (y*2).is_conj(), y[0].is_conj(), y.view(2,1).is_conj(), y.t().is_conj(), y.contiguous().is_conj(), y.contiguous() is y, (-y).is_conj(), y.to(torch.complex128).is_conj(), y.expand(2,2).is_conj())",
    "y.detach().numpy()",
    "print(y.detach().numpy(force=True), y.tolist(), y[0].item(), complex(y[0]))",
    "print(y.real, y.imag, y.imag.is_neg(), y.real.is_neg(), y.imag.resolve_neg(), y.imag.resolve_neg().is_neg(), y.imag.is_conj())",
    "y.imag.detach().numpy()",
    "z=torch.tensor([1+2j,3-4j]); w=z.conj(); w.mul_(1j); print(z, w, z._version)",
    "w[0]=5+5j; print(z, w); w.zero_(); print(z); w.fill_(1j); print(z); w.copy_(torch.tensor([1j,2j])); print(z)",
    "v=z.conj().imag; v.add_(1); print(z, v)",
    "torch.view_as_real(w)",
    "print(torch.view_as_real(w.resolve_conj()))",
    "r=torch.ones(2); print(r.conj() is r, torch.conj(r) is r, r.is_conj(), r.resolve_conj() is r, r.resolve_neg() is r)",
    "print(torch.conj_physical(w), torch.conj_physical(w).is_conj(), torch.conj(w).is_conj(), w.conj_physical_(), w.is_conj())",
    "m=torch.tensor([[1+1j,2j],[3,4-1j]]); print(m.H.is_conj(), m.mH, m.adjoint().is_conj(), m.H._is_view(), (m.H@m), torch.mm(m.conj(), m).is_conj(), m.H.stride())",
    "print(w.abs(), w.angle(), w.sum(), w.mean(), w.exp(), w==w, torch.cat([w,w]), torch.stack([w,z]), torch.where(torch.tensor([True,False]),w,z), torch.vdot(w,z), w.flip(0), w.sort if 0 else 0)",
    "a=torch.tensor([1+2j,3-4j],requires_grad=True); b=a.conj(); (b*b).abs().sum().backward(); print(a.grad, a.grad.is_conj())",
    "a.grad=None; a.conj().backward(torch.tensor([1+1j,2j])); print(a.grad, a.grad.is_conj()); a.conj().backward(torch.tensor([1+1j,2j])); print(a.grad, a.grad.is_conj())",
    "g,=torch.autograd.grad(a.conj().imag.sum(), a); print(g)",
    "g,=torch.autograd.grad((a*a.conj()).real.sum(), a, create_graph=True); print(g, g.grad_fn)",
    "print(torch.is_conj(w), torch.is_neg(w), torch.resolve_conj(w).is_conj(), torch.resolve_neg(w) is w)",
    "import copy, pickle; print(copy.deepcopy(w).is_conj(), copy.deepcopy(w), pickle.loads(pickle.dumps(w)) if hasattr(torch,'_C') or 1 else 0)",
    "print(w.storage_offset(), w.stride(), w.untyped_storage().data_ptr()==z.untyped_storage().data_ptr(), w.is_contiguous(), w.numel(), w.nbytes)",
    "torch.add(w, w, out=torch.empty(2,dtype=torch.complex64).conj())",
    "o=torch.empty(2,dtype=torch.complex64); oc=o.conj(); torch.add(torch.tensor([1j,2j]),torch.tensor([1.,2.]),out=oc); print(o, oc)",
    "print(w.dtype, w.type(), w.unsqueeze(0).squeeze().is_conj(), w.unbind()[0].is_conj(), w.split(1)[0].is_conj(), w.diagonal if 0 else 0, m.conj().diagonal().is_conj(), m.conj().as_strided((2,),(1,)).is_conj(), m.conj().as_strided((2,),(1,)), m.conj().unfold(0,1,1).is_conj(), m.conj().transpose(0,1), m.conj().permute(1,0), m.conj().select(0,1), m.conj().narrow(0,0,1), m.conj().reshape(4), m.conj().t().reshape(4).is_conj(), m.conj().flatten().is_conj(), m.conj()[:, [0]].is_conj())",
    "print(repr(torch._conj(z)), torch._neg_view(r), torch._neg_view(r).is_neg())",
    "from torch.func import vmap, grad\nprint(vmap(lambda t: t.conj()*2)(m), vmap(torch.conj)(m).is_conj())",
    "import warnings; warnings.simplefilter('ignore')\nimport torch.autograd.forward_ad as fwAD\nwith fwAD.dual_level():\n    d=fwAD.make_dual(z.clone(), torch.tensor([1j,2.])); print(fwAD.unpack_dual(d.conj()).tangent, fwAD.unpack_dual((d.conj()*d).real).tangent)",
    "print(a.conj().backward if 0 else torch.fft.fft(w), torch.linalg.norm(w), torch.linalg.solve(m.conj(), m), torch.linalg.eigvals(m.conj()).abs(), torch.einsum('i,i->', w, z))",
    "w2=z.conj(); w2 += z; print(w2, z, w2.is_conj()); w2.conj_(); ",
    "print(bool(w[0]==1), float(w.abs()[0]), format(w[0]), str(w), w.real.is_neg(), hash(w)==hash(w))",
    "s=z.conj(); s.requires_grad_(); (s*2).sum().abs().backward(); print(s.grad, s.is_leaf)\n",
    "x=torch.tensor([1+2j,3-4j],requires_grad=True); y=x*1; c=y.conj(); c.mul_(2j); tree(y.grad_fn); tree(c.grad_fn); (y*torch.tensor([1,1j])).abs().sum().backward(); print(x.grad, y, c)",
    "y=x*1; c=y.conj(); y.mul_(3j); print(c, c.grad_fn.name()); (c*c).sum().real.backward(); print(x.grad)",
    "y=x*1; y.real.mul_(2); print(y); y.abs().sum().backward(); print(x.grad)",
    "y=x*1; y.conj().imag.mul_(2); print(y); y.abs().sum().backward(); print(x.grad)",
    "y=x*1; y.imag=torch.tensor([1.,2.]); print(y); y.abs().sum().backward(); print(x.grad)",
    "m=torch.tensor([[1+1j,2j],[3,4-1j]],requires_grad=True); (m.H@m).abs().sum().backward(); print(m.grad)",
    "h=[]; z=m.conj(); z.register_hook(lambda g: h.append((g.is_conj(), g))); (z*z).sum().abs().backward(); print(h)",
    "from torch.func import grad, jacrev, vjp, jvp\nf=lambda t: (t*t.conj()).real.sum()\nprint(grad(f)(m.detach()))",
    "print(jacrev(lambda t: torch.view_as_real(t.conj().resolve_conj()))(torch.tensor([1+1j])))",
    "print(torch.func.jvp(lambda t: t.conj().imag, (m.detach(),), (m.detach()*1j,)))",
    "w=torch.tensor([1j,2.]).conj(); w.requires_grad_(); o=torch.optim.SGD([w],lr=0.1); (w*2).abs().sum().backward(); o.step(); print(w, w.is_conj())",
    "import numpy as np\nt=torch.from_numpy(np.array([1+1j])); k=t.conj(); k[0]=2-3j; print(t.numpy(), np.asarray(k.resolve_conj()))",
    "print(torch.equal(k, k.resolve_conj()), torch.allclose(k,k.resolve_conj()), k==k.resolve_conj())",
    "n=torch.tensor([1+1j,2-3j]).conj().imag; n.mul_(2); n[0]=9; n+=1; print(n, n.is_neg(), n.sqrt(), n.clone().is_neg(), n.detach().is_neg(), n.data.is_neg(), n.view(2,1).is_neg(), (-n).is_neg(), n.abs_())",
    "print(torch.view_as_complex(torch.view_as_real(lst.resolve_conj())), torch.complex(lst.real,lst.imag))",
    "torch.view_as_complex(torch.tensor([[1+1j,2-3j]]).conj().imag)",
    "lst.view(torch.float32)",
    "s=torch.eye(2,dtype=torch.complex64).to_sparse()*1j; print(s.conj(), s.conj().is_conj())",
    "with torch.inference_mode(): i=torch.tensor([1j]).conj(); print(i, i.is_conj(), i*2)",
    "a=torch.tensor([1+1j]); b=a.conj(); torch.add(a,1,out=b); print(a,b)",
    "a=torch.tensor([1+1j,2]); b=a.conj(); b.copy_(a); print(a,b); a.copy_(b); print(a,b); b.swapaxes",
    "a=torch.tensor([1+1j,2+2j]); a.conj().index_put_((torch.tensor([0]),),torch.tensor(5j)); a.conj()[1:].add_(1j); a.conj().unsqueeze_(0); print(a); a.conj().masked_fill_(torch.tensor([True,False]),3j); print(a); a.conj().scatter_(0,torch.tensor([1]),torch.tensor([7j])); print(a); a.conj().index_add_(0,torch.tensor([1]),torch.tensor([1j])); print(a)",
    "a.conj().random_ if 0 else 0; torch.manual_seed(0); b=torch.zeros(2,dtype=torch.complex64).conj(); b.normal_(); print(b); torch.nn.init.constant_(b,1j); print(b)",
    "from torch.autograd import gradcheck, gradgradcheck\nxx=torch.tensor([1+2j,3-4j],dtype=torch.complex128,requires_grad=True)\nfor f in (lambda t: t.conj(), lambda t: t.conj().imag, lambda t: t.conj()*t, lambda t: t.conj().conj(), lambda t: t.resolve_conj(), lambda t: t.conj().resolve_conj(), lambda t: torch.conj_physical(t.conj()), lambda t: t.conj().real, lambda t: (t*1).conj().mul_(t), lambda t: torch._neg_view(t.real)):\n    print(gradcheck(f,xx), gradgradcheck(f,xx), end=' ')",
    "print(gradcheck(lambda t: t.conj()*t, xx, check_forward_ad=True, check_batched_grad=True))\n",
    "import io\nb = io.BytesIO(); torch.save([w, lst.imag], b); b.seek(0); l = torch.load(b); print(l, l[0].is_conj(), l[1].is_neg())",
    "print(lst.real.sort(), lst.imag.argmax(), lst.imag.unique(), lst[lst.abs() > 1], list(lst), lst.cumsum(0), lst.diag() if hasattr(lst, 'diag') else 0)",
    "m = m.requires_grad_(); print(vars().keys() and torch.linalg.det(m.conj()), torch.linalg.inv(m.mH))",
    "y = x * 1; v = y.real; v.mul_(2); print(v.grad_fn.name(), y.grad_fn.name()); (v.sum() + y.abs().sum()).backward(); print(x.grad)",
    "y = x * 1; v = y.imag; y.mul_(2j); print(v, v.grad_fn.name()); v.sum().backward(); print(x.grad)",
    "x = z; x.real=torch.tensor([5.,6.]); print(x); x.imag=torch.tensor(1.); print(x)",
    "x = z\nx.real=3",
    "x = z\nx.real=[1.,2.]",
    "x = z\nx.real=torch.ones(3)",
    "r=torch.ones(2); r.real=torch.zeros(2); print(r)",
    "r.imag=torch.zeros(2)",
    "print(hasattr(torch.Tensor,'_conj'), hasattr(torch.Tensor,'_neg_view'), torch.polar(torch.tensor([1.,2.]),torch.tensor([-0.,0.])), torch.complex(torch.tensor([1.,-0.]),torch.tensor([-0.,0.])))",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_print_what_torch_prints(program):
    agree(MADE + program)


@pytest.mark.parametrize("array", [np.array([[1 + 2j, 3], [4j, 5 - 1j]]), np.array([[1.0, -2.0], [0.0, 4.0]])])
def test_numpy_sees_the_elements_that_are_meant(array):
    pending, meant = toggled(array), (np.conjugate if array.dtype.kind == "c" else np.negative)(array)
    assert isinstance(pending, PendingArray)
    assert toggled(pending).base is array
    assert isinstance(pending[0], PendingArray)
    assert isinstance(np.transpose(pending), PendingArray)
    for found, expected in (
        (pending + 1, meant + 1), (np.concatenate([pending, pending]), np.concatenate([meant, meant])),
        (pending.sum(0), meant.sum(0)), (pending.copy(), meant), (pending.astype(complex), meant.astype(complex)),
        (pending.T.resolved(), meant.T), (np.reshape(pending, 4).resolved(), meant.reshape(4)),
    ):  # fmt: skip
        np.testing.assert_array_equal(found, expected)
        assert type(found) is np.ndarray
    pending[0] = meant[1]
    np.testing.assert_array_equal(array[0], array[1])
    with pytest.raises(TypeError):
        np.add(meant, 1, out=pending)
