import math

import numpy as np
import pytest

from device_models.neurosim import closed_form_down, closed_form_up, label, linear_step, saturation, slope_and_step
from device_models.steps import mean_step, symmetric_point

# (label, A / P) from NeuroSim's own table, Nonlinearity-NormA.htm of MLP+NeuroSim V2.0; four decimals, three for the first.
PUBLISHED = [(0.01, 126.269), (1.51, 0.8195), (3.01, 0.3853), (4.51, 0.2266), (6.01, 0.1351), (7.51, 0.0702)]

# label, gamma, limit of s P / 2, first / last step
CONVERTED = [
    (0.1, 0.0396, 1.0005, 1.08),
    (0.5, 0.1959, 1.013, 1.49),
    (1.0, 0.3795, 1.053, 2.22),
    (1.46, 0.5293, 1.113, 3.25),
    (1.75, 0.6120, 1.164, 4.16),
    (2.4, 0.7623, 1.314, 7.41),
    (4.88, 0.9865, 2.530, 147),
    (6.0, 0.9987, 3.691, 1593),
]

# label up, down, pulses up, down, c2c; dw_min, up_down, gamma up, down, dw_min_std, symmetric point; in the digits of the derivation
TABLE = {
    "fefet_jerry_retrace": ((1.75, 1.46, 32, 32, 0.005), ("0.07113", "0.0037", "0.6120", "-0.5293", "0.141", "0.044")),
    "fefet_jerry_mirror": ((1.75, -1.46, 32, 32, 0.005), ("0.07113", "0.0397", "0.6120", "0.5293", "0.141", "0.035")),
    "fetft_igzo_kwon": ((0.21, -0.21, 64, 64, 0.0047), ("0.03128", "0", "0.083", "0.083", "0.300", None)),
    "ftj_pzt_luo": ((1.0, -1.0, 256, 256, 0.0206), ("0.00821", "0", "0.3795", "0.3795", "5.02", None)),
    "fefet_2t1f": ((0.5, 0.5, 64, 64, 0.005), ("0.03176", "-0.006", "0.196", "-0.196", "0.315", None)),
    "cap_3t1c": ((0.2, -0.2, 32, 32, 0.005), ("0.06248", "0", "0.079", "0.079", "0.160", None)),
    "ag_asi": ((2.4, -4.88, 97, 100, 0.035), ("0.04936", "-0.457", "0.762", "0.987", "1.418", "-0.326")),
    "taox_hfox": ((0.04, -0.63, 128, 128, 0.037), ("0.01592", "-0.0185", "0.016", "0.245", "4.65", "-0.071")),
    "taox_tio2": ((1.85, -1.79, 102, 102, 0.01), ("0.02303", "0.010", "0.638", "0.623", "0.868", "0.008")),
    "pcmo": ((3.68, -6.76, 50, 50, 0.01), ("0.18088", "-0.618", "0.931", "1.0", "0.111", "-0.456")),
    "alox_hfo2": ((1.94, -0.61, 40, 40, 0.05), ("0.05893", "0.140", "0.661", "0.238", "1.70", "0.162")),
    "gst_pcm": ((0.105, 2.4, 100, 120, 0.015), ("0.02208", "-0.094", "0.042", "-0.762", "1.36", "0.13")),
    "epiram": ((0.5, -0.5, 64, 64, 0.02), ("0.03156", "0", "0.196", "0.196", "1.27", None)),
}


def device(labels):
    label_up, label_down, pulses_up, pulses_down, c2c = labels
    return linear_step(label_up=label_up, label_down=label_down, pulses_up=pulses_up, pulses_down=pulses_down, c2c=c2c)


def same_digits(value, printed):
    decimals = len(printed.partition(".")[2])
    assert abs(value - float(printed)) <= 0.5000001 * 10**-decimals, f"{value} is not {printed}"


