"""``torch._inductor``, whose settings may be set: nothing is compiled.  Source: ``torch._inductor``."""

from . import config as config
