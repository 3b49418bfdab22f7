"""Documents that are run as they are, by selector: `notebook:PATH`, `docstring:torch.autograd`."""

from __future__ import annotations

from pathlib import Path

from conformance.spec.model import Suite


def is_live(selector: str) -> bool:
    """Whether the selector names such a document."""
    return selector.startswith(("notebook:", "docstring:"))


def live_suite(selector: str) -> Suite:
    """The document as a suite that is called like the selector. Raises SpecError."""
    kind, _, name = selector.partition(":")
    if kind == "notebook":
        from conformance.sources.notebook import notebook

        return notebook(Path(name)).found(selector, Path(name))
    from conformance.sources.docstring import docstrings

    return docstrings(name).found(selector)
