"""Modules, parameters and what networks are made of.

Source: ``torch.nn``.
"""

from __future__ import annotations

from . import functional as functional
from . import init as init
from . import modules as modules
from . import parameter as parameter
from . import utils as utils
from .modules.container import Container as Container
from .modules.container import ModuleDict as ModuleDict
from .modules.container import ModuleList as ModuleList
from .modules.container import ParameterDict as ParameterDict
from .modules.container import ParameterList as ParameterList
from .modules.container import Sequential as Sequential
from .modules.flatten import Flatten as Flatten
from .modules.flatten import Unflatten as Unflatten
from .modules.linear import Bilinear as Bilinear
from .modules.linear import Identity as Identity
from .modules.linear import Linear as Linear
from .modules.module import Module as Module
from .parameter import Buffer as Buffer
from .parameter import Parameter as Parameter
