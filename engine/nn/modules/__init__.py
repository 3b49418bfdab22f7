"""The classes of modules, by the names of torch's files."""

from . import activation as activation
from . import container as container
from . import dropout as dropout
from . import flatten as flatten
from . import linear as linear
from . import loss as loss
from . import module as module
from . import sparse as sparse
