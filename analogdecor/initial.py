"""Initial weights."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from analogdecor.draws import Draws


def kaiming_uniform(seeds: Sequence[int], shape: tuple[int, int], *purpose: str | int, dtype: torch.dtype = torch.float32) -> Tensor:
    """U(-b, b) with b = sqrt(6 / I), so that the variance is 2 / I, for each chip [K, O, I].

    Source: He et al., ICCV 2015, doi 10.1109/ICCV.2015.123, equation 10 (ReLU, fan in).

    Args:
        seeds: one seed per chip.
        shape: (O, I).
        purpose: names the array; different arrays get independent weights.
        dtype: of the result.
    """
    bound = math.sqrt(6.0 / shape[1])
    return bound * (2.0 * Draws(seeds, "initial weights", *purpose).uniform(*shape, dtype=dtype) - 1.0)
