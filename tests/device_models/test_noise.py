import math
from copy import deepcopy

import numpy as np
import pytest
from aihwkit.simulator.configs.devices import ConstantStepDevice, LinearStepDevice, PiecewiseStepDevice
from aihwkit.simulator.presets.devices import PCMPresetDevice

from device_models import as_cell, preset, preset_names
from device_models.noise import parts, scaled, with_fields
from device_models.pulse_response import pulse_response

DEVICES = 20_000
GAUSSIAN_TABLE = 32_768
"""aihwkit draws its noise from a table of so many Gaussian numbers, itself drawn anew for each tile."""


def after_one_pulse(cell, seed=0):
    return pulse_response(cell, up=1, down=0, devices=DEVICES, seed=seed)[1]


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_c2c_multiplies_the_measured_spread_and_leaves_the_mean(factor):
    """sigma = 0.5 % of the range 2, times the factor.

    The estimate of a spread is off by 1 / sqrt(2 n), from n devices and from the table behind them: 0.63 %; that of a mean by
    sigma sqrt(1 / n + 1 / table). Five of these for each of six comparisons: a false alarm in 3 of 10^6 runs.
    """
    w = after_one_pulse(scaled(preset("fefet_jerry2017_mirror"), c2c=factor))
    sigma = 0.01 * factor
    error = math.sqrt(1 / DEVICES + 1 / GAUSSIAN_TABLE)
    assert abs(w.std() / sigma - 1) < 5 * error / math.sqrt(2), f"spread {w.std():.5f}, not {sigma}"
    quiet = after_one_pulse(scaled(preset("fefet_jerry2017_mirror"), c2c=0))
    assert quiet.std() < 1e-7
    assert abs(w.mean() - quiet[0]) < 5 * error * sigma, f"mean {w.mean():.6f}, not {quiet[0]:.6f}"


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_d2d_multiplies_the_measured_spread_and_leaves_the_mean(factor):
    """Steps of mean 0.1 spread by 4 % times the factor. The devices follow the seed: one fixed draw, within 5 standard errors."""
    cell = as_cell(ConstantStepDevice(dw_min=0.1, dw_min_dtod=0.04, up_down_dtod=0.0, w_min_dtod=0.0, w_max_dtod=0.0))
    steps = after_one_pulse(scaled(cell, c2c=0, d2d=factor)) + 0.6
    sigma = 0.1 * 0.04 * factor
    assert abs(steps.std() / sigma - 1) < 5 / math.sqrt(2 * DEVICES)
    assert abs(steps.mean() - 0.1) < 5 * sigma / math.sqrt(DEVICES)


def test_an_absolute_spread_gives_a_published_zero_one():
    """The step from the low state is s (1 + gamma) = 0.1147, so that its spread is 5 % of that."""
    cell = with_fields(scaled(preset("fefet_jerry2017_mirror"), c2c=0), {"response.dw_min_dtod": 0.05})
    w = after_one_pulse(cell)
    step = cell.response.dw_min * (1 + cell.response.gamma_up)
    assert abs(w.std() / (0.05 * step) - 1) < 5 / math.sqrt(2 * DEVICES)


@pytest.mark.parametrize("name", [name for name in preset_names() if name != "ideal"])
def test_without_noise_all_devices_are_the_same(name):
    cell = scaled(preset(name), c2c=0, d2d=0)
    if name == "pcm":
        cell = with_fields(cell, {"response.refresh_every": 0})  # its reads have noise of their own
    w = pulse_response(cell, up=3, down=2, devices=50, seed=0)
    assert np.ptp(w, axis=1).max() < 1e-6


def test_scaling_reaches_every_field_and_nothing_else():
    cell = preset("pcm")
    new = scaled(cell, c2c=2, d2d=3)
    changed = {"dw_min_std": 2, "reset_std": 2, "dw_min_dtod": 3, "up_down_dtod": 3, "w_max_dtod": 3, "reset_dtod": 3}
    for before, after in zip(cell.response.unit_cell_devices, new.response.unit_cell_devices, strict=True):
        for name, value in vars(before).items():
            if isinstance(value, float):
                assert getattr(after, name) == value * changed.get(name, 1), name


def test_a_reference_drawn_per_device_is_device_to_device_spread():
    assert scaled(preset("reram_array_om"), d2d=2).response.reference_std == 0.1


