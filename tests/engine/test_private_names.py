"""What libraries ask of torch beyond its documents: checks, conversions, private names."""

import pytest

from tests.bothways import agree

CELLS = [
    """
def attempt(f,*a,**k):
    try: print(f(*a,**k))
    except Exception as e: print(type(e).__name__, e)
attempt(torch._check,False);attempt(torch._check,False,lambda:'m');attempt(torch._check,1);attempt(torch._check,False,'x');attempt(torch._check_is_size,-1);attempt(torch._check_is_size,1.5);attempt(torch._check_value,False);attempt(torch._check_index,False,lambda:'i');attempt(torch._check_tensor_all,torch.tensor([True,False]));attempt(torch._check_tensor_all,3);attempt(torch._check,torch.tensor(True));attempt(torch._check_tensor_all,torch.tensor([1.]))
""",
    """
with torch.backends.cuda.sdp_kernel(enable_flash=False) as c: print(c, torch.backends.cuda.flash_sdp_enabled())
print(torch.backends.cuda.flash_sdp_enabled())
""",
    """
m=nn.ConvTranspose2d(2,3,3,stride=2); print(m._output_padding(torch.ones(1,2,4,4),[10,10],[2,2],[0,0],[3,3],2,[1,1]), m(torch.ones(1,2,4,4),output_size=[10,10]).shape, m._output_padding(torch.ones(1,2,4,4),None,[2,2],[0,0],[3,3],2))
m(torch.ones(1,2,4,4),output_size=[100,10])
""",
    """
x=torch.ones(2,requires_grad=True)
print(torch._cast_Long(x), torch._cast_Double(x), torch._cast_Float(x) is x, torch._cast_Half(x).grad_fn)
""",
    """
from torch.utils._foreach_utils import _group_tensors_by_device_and_dtype as g, _device_has_foreach_support as d, _has_foreach_support as h
found = g([[torch.ones(1),torch.ones(2).double(),torch.ones(3)],[None,None,None],[]], with_indices=True)
print(sorted(found.items(), key=lambda pair: str(pair[0])), d(torch.device('cpu')), h([torch.ones(1),None],torch.device('cpu')), h([nn.Parameter(torch.ones(1))],torch.device('cpu')))
""",
    """
from torch.distributions.utils import _standard_normal, _sum_rightmost
from torch.distributions.multivariate_normal import _precision_to_scale_tril
print(_standard_normal((2,),torch.float64,torch.device('cpu')), _sum_rightmost(torch.ones(2,3),1), _precision_to_scale_tril(torch.eye(2)*4))
""",
    """
from torch.autograd.function import FunctionCtx
from torch.nn.modules.module import _IncompatibleKeys
from torch.serialization import MAP_LOCATION
from torch.hub import _get_torch_home
print(_get_torch_home(), FunctionCtx, torch.Future is not None, _IncompatibleKeys(['a'],[]), torch.futures.Future[int])
""",
    """
from torch.nn.parallel.scatter_gather import scatter, gather, scatter_kwargs, is_namedtuple
one = torch.ones(1)
for call in ("scatter(one, [0])", "scatter((one, 3), [0, 1])", "scatter(3, [0, 1])", "scatter([1, {'a': 2}], [0])", "scatter((), [0, 1])", "gather([one, one], 0)", "gather([{'a': 1}], 0)", "gather([None, None], 0)", "scatter_kwargs((1,), {'a': 3}, [0, 1])", "scatter_kwargs((1,), None, [0, 1])", "gather([(one,), (one,)], -1)", "is_namedtuple((1,))", "gather([{'a': None}, {}], 0)"):
    try: print(call, eval(call))
    except Exception as error: print(call, type(error).__name__, error)
""",
]


@pytest.mark.parametrize("code", CELLS)
def test_as_in_torch(code):
    agree(code)
