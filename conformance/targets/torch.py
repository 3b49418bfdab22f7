"""torch itself: `torch:cpu`, the reference, and `torch:cuda`. Nothing of torch is imported before `load`."""

from __future__ import annotations

import dataclasses
import importlib.util
import re

from conformance.targets.protocol import Description, Unavailable
from conformance.targets.torchlike import TorchLike


class Torch(TorchLike):
    """torch with `device` as its default device.

    Raises ValueError for a device that is not `cpu`, `cuda` or `cuda:N`.
    """

    def __init__(self, device: str = "cpu") -> None:
        if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
            raise ValueError(f"torch:{device} is no target: the devices are cpu, cuda and cuda:N")
        super().__init__("torch", device=device)
        if device != "cpu":
            self.isolation = "process"  # a CUDA context does not survive a fork

    # Without a graph: torch numbers the nodes that it makes.
    rehearsal = "import torch\nx = torch.tensor([1.0, 2.0])\ny = (x * 2).sum()\nprint(x)\ny"

    def load(self) -> Description:
        """Raises Unavailable without torch, or without the device."""
        if importlib.util.find_spec("torch") is None:
            raise Unavailable("torch is not installed")
        import torch

        torch.set_num_threads(1)
        if self.device != "cpu":
            if not torch.cuda.is_available():
                raise Unavailable("no CUDA device")
            if (index := self._index()) >= (count := torch.cuda.device_count()):
                raise Unavailable(f"no CUDA device {index}: there {_are(count)}")
        # The reset imports torch's compiler, which takes a second or two: so would each case that has an optimizer.
        return super().load()

    def describe(self) -> Description:
        described = super().describe()
        versions = {"torch": str(self.torch.__version__), **described.versions}
        if self.device == "cpu":
            return dataclasses.replace(described, versions=versions, follows="")
        versions["cuda"] = str(self.torch.version.cuda)
        hardware = self.torch.cuda.get_device_name(self._index())
        return dataclasses.replace(described, versions=versions, follows="", hardware=hardware)

    def reset(self, seed: int) -> None:
        self.torch.set_default_device(None if self.device == "cpu" else self.device)
        super().reset(seed)

    def seed(self, seed: int) -> None:
        if self.device == "cpu":  # `manual_seed` notes for devices that are not there who called it, at some length
            self.torch.default_generator.manual_seed(seed)
        else:
            super().seed(seed)

    def random_state(self) -> object:
        states = [self.torch.random.get_rng_state()]
        if self.device != "cpu":
            states.append(self.torch.cuda.get_rng_state(self._index()))
        return [bytes(state.numpy()) for state in states]

    def _index(self) -> int:
        return int(self.device.partition(":")[2] or 0)


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"
