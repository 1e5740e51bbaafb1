"""The same outer products for an array behind an optimizer and for whatever it is compared with."""

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

K, B, OUT, IN = 3, 7, 4, 6


@pytest.fixture
def weights() -> Tensor:
    """[K, O, I], float64."""
    return torch.randn(K, OUT, IN, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.fixture
def batches() -> Callable[[int], Iterator[tuple[Tensor, Tensor]]]:
    """``batches(n)``: n pairs of x [K, B, I] and d [K, B, O]."""

    def drawn(count: int) -> Iterator[tuple[Tensor, Tensor]]:
        g = torch.Generator().manual_seed(1)
        for _ in range(count):
            yield torch.randn(K, B, IN, generator=g, dtype=torch.float64), torch.randn(K, B, OUT, generator=g, dtype=torch.float64) / B

    return drawn
