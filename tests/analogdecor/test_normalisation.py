"""Batch normalisation of fleets against torch's own, chip by chip."""

import pytest
import torch
from torch import nn

from analogdecor.normalisation import ChipBatchNorm


@pytest.mark.parametrize("shape", [(3,), (3, 4, 5)])
def test_every_chip_is_normalised_as_if_it_were_alone(shape) -> None:
    chips, samples = 3, 7
    fleet = ChipBatchNorm(chips, shape[0])
    alone = [(nn.BatchNorm2d if len(shape) > 1 else nn.BatchNorm1d)(shape[0], affine=False) for _ in range(chips)]
    g = torch.Generator().manual_seed(0)
    for step in range(3):
        x_KB = 2 + torch.arange(1.0, 4).reshape(3, *(1 for _ in (0, *shape))) * torch.randn(chips, samples, *shape, generator=g)
        if step == 2:
            fleet.eval()
        y_KB = fleet(x_KB.flatten(0, 1)).unflatten(0, (chips, samples))
        for chip in range(chips):
            torch.testing.assert_close(y_KB[chip], alone[chip].train(step < 2)(x_KB[chip]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(16,), (8, 6, 6)])
def test_a_chip_has_the_same_bits_in_any_fleet(shape) -> None:
    x_KB = torch.randn(5, 64, *shape, generator=torch.Generator().manual_seed(1))
    together = ChipBatchNorm(5, shape[0])(x_KB.flatten(0, 1)).unflatten(0, (5, 64))
    for chip in range(5):
        assert torch.equal(together[chip], ChipBatchNorm(1, shape[0])(x_KB[chip]))
