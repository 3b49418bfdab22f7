"""What all optimizers share: parameter groups, state, hooks, saving and loading.

An optimizer of elementwise steps defines ``_update``, which gets one parameter with its gradient, state and group.  The
order of the operations in it is torch's, so that rounding is.

Source: ``torch.optim.Optimizer``.
"""

from __future__ import annotations

import functools
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from copy import deepcopy
from itertools import chain
from typing import Any, ClassVar

from .. import dtypes
from ..autograd.modes import _unsafe_preserve_version_counter, enable_grad, set_grad_enabled
from ..autograd.node import RemovableHandle, add_hook
from ..ops.conversion import view_as_real
from ..ops.data import tensor
from ..tensor import Tensor
from ..warning import warn

Group = dict[str, Any]
State = dict[str, Any]


class _RequiredParameter:
    """What older optimizers give as the default of an option that has none."""

    __module__ = "torch.optim.optimizer"

    def __repr__(self) -> str:
        return "<required parameter>"


required = _RequiredParameter()

_LABELS = {"lr": "learning rate", "eps": "epsilon value"}


_NO_SPARSE = "does not support sparse gradients"


def check_not_negative(takes_nan: Any = False, /, **options: Any) -> None:
    """Refuse negative options, and step sizes of several elements.

    Args:
        takes_nan: whether what is no number passes, as where torch asks for less than zero.
        options: the options by name.

    Raises:
        ValueError: that names the first such option.
    """
    lr = options.get("lr")
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    for name, value in options.items():
        if value < 0.0 if takes_nan else not 0.0 <= value:  # noqa: SIM300  as torch asks, which errors show
            raise ValueError(f"Invalid {_LABELS.get(name, f'{name} value')}: {value}")


def check_betas(betas: tuple[Any, Any]) -> None:
    """Refuse decay rates outside of [0, 1).

    Raises:
        ValueError: that names the first such rate.
    """
    for index in range(2):
        if not 0.0 <= betas[index] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {betas[index]}")


def number(value: Any) -> Any:
    """A number, also if it comes as a tensor of one element."""
    return value.item() if isinstance(value, Tensor) else value


def counter(value: float = 0.0) -> Tensor:
    """A 0-d tensor that counts steps: float64 if that is the default dtype, else float32."""
    d = dtypes.default_dtype()
    return tensor(value, dtype=d if d is dtypes.float64 else dtypes.float32)


def plus(size: Tensor, eps: float, group: Group) -> Tensor:
    """``size + eps``, in its place unless the step is recorded: its root's node has saved it."""
    return size.add(eps) if group["differentiable"] else size.add_(eps)


def reals(first: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    """Complex tensors as real ones, with a last dimension of real and imaginary part."""
    return tuple(map(view_as_real, (first, *others))) if first.is_complex() else (first, *others)


_step_pre_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()
_step_post_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()
"""Hooks of the steps of all optimizers."""


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before each step of any optimizer; it may return new arguments."""
    return add_hook(_step_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable[..., None]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after each step of any optimizer."""
    return add_hook(_step_post_hooks, hook)


def _hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """A ``step`` that runs the hooks before and after it."""

    @functools.wraps(step)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        self = args[0]
        for hook in [*_step_pre_hooks.values(), *self._optimizer_step_pre_hooks.values()]:
            found = hook(self, args, kwargs)
            if found is not None:
                if not isinstance(found, tuple) or len(found) != 2:
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), but got {found}."
                    )
                args, kwargs = found
        result = step(*args, **kwargs)
        for hook in [*self._optimizer_step_post_hooks.values(), *_step_post_hooks.values()]:
            hook(self, args, kwargs)
        return result

    return wrapper


