import math

import pytest
import torch

from device_models.switching.readout import ExponentialReadout, LinearReadout, ThresholdReadout

P = torch.linspace(-1, 1, 41, dtype=torch.float64)
FEFET = ThresholdReadout(threshold=0.5, window=1.2, swing=0.08, read_voltage=0.4, slope=1e-6)


@pytest.mark.parametrize("readout", [LinearReadout(g_min=4e-8, g_max=1.8e-6), ExponentialReadout(g_min=4e-8, g_max=1.8e-6)])
def test_the_ends_are_the_ends(readout):
    g = readout.conductance(P)
    assert g[[0, -1]].tolist() == pytest.approx([4e-8, 1.8e-6])
    assert torch.all(g.diff() > 0)


def test_linear_has_equal_differences_and_exponential_equal_ratios():
    linear = LinearReadout(g_min=4e-8, g_max=1.8e-6).conductance(P).diff()
    ratio = ExponentialReadout(g_min=4e-8, g_max=1.8e-6).conductance(P).log().diff()
    assert torch.allclose(linear, linear.mean().expand_as(linear))
    assert torch.allclose(ratio, ratio.mean().expand_as(ratio))


def test_a_transistor_loses_a_decade_per_swing_and_is_linear_above_threshold():
    """20 decades and 20 thermal voltages from threshold the other regime's share is below 1e-8."""
    below = ThresholdReadout(threshold=2.0, window=0.16, swing=0.08, read_voltage=0.0, slope=1e-6)
    g = below.conductance(torch.tensor([-1.0, 1.0], dtype=torch.float64))
    assert (g[1] / g[0]).log10().item() == pytest.approx(2, rel=1e-8)  # the window moves the threshold by two swings
    above = ThresholdReadout(threshold=-2.0, window=0.16, swing=0.08, read_voltage=0.0, slope=1e-6)
    g = above.conductance(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert (g[1] - g[0]).item() == pytest.approx(1e-6 * math.log(10) / 0.08 * 0.08, rel=1e-8)
    assert torch.all(FEFET.conductance(P).diff() > 0)


def test_at_threshold_the_conductance_is_slope_times_ln_2():
    at = ThresholdReadout(threshold=0.4, window=1.2, swing=0.08, read_voltage=0.4, slope=1e-6)
    assert at.conductance(torch.zeros(1, dtype=torch.float64)).item() == pytest.approx(1e-6 * math.log(2))


def test_errors_name_the_value():
    with pytest.raises(ValueError, match=r"0 < g_min < g_max, not 0.0 S"):
        ExponentialReadout(g_min=0.0, g_max=1e-6)
    with pytest.raises(ValueError, match="not 2e-06 S and 1e-06 S"):
        LinearReadout(g_min=2e-6, g_max=1e-6)
    with pytest.raises(ValueError, match="swing of a ThresholdReadout must be positive, not 0"):
        ThresholdReadout(threshold=0.5, window=1.2, swing=0, read_voltage=0.4, slope=1e-6)
