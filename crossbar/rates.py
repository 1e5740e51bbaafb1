"""Learning rates as arrays use them: one number per chip.

Shapes: K chips.
"""

import torch
from torch import Tensor

from crossbar.array import Rate
from crossbar.kept import Kept


def rate_per_chip(lr: Rate, chips: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """One rate per chip [K], contiguous.

    Raises:
        RuntimeError: neither one number nor one per chip.
    """
    return torch.as_tensor(lr, dtype=dtype, device=device).reshape(-1).expand(chips).contiguous()


class Rates:
    """``rate_per_chip`` of one array, made anew only for another rate.

    Args:
        chips: K.
        dtype: of the rates.
        device: where they are used.
    """

    def __init__(self, chips: int, dtype: torch.dtype, device: torch.device) -> None:
        self._of = (chips, dtype, device)
        self._kept: Kept[Tensor] = Kept()

    def __call__(self, lr: Rate) -> Tensor:
        """One rate per chip [K]."""
        return self._kept.get(lr, lambda lr: rate_per_chip(lr, *self._of))
