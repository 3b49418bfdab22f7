"""``torch.backends``: what hardware there is, as torch built for the CPU alone answers."""

from . import cuda as cuda
from . import cudnn as cudnn
from . import mps as mps
