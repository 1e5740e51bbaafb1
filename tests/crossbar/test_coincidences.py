import math

import pytest
import torch
from aihwkit.simulator.configs import PulseType, UpdateParameters
from aihwkit.simulator.configs.devices import ConstantStepDevice

from crossbar.coincidences import Counter, checked, trains
from crossbar.hosted import Hosted
from crossbar.io import Periphery
from crossbar.seeds import generator
from device_models.cell import as_cell

DW = 0.01
REGIMES = {
    "below one slot": (UpdateParameters(), 0.004),
    "some slots": (UpdateParameters(), 0.05),
    "more than the longest train": (UpdateParameters(desired_bl=7), 0.5),
    "biased to the gradient": (UpdateParameters(desired_bl=7, um_grad_scale=0.5), 0.2),
    "balanced, fixed length": (UpdateParameters(update_bl_management=False, desired_bl=5), 0.03),
    "unmanaged, fixed length": (UpdateParameters(update_bl_management=False, update_management=False, desired_bl=5), 0.03),
    "unmanaged, lengthened": (UpdateParameters(update_bl_management=False, update_management=False, fixed_bl=False, desired_bl=5), 0.08),
}
regimes = pytest.mark.parametrize(("parameters", "lr"), REGIMES.values(), ids=REGIMES)


def naive(x, d, lr, up):
    """Train length and probabilities of one sample, in Python floats: aihwkit's ``performUpdateManagement`` line by line."""
    if up.fixed_bl or up.update_bl_management or DW * up.desired_bl >= lr:
        length, a = up.desired_bl, math.sqrt(lr / (DW * up.desired_bl))
    else:
        length, a = max(math.ceil(lr / DW), 1), 1.0
    b = a
    if up.update_bl_management or up.update_management:
        x_max, d_max = max(map(abs, x)), max(map(abs, d))
        if x_max == 0 or d_max == 0:
            return 0, [0.0] * len(x), [0.0] * len(d)
        d_max *= up.um_grad_scale
        k = lr * x_max * d_max / DW
        if up.update_bl_management:
            length = min(math.ceil(k), up.desired_bl)
            a = b = math.sqrt(lr / (DW * length))
        if k > up.desired_bl:
            d_max *= up.desired_bl / k
        a, b = a * math.sqrt(x_max / d_max), b * math.sqrt(d_max / x_max)
    return length, [min(1.0, b * abs(v)) for v in x], [min(1.0, a * abs(v)) for v in d]


def batch():
    g = generator(2)
    x_BI, d_BO = torch.randn(6, 5, generator=g), torch.randn(6, 4, generator=g)
    x_BI[1] = 0
    x_BI[2, 3] = d_BO[3, 1] = 0
    return x_BI, d_BO


@regimes
def test_trains_are_aihwkits_sample_by_sample(parameters, lr):
    x_BI, d_BO = batch()
    length_B, p_BI, p_BO = trains(x_BI, d_BO, lr, DW, parameters)
    for b in range(len(x_BI)):
        length, p_x, p_d = naive(x_BI[b].tolist(), d_BO[b].tolist(), lr, parameters)
        assert length_B[b] == length
        if length:
            torch.testing.assert_close(p_BI[b], torch.tensor(p_x), rtol=1e-5, atol=1e-7)
            torch.testing.assert_close(p_BO[b], torch.tensor(p_d), rtol=1e-5, atol=1e-7)


@regimes
def test_counter_sums_the_products_by_sign(parameters, lr):
    """More updates than are held in float32, whose rounding stays below 1e-5 of the count."""
    x_BI, d_BO = batch()
    counter = Counter((4, 5), DW, parameters)
    n = Counter.FOLD + 3
    for _ in range(n):
        counter.add(x_BI, d_BO, lr)
    counter.fold()
    up, down = torch.zeros(4, 5, dtype=torch.float64), torch.zeros(4, 5, dtype=torch.float64)
    for x, d in zip(x_BI.tolist(), d_BO.tolist(), strict=True):
        length, p_x, p_d = naive(x, d, lr, parameters)
        for o in range(4):
            for i in range(5):
                (down if x[i] * d[o] > 0 else up)[o, i] += n * length * p_x[i] * p_d[o]
    largest = float((up + down).max())
    torch.testing.assert_close(counter.up_OI, up, rtol=0, atol=1e-5 * largest)
    torch.testing.assert_close(counter.down_OI, down, rtol=0, atol=1e-5 * largest)


@regimes
def test_expectation_is_what_a_tile_does(parameters, lr):
    """Cells with one exact step and one sample, so that |change| / step counts the pulses; their mean within 6 standard errors.

    The standard error is that of a binomial: 2e-9 false alarms for each of 20 cells.
    """
    n = 400
    cell = as_cell(
        ConstantStepDevice(dw_min=DW, dw_min_dtod=0, up_down_dtod=0, dw_min_std=0, w_max=9e3, w_min=-9e3, w_max_dtod=0, w_min_dtod=0)
    )
    io = Periphery(is_perfect=True).forward_io()
    array = Hosted((4, 5), cell, seeds=[0], forward_io=io, backward_io=io, update_parameters=parameters)
    x_BI, d_BO = batch()
    counts = torch.zeros(n, 4, 5)
    for repeat in range(n):
        array.program(torch.zeros(1, 4, 5))
        array.update(x_BI[None, :1], d_BO[None, :1], lr)
        counts[repeat] = (array.weights()[0] / DW).round()
    length_B, p_BI, p_BO = trains(x_BI[:1], d_BO[:1], lr, DW, parameters)
    p_OI = p_BO.T * p_BI
    bound = 6 * (length_B * p_OI * (1 - p_OI) / n).sqrt() + 1e-6
    worst = float(((counts.abs().mean(0) - length_B * p_OI).abs() / bound).max())
    assert worst < 1
    ledger = array.ledger()
    assert ledger.counting == "expected"
    torch.testing.assert_close(
        ledger.pulses_up_KOI[0].float(), n * length_B * p_OI * (x_BI[0] * d_BO[0, :, None] < 0), rtol=1e-4, atol=1e-3
    )
    torch.testing.assert_close(
        ledger.pulses_down_KOI[0].float(), n * length_B * p_OI * (x_BI[0] * d_BO[0, :, None] > 0), rtol=1e-4, atol=1e-3
    )


def test_only_coincidence_trains_are_accepted():
    with pytest.raises(
        ValueError, match="pulse_type MEAN_COUNT has no coincidence pulses to count; accepted: STOCHASTIC_COMPRESSED, STOCHASTIC"
    ):
        checked(UpdateParameters(pulse_type=PulseType.MEAN_COUNT))
    with pytest.raises(ValueError, match=r"res of UpdateParameters must be off \(0 or below\), not 0.01"):
        checked(UpdateParameters(res=0.01))
    assert checked(UpdateParameters(pulse_type=PulseType.STOCHASTIC)).pulse_type is PulseType.STOCHASTIC
