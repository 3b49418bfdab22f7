"""``torch.library``: operators of one's own."""

from .custom import CustomOpDef as CustomOpDef
from .custom import custom_op as custom_op
from .custom import register_autograd as register_autograd
from .custom import register_fake as register_fake
from .custom import register_kernel as register_kernel
from .custom import register_vmap as register_vmap
from .operators import OpOverload as OpOverload
from .operators import OpOverloadPacket as OpOverloadPacket
from .operators import native_overload as native_overload
from .operators import ops as ops
from .schema import infer_schema as infer_schema
