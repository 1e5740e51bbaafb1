"""Tensors as compiled kernels take them: contiguous arrays of one format in main memory."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossbar.kernels import finite as kernels


def numbers(v: Tensor, dtype: torch.dtype = torch.float32) -> NDArray[Any]:
    """The numbers of a tensor on the CPU: its own memory where they are contiguous and of this format, else a copy."""
    if v.requires_grad:
        v = v.detach()
    if v.dtype is not dtype:
        v = v.to(dtype)
    return (v if v.is_contiguous() else v.contiguous()).numpy()


def finite(parts: Iterable[Tensor], chips: int) -> Tensor:
    """Chips all of whose numbers are finite [K], bool; each part is [K*N, ...], chip by chip, and all are on one device."""
    found_K = np.ones(chips, np.bool_)
    elsewhere = []
    for part in parts:
        if part.device.type == "cpu":
            found_K &= kernels.finite(numbers(part, part.dtype), chips)
        else:
            elsewhere.append(part.detach().reshape(chips, -1).sum(1, dtype=torch.float64))
    return torch.isfinite(torch.stack(elsewhere)).all(0) if elsewhere else torch.from_numpy(found_K)
