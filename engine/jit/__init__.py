"""What of ``torch.jit`` means something where nothing is compiled: scripts that run as the Python that they are, traces
that repeat what an example did, marks for the compiler, and whether it runs."""

from typing import Final as Final

from .files import load as load
from .files import save as save
from .script import RecursiveScriptModule as RecursiveScriptModule
from .script import ScriptFunction as ScriptFunction
from .script import ScriptModule as ScriptModule
from .script import annotate as annotate
from .script import export as export
from .script import fork as fork
from .script import freeze as freeze
from .script import ignore as ignore
from .script import is_scripting as is_scripting
from .script import isinstance_of as isinstance  # noqa: F401  a name that a star does not give
from .script import optimize_for_inference as optimize_for_inference
from .script import optimized_execution as optimized_execution
from .script import script as script
from .script import script_if_tracing as script_if_tracing
from .script import unused as unused
from .script import wait as wait
from .trace import TopLevelTracedModule as TopLevelTracedModule
from .trace import TracedModule as TracedModule
from .trace import TracerWarning as TracerWarning
from .trace import is_tracing as is_tracing
from .trace import trace as trace
from .trace import trace_module as trace_module

__all__ = [
    "Final", "ScriptFunction", "ScriptModule", "annotate", "export", "ignore", "is_scripting", "is_tracing", "load",
    "save", "script", "trace", "unused",
]  # fmt: skip
