"""``torch.library``: operators of one's own."""

from .checking import OpCheckError as OpCheckError
from .checking import opcheck as opcheck
from .custom import CustomOpDef as CustomOpDef
from .custom import custom_op as custom_op
from .custom import register_autocast as register_autocast
from .custom import register_autograd as register_autograd
from .custom import register_fake as register_fake
from .custom import register_kernel as register_kernel
from .custom import register_torch_dispatch as register_torch_dispatch
from .custom import register_vmap as register_vmap
from .definition import get_ctx as get_ctx
from .libraries import Library as Library
from .libraries import _scoped_library as _scoped_library
from .libraries import define as define
from .libraries import fallthrough_kernel as fallthrough_kernel
from .libraries import impl as impl
from .operators import OpOverload as OpOverload
from .operators import OpOverloadPacket as OpOverloadPacket
from .operators import native_overload as native_overload
from .operators import ops as ops
from .schema import infer_schema as infer_schema
