"""Modules as functions of their parameters.

Source: ``torch.func.functional_call``, ``stack_module_state`` and ``replace_all_batch_norm_modules_``.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ..ops.joining import stack
from ..tensor import Tensor

_MISSING: Any = object()


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: dict[str, Tensor] | Sequence[dict[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers than its own.

    Args:
        module: is as before afterwards.
        parameter_and_buffer_dicts: tensors by name, or several such dicts; what is not named is the module's own.  A
            buffer that the module replaces is replaced in the dict.
        args: the positional arguments; anything but a tuple is a single one.
        kwargs: the keyword arguments.
        tie_weights: names that share a tensor in the module share what is given for one of them.
        strict: all names must be there, and no others.

    Raises:
        ValueError: for names that are there twice, or tied ones with different tensors.
        RuntimeError: if ``strict``, for missing or unknown names.
    """
    given = _joined(parameter_and_buffer_dicts)
    with _replaced(module, given, tie_weights, strict):
        return module(*(() if args is None else args if isinstance(args, tuple) else (args,)), **(kwargs or {}))


def _joined(dicts: Any) -> dict[str, Tensor]:
    if isinstance(dicts, dict):
        return dicts
    if not isinstance(dicts, Sequence):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    if not all(isinstance(one, dict) for one in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    counts = Counter(name for one in dicts for name in one)
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: tensor for one in dicts for name, tensor in one.items()}


def _with_tied(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What is given, for tied names too."""
    groups: dict[int, list[str]] = {}
    for name, tensor in own.items():
        groups.setdefault(id(tensor), []).append(name)
    found = dict(given)
    for names in groups.values():
        tensors = {id(given[name]): given[name] for name in names if name in given}
        if len(tensors) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using "
                "tie_weights=False"
            )
        for tensor in tensors.values():
            found.update(dict.fromkeys(names, tensor))
    return found


@contextlib.contextmanager
def _replaced(module: Module, given: dict[str, Tensor], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Let the module have these tensors while the block runs."""
    own = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers(remove_duplicate=False))
    tensors = _with_tied(own, given) if tie_weights else dict(given)
    if strict:
        problems = []
        for text, names in (("Unexpected", tensors.keys() - own.keys()), ("Missing", own.keys() - tensors.keys())):
            if names:
                ordered = [name for name in (*own, *tensors) if name in names]
                problems.append(f"{text} key(s): {', '.join(map(repr, dict.fromkeys(ordered)))}.")
        if problems:
            shown = "\n\t".join(problems)
            raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t{shown}")
    places = {name: _place(module, name) for name in tensors}
    before = {name: _swap(*places[name], tensor) for name, tensor in tensors.items()}
    try:
        yield
    finally:
        for name, tensor in before.items():
            after = _swap(*places[name], tensor)
            if name in given and after is not _MISSING:
                given[name] = after


def _place(module: Module, name: str) -> tuple[Module, str]:
    path, _, last = name.rpartition(".")
    for part in path.split(".") if path else ():
        if not hasattr(module, part):
            raise AttributeError(f"{module._get_name()} has no attribute `{part}`")
        found = getattr(module, part)
        if not isinstance(found, Module):
            raise TypeError(f"submodule `{path}`: {found} is not an instance of torch.nn.Module")
        module = found
    return module, last


def _swap(module: Module, name: str, tensor: Any) -> Any:
    """Put a tensor where the module has a parameter or buffer of this name; gives what was there.

    Raises:
        TypeError: for anything but a tensor, in this place or to be put there.
        KeyError: for no name.
    """
    _check_tensor("", tensor)
    if not name:
        raise KeyError('tensor name can\'t be empty string ""')
    for found in (module._parameters, module._buffers, module.__dict__):
        if name in found:
            before = found[name]
            _check_tensor(f"attribute `{name}`: ", before)
            if tensor is _MISSING:
                del found[name]
            else:
                found[name] = tensor
            return before
    _check_tensor(f"attribute `{name}`: ", getattr(module, name, None))
    if tensor is not _MISSING:
        module.__dict__[name] = tensor
    return _MISSING


def _check_tensor(place: str, value: Any) -> None:
    if not (value is None or value is _MISSING or isinstance(value, Tensor)):
        raise TypeError(f"{place}{value} is not an instance of torch.Tensor")


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of several modules of one class, each stacked along a new first dimension.

    Returns:
        Leaves by name, which require grad if the modules' do.

    Raises:
        RuntimeError: for no modules, and for modules that differ in class, mode, or ``requires_grad``.
    """
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(model) is not type(models[0]) for model in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (
        _stacked([dict(model.named_parameters()) for model in models]),
        _stacked([dict(model.named_buffers()) for model in models]),
    )


def _stacked(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    found = {}
    for name in states[0]:
        tensors = [state[name] for state in states]
        tracked = [one.requires_grad for one in tensors]
        if any(tracked) and not all(tracked):
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        result = stack(tensors).detach()
        result._requires_grad = all(tracked)
        found[name] = result
    return found


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Let batch norms have no running statistics, in place, so that they can be mapped over a batch."""
    for module in root.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
