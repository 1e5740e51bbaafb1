import math

import pytest
import torch

from device_models.ageing.imprint import Imprint, shifted_up_down
from device_models.cell import Source
from device_models.switching.activation import MV_PER_CM
from device_models.switching.expected import switched_path
from device_models.switching.pulses import IdenticalPulses
from device_models.switching.tables import DENG_FEFET

LAW = Imprint(k=0.02 * MV_PER_CM, t0=1.0, longest=1e8, source=Source(citation="a test", confidence="assumed"))
HELD = torch.tensor([-1.0, 0.0, 0.5, 1.0], dtype=torch.float64)


def test_the_shift_is_a_logarithm_towards_what_is_held():
    """999 s are three decades of 1 + t / t0."""
    assert torch.allclose(LAW.shift(HELD, 0.0, 999.0), 3 * 0.02 * MV_PER_CM * HELD)


@pytest.mark.parametrize("clock", [(0.0, 1.0, 1e6), (0.0, 0.0, 5.0), (1e3, 1e5, 1e8)])
def test_shifts_of_successive_intervals_add_up(clock):
    t0, t1, t2 = clock
    parts = LAW.shift(HELD, t0, t1) + LAW.shift(HELD, t1, t2)
    assert torch.allclose(parts, LAW.shift(HELD, t0, t2), rtol=1e-12, atol=1e-6)


def test_up_down_shortens_the_harder_direction():
    """up_down > 0 makes a step down 1 - up_down of a step up, < 0 the other way round; both ratios are exp(-2 kappa |shift|)."""
    shift, kappa = torch.tensor([2e6, -2e6, 0.0], dtype=torch.float64), 1e-7
    up_down = shifted_up_down(shift, kappa)
    ratio = math.exp(-2 * kappa * 2e6)
    assert up_down.tolist() == pytest.approx([1 - ratio, -(1 - ratio), 0.0])


def test_up_down_is_what_the_switching_physics_gives_for_small_shifts():
    """The log ratio d(s) of first pulses at E + s and E - s is 2 kappa s + c s^3 + ...; d(2 s) - 2 d(s) = 6 c s^3 bounds the rest."""
    field, shift = 1.4 * MV_PER_CM, 0.01 * MV_PER_CM

    def log_ratio(s):
        steps = [switched_path(DENG_FEFET, IdenticalPulses(field=at, width=75e-9, count=1))[1] for at in (field + s, field - s)]
        return math.log(steps[0] / steps[1])

    kappa = log_ratio(shift / 100) / (2 * shift / 100)
    cubic = abs(log_ratio(2 * shift) - 2 * log_ratio(shift)) / 6
    up_down = shifted_up_down(torch.tensor([shift], dtype=torch.float64), kappa).item()
    assert up_down > 0.05
    assert abs(-math.log1p(-up_down) - log_ratio(shift)) < 1.1 * cubic < 0.001


def test_errors_name_the_value():
    with pytest.raises(ValueError, match=r"within 0 and 1e\+08 s, where the law holds, not from 0.0 to 1000000000.0"):
        LAW.shift(HELD, 0.0, 1e9)
    with pytest.raises(ValueError, match="sensitivity must be above 0 m/V, not 0"):
        shifted_up_down(HELD, 0.0)
    with pytest.raises(ValueError, match="k must be above 0 V/m per decade"):
        Imprint(k=-1.0, t0=1.0, longest=1e8, source=LAW.source)