class Optimizer:
    """Changes parameters by their gradients.

    Args:
        params: tensors, ``(name, tensor)`` pairs, or groups: dicts with ``params`` and options of their own.
        defaults: the options of groups that do not say otherwise.

    Raises:
        TypeError: for something else than tensors.
        ValueError: for no parameters, results of operations, or a parameter in two groups.
    """

    __module__ = "torch.optim.optimizer"

    _captured = "params and state_steps"
    _takes_sparse = False
    _no_sparse = ""
    """What is said of sparse gradients, if not the usual."""
    _capturing: tuple[str, ...] = ("cuda", "xpu", "hpu", "privateuseone", "xla")
    """What ``capturable`` captures, and on which devices: the CPU is none of them."""

    _later_options: ClassVar[dict[str, Any]] = {}
    """Options that states of earlier versions lack."""
    _counts: tuple[str, ...] = ()
    """What is kept of a parameter in tensors of one element, and was kept in numbers."""

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._optimizer_step_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._optimizer_step_post_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._optimizer_state_dict_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._optimizer_state_dict_post_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._optimizer_load_state_dict_pre_hooks: OrderedDict[int, Callable] = OrderedDict()
        self._optimizer_load_state_dict_post_hooks: OrderedDict[int, Callable] = OrderedDict()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                + params.type()
            )
        self.state: defaultdict[Tensor, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)
        if defaults.get("fused"):
            if defaults.get("differentiable"):
                raise RuntimeError("`fused` does not support `differentiable`")
            if defaults.get("foreach"):
                raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def __init_subclass__(cls) -> None:
        cls.__module__ = cls.__module__.replace("engine.", "torch.", 1)
        if "step" in vars(cls):
            cls.step = _hooked(cls.step)  # type: ignore[method-assign]

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a state, that of an earlier version too, which lacks options, and counts steps in numbers."""
        self.__dict__.update(state)
        for kind in ("step", "state_dict", "load_state_dict"):
            for when in ("pre", "post"):
                self.__dict__.setdefault(f"_optimizer_{kind}_{when}_hooks", OrderedDict())
        for group in self.param_groups:
            for option, value in self._later_options.items():
                group.setdefault(option, value)
            for param in group["params"]:
                kept = self.state.get(param, {})
                for name in self._counts if kept else ():
                    if not isinstance(kept[name], Tensor):
                        kept[name] = counter(float(kept[name]))

    def __repr__(self) -> str:
        lines = [type(self).__name__ + " ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"\nParameter Group {number}" if number else "Parameter Group 0")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join(lines) + "\n)"

    def add_param_group(self, param_group: Group) -> None:
        """Add a group of parameters; options that it lacks are the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but "
                "the ordering of tensors in sets will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        names = [one[0] for one in params if isinstance(one, tuple)]
        if names:
            if len(names) < len(params):
                raise ValueError("all optimizer params should be with/without names. Some param names are missing")
            params = [one[1] for one in params]
            param_group["param_names"] = names
        param_group["params"] = params
        for one in params:
            if not isinstance(one, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {_type_name(one)}")
            if not self.defaults.get("differentiable") and not (one.is_leaf or one.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        known = {one for group in self.param_groups for one in group["params"]}
        if len(params) != len(set(params)):
            warn(
                "optimizer contains a parameter group with duplicate parameters; "
                "in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information"
            )
        for group in self.param_groups:
            if ("param_names" in group) != bool(names):
                raise ValueError(
                    "all optimizer param groups should be with/without names. "
                    f"cannot add param group {'with' if names else 'without'} names to the optimizer"
                )
        if not known.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them zero."""
        for group in self.param_groups:
            for one in group["params"]:
                if one.grad is None:
                    continue
                if set_to_none:
                    one.grad = None
                elif one.grad.grad_fn is not None:
                    one.grad.detach_().zero_()
                else:
                    one.grad.requires_grad_(False).zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters that have a gradient.

        Args:
            closure: computes the loss again, with its gradients.

        Returns:
            The loss that ``closure`` returned.
        """
        if type(self) is Optimizer:
            raise NotImplementedError
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with set_grad_enabled(bool(self.defaults.get("differentiable"))):
            for group in self.param_groups:
                for one in group["params"]:
                    if one.grad is not None:
                        if group.get("capturable"):
                            raise AssertionError(
                                f"If capturable=True, {self._captured} must be on supported devices: "
                                f"{list(self._capturing)}."
                            )
                        grad = -one.grad if group.get("maximize") else one.grad
                        if grad.is_sparse and not self._takes_sparse:
                            raise RuntimeError(self._no_sparse or f"{type(self).__name__} {_NO_SPARSE}")
                        # Torch's fused kernels do not count their writes.
                        with _unsafe_preserve_version_counter(one) if group.get("fused") else nullcontext():
                            self._update(one, grad, group)
        return loss

    step = _hooked(step)

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        """One step of one parameter."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """State and groups, with parameters replaced by their numbers."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        groups, first = [], 0
        for group in self.param_groups:
            packed = {name: value for name, value in group.items() if name != "params"}
            given = group["params"]
            numbers |= {id(one): i for i, one in enumerate(given, first) if id(one) not in numbers}
            packed["params"] = [numbers[id(one)] for one in given]
            first += len(given)
            groups.append(packed)
        state = {numbers.get(id(one), one) if isinstance(one, Tensor) else one: s for one, s in self.state.items()}
        found = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            if (replaced := hook(self, found)) is not None:
                found = replaced
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` of an optimizer of the same parameters returned.

        Raises:
            ValueError: for other groups.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            if (replaced := hook(self, state_dict)) is not None:
                state_dict = replaced
        saved = deepcopy(state_dict["param_groups"])
        if len(self.param_groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(self.param_groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        numbers, params = (chain.from_iterable(g["params"] for g in groups) for groups in (saved, self.param_groups))
        by_number = dict(zip(numbers, params, strict=True))
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            param = by_number.get(key)
            state[key if param is None else param] = value if param is None else _fit(value, param)
        groups = []
        for group, loaded in zip(self.param_groups, saved, strict=True):
            loaded["params"] = group["params"]
            if "param_names" in group:
                loaded.setdefault("param_names", group["param_names"])
            groups.append(loaded)
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return new arguments."""
        return add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return add_hook(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., None], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before `state_dict`."""
        return _add(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after `state_dict`; a result replaces what that returns."""
        return _add(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before `load_state_dict`; a result replaces what is loaded."""
        return _add(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., None], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after `load_state_dict`."""
        return _add(self._optimizer_load_state_dict_post_hooks, hook, prepend)


def _add(hooks: OrderedDict[int, Callable], hook: Callable, prepend: bool) -> RemovableHandle:
    handle = add_hook(hooks, hook)
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _fit(value: Any, param: Tensor, name: str = "") -> Any:
    """What was saved for a parameter, in that parameter's dtype; counts keep theirs.

    As in torch, what has the dtype already is not copied: steps taken from then on show in what was loaded.
    """
    if isinstance(value, Tensor):
        keeps = name == "step" or not param.is_floating_point()
        return value if keeps else value.to(param.dtype)
    if isinstance(value, dict):
        return {key: _fit(one, param, key) for key, one in value.items()}
    return type(value)(_fit(one, param) for one in value) if isinstance(value, (list, tuple)) else value


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
