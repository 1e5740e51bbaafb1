"""Mean values over samples, as a digital register beside an array takes them: a chip's bits do not depend on its fleet.

Shapes: K chips, B samples, I lines.
"""

import torch
from torch import Tensor

from crossbar.kernels.moments import moment
from crossbar.numbers import numbers


def mean(x_KBI: Tensor) -> Tensor:
    """<x> [K, I]."""
    return torch.from_numpy(moment(numbers(x_KBI, x_KBI.dtype), False)) if x_KBI.device.type == "cpu" else x_KBI.detach().mean(1)


def mean_square(x_KBI: Tensor) -> Tensor:
    """<x^2> [K, I]."""
    if x_KBI.device.type == "cpu":
        return torch.from_numpy(moment(numbers(x_KBI, x_KBI.dtype), True))
    return x_KBI.detach().square().mean(1)
