"""What a module's state dict holds, and loading one.

A state dict maps the dotted names of parameters and persistent buffers to tensors.  Its attribute ``_metadata`` maps
the dotted names of modules to their versions.  Loading collects every mismatch of every module before it raises.

Source: ``torch.nn.Module.state_dict`` and ``load_state_dict``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...autograd.modes import no_grad
from ...tensor import Tensor
from ...warning import warn
from ..parameter import Parameter, is_lazy

EXTRA_STATE = "_extra_state"


class _IncompatibleKeys(NamedTuple):
    """The names that only one side had."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if self.missing_keys or self.unexpected_keys:
            return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"
        return "<All keys matched successfully>"


def collect(module: Any, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """Put the state of a module and of those in it into ``destination``, by default a new one."""
    if destination is None:
        destination = OrderedDict()
        destination._metadata = OrderedDict()
    metadata = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = metadata
    for hook in module._state_dict_pre_hooks.values():
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in module._state_dict_hooks.values():
        found = hook(module, destination, prefix, metadata)
        if found is None:
            continue
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError("state_dict post-hook must return None")
        destination = found
    return destination


def collect_own(module: Any, destination: Any, prefix: str, keep_vars: bool, has_extra: bool) -> None:
    """Put in what a module itself has."""
    for name, tensor in _own(module).items():
        destination[prefix + name] = tensor if keep_vars or is_lazy(tensor) else tensor.detach()
    if has_extra:
        destination[prefix + EXTRA_STATE] = module.get_extra_state()


def _own(module: Any) -> dict[str, Tensor]:
    """The parameters and the persistent buffers."""
    buffers = {name: one for name, one in module._buffers.items() if name not in module._non_persistent_buffers_set}
    return {name: one for name, one in (module._parameters | buffers).items() if one is not None}


def load(module: Any, state_dict: Any, strict: bool, assign: bool) -> _IncompatibleKeys:
    """Load a state dict into a module and those in it.

    Raises:
        TypeError: if it is no mapping.
        RuntimeError: with all that does not fit, one a line; names of one side alone count if ``strict``.
    """
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    metadata = getattr(state_dict, "_metadata", {})
    state: Any = OrderedDict(state_dict)
    if metadata:
        state._metadata = metadata
    keys = _IncompatibleKeys([], [])
    errors: list[str] = []
    _load_tree(module, state, "", metadata, assign, keys, errors)
    if strict:
        for title, names in (("Missing", keys.missing_keys), ("Unexpected", keys.unexpected_keys))[::-1]:
            if names:
                listed = ", ".join(f'"{name}"' for name in names)
                errors.insert(0, f"{title} key(s) in state_dict: {listed}. ")
    if errors:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(errors))
    return keys


def _load_tree(
    module: Any, state: Any, prefix: str, metadata: Any, assign: bool, keys: _IncompatibleKeys, errors: list[str]
) -> None:
    local = metadata.get(prefix[:-1], {})
    if assign:
        local["assign_to_params_buffers"] = True
    module._load_from_state_dict(state, prefix, local, True, keys.missing_keys, keys.unexpected_keys, errors)
    for name, child in module._modules.items():
        if child is not None:
            inner = f"{prefix}{name}."
            part = {key: value for key, value in state.items() if key.startswith(inner)}
            _load_tree(child, part, inner, metadata, assign, keys, errors)
    for hook in module._load_state_dict_post_hooks.values():
        if hook(module, keys) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, "
                "if incompatible_keys need to be modified, it should be done inplace."
            )


def load_own(
    module: Any, state: Any, prefix: str, metadata: Any, strict: bool, keys: _IncompatibleKeys, errors: list[str],
    has_extra: bool,
) -> None:  # fmt: skip
    """Load what a module itself has, and note what is missing, unexpected or wrong."""
    for hook in module._load_state_dict_pre_hooks.values():
        hook(state, prefix, metadata, strict, keys.missing_keys, keys.unexpected_keys, errors)
    own = _own(module)
    for name, tensor in own.items():
        key = prefix + name
        if key not in state:
            if strict:
                keys.missing_keys.append(key)
            continue
        problem = _load_one(module, name, tensor, key, state[key], metadata.get("assign_to_params_buffers", False))
        if problem is not None:
            errors.append(problem)
    extra = prefix + EXTRA_STATE
    if has_extra:
        if extra in state:
            module.set_extra_state(state[extra])
        elif strict:
            keys.missing_keys.append(extra)
    elif strict and extra in state:
        keys.unexpected_keys.append(extra)
    if strict:
        for key in state:
            name, dot, _ = key.removeprefix(prefix).partition(".")
            if key.startswith(prefix) and key != extra and name not in (module._modules if dot else own):
                keys.unexpected_keys.append(key)


def _load_one(module: Any, name: str, tensor: Tensor, key: str, given: Any, assign: bool) -> str | None:
    """Copy one tensor, or put it in place of the module's; why that is not possible, in torch's words."""
    if not isinstance(given, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(given)}"
        )
    lazy = is_lazy(tensor)
    if not lazy and tensor.dim() == 0 and given.shape == (1,):  # a 0-d tensor of torch before 0.4
        given = given[0]
    if not lazy and given.shape != tensor.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in current "
            f"model is {tensor.shape}."
        )
    if tensor.is_meta and not given.is_meta and not assign:
        warn(
            f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the current model, "
            "which is a no-op. (Did you mean to pass `assign=True` to assign items in the state dictionary to their "
            "corresponding key in the module instead of copying them in place?)"
        )
    try:
        with no_grad():
            if assign:
                if isinstance(tensor, Parameter):
                    if isinstance(given, Parameter):
                        given.requires_grad_(tensor.requires_grad)
                    else:
                        given = Parameter(given, requires_grad=tensor.requires_grad)
                setattr(module, name, given)
            else:
                tensor.copy_(given)
    except Exception as error:
        return (
            f'While copying the parameter named "{key}", whose dimensions in the model are {tensor.size()} and whose '
            f"dimensions in the checkpoint are {given.size()}, an exception occurred : {error.args}."
        )
    return None


def positional(args: tuple, destination: Any, prefix: str, keep_vars: bool) -> tuple[Any, str, bool]:
    """The options of ``state_dict`` given by position, which is deprecated, beside those given by name."""
    warn(
        "Positional args are being deprecated, use kwargs instead. Refer to "
        "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details.",
        FutureWarning,
    )
    first, second, third, *_ = (*args, None, None, None)
    return (
        first if destination is None else destination,
        second if len(args) > 1 and prefix == "" else prefix,
        third if len(args) > 2 and keep_vars is False else keep_vars,
    )  # type: ignore[return-value]