def test_complex_noise_of_the_exponential_step_vanishes_with_c2c():
    device = scaled(as_cell(PCMPresetDevice()), c2c=0, d2d=0)
    assert np.ptp(after_one_pulse(device)) < 1e-7


def test_read_noise_is_multiplied():
    cell = with_fields(preset("epiram_choi2018"), {"read_noise": 0.01})
    assert scaled(cell, read=3).read_noise == pytest.approx(0.03)
    assert scaled(cell, read=0).read_noise == 0


@pytest.mark.parametrize("name", preset_names())
def test_multiples_of_one_change_nothing_and_the_cell_itself_never_changes(name):
    cell = preset(name)
    before = deepcopy(cell)
    assert scaled(cell) == cell
    scaled(cell, c2c=7, d2d=7, read=7)
    assert cell == before


@pytest.mark.parametrize("factor", ["c2c", "d2d", "read"])
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_impossible_multiples_are_refused(factor, value):
    with pytest.raises(ValueError, match=f"noise multiplier {factor} must be 0 or more"):
        scaled(preset("ecram"), **{factor: value})


def test_fields_are_set_by_path():
    cell = preset("ecram")
    new = with_fields(
        cell, {"response.dw_min_std": 0.7, "response.drift.nu": 0.1, "response.mult_noise": False, "levels": 12, "g_max": None, "g_min": 0}
    )
    assert (new.response.dw_min_std, new.response.drift.nu, new.response.mult_noise) == (0.7, 0.1, False)
    assert (new.levels, new.g_max, new.g_min) == (12, None, 0)
    assert cell == preset("ecram")
    with_fields(as_cell(PiecewiseStepDevice()), {"response.piecewise_up": [1, 0.5]})


def test_fields_inside_a_unit_cell_are_set_by_position():
    new = with_fields(preset("pcm"), {"response.unit_cell_devices.0.dw_min_dtod": 0.5})
    assert [device.dw_min_dtod for device in new.response.unit_cell_devices] == [0.5, 0.2]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("response.dw_min_sdt", 0.1, r"unknown field of EcRamPresetDevice 'dw_min_sdt' \(did you mean 'dw_min_std'\?\)"),
        ("response.drift.mu", 0.1, r"unknown field of DriftParameter 'mu'"),
        ("response.dw_min.x", 0.1, r"unknown field of float 'x'"),
        ("reed_noise", 0.1, r"unknown cell field 'reed_noise' \(did you mean 'read_noise'\?\)"),
        ("response", 0.1, r"unknown cell field 'response'"),
        ("source", "here", r"unknown cell field 'source'"),
        ("response.drift", 0.1, r"group of fields; set one of them: response\.drift\.nu,"),
        ("response.dw_min", "0.1", r"response\.dw_min must be a finite number, not '0\.1'"),
        ("response.dw_min", True, r"must be a finite number, not True"),
        ("response.dw_min", math.nan, r"must be a finite number, not nan"),
        ("response.mult_noise", 1, r"must be true or false, not 1"),
        ("response.construction_seed", 1.5, r"must be a whole number, not 1\.5"),
        ("response.dw_min_std", -0.1, r"standard deviation and must be 0 or more, not -0\.1"),
        ("response.w_max_dtod", -0.1, r"standard deviation"),
        ("read_noise", -0.1, r"standard deviation"),
        ("levels", 1.5, r"levels must be a whole number or nothing, not 1\.5"),
        ("levels", 0, r"levels of the cell 'ecram' must be positive"),
    ],
)
def test_impossible_fields_are_refused(path, value, message):
    with pytest.raises(ValueError, match=message):
        with_fields(preset("ecram"), {path: value})


@pytest.mark.parametrize("value", [[], 1.0, [1.0, "a"], [math.inf]])
def test_nodes_are_a_list_of_numbers(value):
    with pytest.raises(ValueError, match="must be a list of finite numbers"):
        with_fields(as_cell(PiecewiseStepDevice()), {"response.piecewise_up": value})


def test_parts_walk_unit_cells_and_parameter_groups():
    kinds = [type(part).__name__ for part in parts(preset("pcm").response)]
    assert kinds.count("PCMPresetDevice") == 2
    assert kinds[0] == "PCMPresetUnitCell"
    assert [type(part).__name__ for part in parts(LinearStepDevice())] == ["LinearStepDevice", "DriftParameter"]
