"""Where arrays are simulated: the CPU, or a GPU where there is one."""

from typing import Literal, get_args

import torch

Device = Literal["cpu", "cuda"]


def device_of(name: str) -> torch.device:
    """The torch device of a name.

    Raises:
        ValueError: the name is unknown, or there is no such device on this machine.
    """
    if name not in get_args(Device):
        raise ValueError(f"device must be one of {', '.join(get_args(Device))}, not {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device = 'cuda' needs an NVIDIA GPU, and torch {torch.__version__} finds none here; use device = 'cpu'")
    return torch.device(name)
