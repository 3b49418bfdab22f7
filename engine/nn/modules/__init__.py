"""The classes of modules, by the names of torch's files."""

from . import container as container
from . import flatten as flatten
from . import linear as linear
from . import module as module
