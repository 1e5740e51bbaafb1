"""Learning rates as arrays use them."""

import torch
from torch import Tensor

from crossbar.array import Rate


def per_chip(lr: Rate, chips: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """One rate per chip [K], contiguous.

    Raises:
        RuntimeError: neither one number nor one per chip.
    """
    return torch.as_tensor(lr, dtype=dtype, device=device).reshape(-1).expand(chips).contiguous()
