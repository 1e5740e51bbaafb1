import math

import numpy as np
import pytest
import torch

from device_models.switching.activation import MV_PER_CM
from device_models.switching.drive import drive
from device_models.switching.expected import switched_path
from device_models.switching.granularity import step_spread
from device_models.switching.nucleation import DomainState, draw_state
from device_models.switching.pulses import AmplitudeRamp
from device_models.switching.tables import DENG_FEFET

RAMP = AmplitudeRamp(start=1.2 * MV_PER_CM, step=0.1 * MV_PER_CM, width=75e-9, count=6)


@pytest.mark.parametrize("domains", [1, 20, 1000])
def test_the_two_parts_make_up_the_binomial(domains):
    p = np.diff(switched_path(DENG_FEFET, RAMP))
    assert np.allclose(step_spread(DENG_FEFET, RAMP, domains).total, np.sqrt(p * (1 - p) / domains))


@pytest.mark.parametrize(("domains", "percent"), [(20, 3.9), (100, 1.7), (1000, 0.55)])
def test_few_domains_are_coarse(domains, percent):
    """sqrt(p (1 - p) / D) at p = 1/32; 32 equal steps are what 32 levels mean."""
    assert 100 * math.sqrt(1 / 32 * 31 / 32 / domains) == pytest.approx(percent, rel=0.03)


def test_cells_have_both_parts():
    """60 cells of 20 domains, each driven 500 times from saturation: within and between cells, bounds 5 standard errors (6e-7)."""
    cells, times, domains = 60, 500, 20
    drawn = draw_state(DENG_FEFET, (cells, 1), domains, torch.Generator().manual_seed(0), dtype=torch.float64)
    activation = drawn.activation_XD.expand(cells, times, domains)
    state = DomainState(activation, torch.zeros_like(activation, dtype=torch.bool), torch.zeros_like(activation))
    _, fractions = drive(DENG_FEFET, state, RAMP, +1, torch.Generator().manual_seed(1))
    steps = fractions.diff(dim=0)  # [pulse, cell, time]
    spread = step_spread(DENG_FEFET, RAMP, domains)
    within = steps.var(-1)
    error = within.std(1) / math.sqrt(cells)
    assert torch.all((within.mean(1) - torch.from_numpy(spread.c2c**2)).abs() < 5 * error)
    # the variance of the cells' means holds 1/times of the part within; its standard error is that of a chi-squared number
    expected = torch.from_numpy(spread.d2d**2 + spread.c2c**2 / times)
    assert torch.all((steps.mean(-1).var(1) - expected).abs() < 5 * expected * math.sqrt(2 / (cells - 1)))


def test_a_cell_has_domains():
    with pytest.raises(ValueError, match="not 0"):
        step_spread(DENG_FEFET, RAMP, 0)