@pytest.mark.parametrize(("nl", "a_norm"), PUBLISHED)
def test_saturation_is_neurosims_table(nl, a_norm):
    half_digit = 0.0005 if a_norm > 100 else 0.00005
    assert abs(1 / saturation(nl) - a_norm) <= half_digit + 2.2e-5 * a_norm


@pytest.mark.parametrize("nl", [-9.0, -2.4, -1e-3, -1e-5, 0.0, 1e-5, 1e-3, 0.5, 4.88, 9.0])
def test_label_inverts_saturation(nl):
    assert label(saturation(nl)) == pytest.approx(nl, rel=1e-8)


def test_saturation_is_smooth_where_the_leading_term_takes_over():
    below, above = saturation(0.99999e-4), saturation(1.00001e-4)
    assert above / below == pytest.approx(1.00002, rel=1e-7)


@pytest.mark.parametrize("nl", [9.1, -9.1, math.inf, math.nan])
def test_label_out_of_range_is_refused(nl):
    with pytest.raises(ValueError, match=r"within \[-9, 9\]"):
        saturation(nl)


@pytest.mark.parametrize(("nl", "gamma", "limit", "ratio"), CONVERTED)
def test_slope_and_step_of_a_label(nl, gamma, limit, ratio):
    a = saturation(nl)
    slope, step = slope_and_step(a, 10**7)
    assert slope == pytest.approx(gamma, abs=5.1e-5)
    assert step * 10**7 / 2 == pytest.approx(limit, abs=5.1e-4)
    assert (1 + slope) / (1 - slope) == pytest.approx(ratio, rel=5e-3)


def test_label_zero_is_the_constant_step():
    flat = linear_step(label_up=0, label_down=0, pulses_up=50, pulses_down=50, c2c=0)
    assert (flat.gamma_up, flat.gamma_down, flat.dw_min, flat.up_down) == (0, 0, 2 / 50, 0)
    np.testing.assert_allclose(closed_form_up([0, 25, 50], nl=0, pulses=50), [-1, 0, 1], atol=1e-15)


@pytest.mark.parametrize("labels", [row[0] for row in TABLE.values()], ids=TABLE)
def test_mean_step_walks_the_closed_form_both_ways(labels):
    label_up, label_down, pulses_up, pulses_down, _ = labels
    response = device(labels)
    w = np.array(-1.0)
    for curve, pulses, direction in (
        (closed_form_up(np.arange(1, pulses_up + 1), nl=label_up, pulses=pulses_up), pulses_up, +1),
        (closed_form_down(np.arange(1, pulses_down + 1), nl=label_down, pulses=pulses_down), pulses_down, -1),
    ):
        for n in range(pulses):
            w = w + mean_step(response, w, direction)
            assert abs(w - curve[n]) < 1e-11  # float64 rounding of 256 pulses, grown by at most e^a = 11 on a retracing way
    assert closed_form_down(0, nl=label_down, pulses=pulses_down) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("name", TABLE)
def test_ready_presets_have_the_derived_digits(name):
    labels, printed = TABLE[name]
    response = device(labels)
    values = (response.dw_min, response.up_down, response.gamma_up, response.gamma_down, response.dw_min_std)
    for value, digits in zip(values, printed[:5], strict=True):
        same_digits(value, digits)
    if printed[5] is not None:
        same_digits(symmetric_point(response), printed[5])


def test_retracing_device_keeps_its_negative_slope():
    assert device(TABLE["fefet_jerry_retrace"][0]).allow_increasing
    assert not device(TABLE["fefet_jerry_mirror"][0]).allow_increasing


@pytest.mark.parametrize(("c2c", "pulses", "message"), [(-0.01, 32, "standard deviation"), (0.01, 0, "at least one pulse")])
def test_impossible_numbers_are_refused(c2c, pulses, message):
    with pytest.raises(ValueError, match=message):
        linear_step(label_up=1, label_down=-1, pulses_up=pulses, pulses_down=32, c2c=c2c)
