import numpy as np
import pytest
import torch
from aihwkit.simulator.configs import SingleRPUConfig, UnitCellRPUConfig, UpdateParameters
from aihwkit.simulator.configs.compounds import OneSidedUnitCell, ReferenceUnitCell, TransferCompound, UnitCell, VectorUnitCell
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    IdealDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    PowStepReferenceDevice,
    SoftBoundsDevice,
    SoftBoundsPmaxDevice,
    SoftBoundsReferenceDevice,
)
from aihwkit.simulator.parameters.enums import VectorUnitCellUpdatePolicy
from aihwkit.simulator.tiles import AnalogTile

from device_models import preset, preset_names
from device_models.cell import Cell, Source
from device_models.noise import scaled
from device_models.steps import bounds, mean_step, nominal_steps, symmetric_point

COMMON = {"dw_min": 0.05, "w_min": -0.7, "w_max": 0.9}

DEVICES = {
    "constant": ConstantStepDevice(up_down=0.2, **COMMON),
    "constant, other bias": ConstantStepDevice(up_down=-0.3, **COMMON),
    "linear": LinearStepDevice(gamma_up=0.3, gamma_down=0.6, up_down=-0.2, **COMMON),
    "linear, negative slopes forbidden": LinearStepDevice(gamma_up=-0.3, gamma_down=-0.6, **COMMON),
    "linear, increasing": LinearStepDevice(gamma_up=-0.3, gamma_down=-0.6, allow_increasing=True, up_down=0.1, **COMMON),
    "linear, additive noise": LinearStepDevice(gamma_up=0.3, gamma_down=0.6, mult_noise=False, **COMMON),
    "linear, own bounds": LinearStepDevice(gamma_up=0.3, gamma_down=0.6, mean_bound_reference=False, **COMMON),
    "linear, reversed up": LinearStepDevice(gamma_up=0.3, gamma_down=0.6, reverse_up=True, reverse_offset=0.05, **COMMON),
    "linear, reversed down": LinearStepDevice(gamma_up=0.3, gamma_down=0.6, reverse_down=True, reverse_offset=0.05, **COMMON),
    "linear, one-sided": LinearStepDevice(gamma_up=0.3, gamma_down=0.6, dw_min=0.05, w_min=0.0, w_max=1.0),
    "soft": SoftBoundsDevice(up_down=0.2, **COMMON),
    "soft, additive noise": SoftBoundsDevice(up_down=-0.2, mult_noise=False, **COMMON),
    "soft, reversed": SoftBoundsDevice(reverse_up=True, reverse_down=True, reverse_offset=0.1, **COMMON),
    "soft, pulses": SoftBoundsPmaxDevice(p_max=40, alpha=0.02),
    "soft reference": SoftBoundsReferenceDevice(up_down=0.3, reference_mean=0.1, **COMMON),
    "soft reference, multiplicative": SoftBoundsReferenceDevice(up_down=0.3, mult_noise=True, **COMMON),
    "soft reference, symmetric": SoftBoundsReferenceDevice(up_down=0.3, subtract_symmetry_point=True, reference_mean=-0.05, **COMMON),
    "exponential": ExpStepDevice(**COMMON),
    "exponential, biased": ExpStepDevice(up_down=0.3, a=0.4, b=-0.2, A_up=0.2, A_down=0.1, gamma_up=4.0, gamma_down=3.0, **COMMON),
    "power": PowStepDevice(pow_gamma=1.7, pow_up_down=0.2, up_down=0.1, **COMMON),
    "power, other bias": PowStepDevice(pow_gamma=0.6, pow_up_down=-0.2, up_down=-0.1, **COMMON),
    "power reference": PowStepReferenceDevice(pow_gamma=1.7, reference_mean=0.1, **COMMON),
    "power reference, symmetric": PowStepReferenceDevice(pow_gamma=1.7, pow_up_down=0.3, subtract_symmetry_point=True, **COMMON),
    "power reference, few rounds": PowStepReferenceDevice(
        pow_gamma=1.7, pow_up_down=0.3, subtract_symmetry_point=True, n_estimation_steps=3, **COMMON
    ),
    "pieces": PiecewiseStepDevice(piecewise_up=[1.2, 0.4, 0.9, 0.1], piecewise_down=[0.3, 1.1, 0.7, 1.3], up_down=0.1, **COMMON),
    "one piece": PiecewiseStepDevice(piecewise_up=[1.2], piecewise_down=[0.8], **COMMON),
    **{name: preset(name).response for name in preset_names() if name not in ("ideal", "pcm")},
}


def quiet(response):
    return scaled(Cell(name="test", response=response, source=Source(citation="", confidence="assumed")), c2c=0, d2d=0).response


def pulsed_once(response, w, direction):
    """Weights before and after one pulse on a tile; the tile clips what it is given to its own bounds."""
    config = UnitCellRPUConfig if isinstance(response, UnitCell) else SingleRPUConfig
    train = UpdateParameters(desired_bl=1, update_bl_management=False, update_management=False)
    tile = AnalogTile(1, len(w), config(device=response, update=train))
    tile.set_learning_rate(1.0)
    tile.set_weights(torch.as_tensor(w, dtype=torch.float32)[None])
    before = tile.tile.get_weights()[0].numpy().astype(np.float64)
    tile.update(torch.ones(1, len(w)), torch.full((1, 1), -float(direction)))
    return before, tile.tile.get_weights()[0].numpy().astype(np.float64)


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("name", DEVICES)
def test_mean_step_is_the_tiles(name, direction):
    """A float32 pulse is off by half an eps (6e-8) of the weight, and of the step for each of at most 32 operations on it."""
    response = quiet(DEVICES[name])
    low, high = bounds(response)
    inside = 1e-6 if isinstance(response, PowStepReferenceDevice) else 0.0  # at the bound its rounded power is NaN, see step_laws
    before, after = pulsed_once(response, np.linspace(low + inside, high - inside, 41), direction)
    change = mean_step(response, before, direction)
    error = np.abs(after - np.clip(before + change, low, high))
    allowed = 6e-8 * (2 + np.abs(before) + 32 * np.abs(change).max())
    assert (error <= allowed).all(), f"off by {error.max():.1e}"


def test_bounds_are_those_of_the_weight_that_is_read():
    assert bounds(DEVICES["linear"]) == (-0.7, 0.9)
    assert bounds(DEVICES["soft reference"]) == pytest.approx((-0.8, 0.8))
    own = (0.05 - 0.035) / (0.05 / 0.9 + 0.035 / 0.7)  # where the steps of the conductance are equal
    assert bounds(DEVICES["soft reference, symmetric"]) == pytest.approx((-0.65 - own, 0.95 - own))


def test_mean_step_keeps_the_shape():
    assert mean_step(preset("ecram").response, np.zeros((2, 3)), -1).shape == (2, 3)


@pytest.mark.parametrize("direction", [0, 2, "up"])
def test_direction_is_checked(direction):
    with pytest.raises(ValueError, match="direction must be"):
        mean_step(preset("ecram").response, 0.0, direction)


@pytest.mark.parametrize("name", ["ideal", "pcm"])
def test_cells_without_a_step_of_the_weight_say_so(name):
    response = preset(name).response
    for question in (lambda: mean_step(response, 0.0, 1), lambda: bounds(response), lambda: symmetric_point(response)):
        with pytest.raises(ValueError, match="no step that depends on the weight alone"):
            question()


def test_steps_are_equal_at_the_symmetric_point():
    response = DEVICES["pieces"]
    point = symmetric_point(response)
    assert mean_step(response, point, 1) == pytest.approx(-mean_step(response, point, -1), rel=1e-9)
    assert -0.7 < point < 0.9


def test_symmetric_point_is_none_everywhere_and_nowhere():
    assert symmetric_point(ConstantStepDevice(**COMMON)) is None
    assert symmetric_point(ConstantStepDevice(up_down=0.2, **COMMON)) is None
    assert symmetric_point(preset("fefet_2t1f_sun2018").response) is None


def test_symmetric_point_nearest_zero_of_several():
    nodes = PiecewiseStepDevice(dw_min=0.01, w_min=-1.0, w_max=1.0, piecewise_up=[2, 0.5, 2.0], piecewise_down=[1.0, 1.0, 1.0])
    assert abs(symmetric_point(nodes)) == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", DEVICES)
def test_nominal_steps_are_the_mean_steps_at_zero(name):
    up, down = nominal_steps(DEVICES[name])
    assert up == mean_step(DEVICES[name], 0.0, 1)
    assert down == -mean_step(DEVICES[name], 0.0, -1)
    assert isinstance(up, float)


def test_an_ideal_cell_has_no_steps():
    assert nominal_steps(IdealDevice()) == (0.0, 0.0)


SOFT = SoftBoundsDevice(up_down=0.2, **COMMON)
FLAT = ConstantStepDevice(dw_min=0.03, w_min=-0.7, w_max=0.9)
UNIT_CELLS = {
    "vector": VectorUnitCell(unit_cell_devices=[SOFT, FLAT]),
    "vector, weighted": VectorUnitCell(unit_cell_devices=[SOFT, FLAT], gamma_vec=[1.0, 0.3]),
    "vector, fixed": VectorUnitCell(
        unit_cell_devices=[SOFT, FLAT], update_policy=VectorUnitCellUpdatePolicy.SINGLE_FIXED, first_update_idx=1
    ),
    "reference": ReferenceUnitCell(unit_cell_devices=[SOFT, SOFT]),
    "reference, one device given": ReferenceUnitCell(unit_cell_devices=[SOFT]),
    "pair": OneSidedUnitCell(unit_cell_devices=[SOFT, SoftBoundsDevice(up_down=-0.3, **COMMON)]),
    "pair, inverted": OneSidedUnitCell(unit_cell_devices=[SOFT, SOFT], copy_inverted=True),
    "pcm": preset("pcm").response,
}


@pytest.mark.parametrize("name", UNIT_CELLS)
def test_nominal_steps_of_unit_cells_are_the_tiles(name):
    response = quiet(UNIT_CELLS[name])
    for direction, step in zip((1, -1), nominal_steps(response), strict=True):
        before, after = pulsed_once(response, np.zeros(3), direction)
        np.testing.assert_allclose(before, 0, atol=1e-7)
        np.testing.assert_allclose(direction * after, step, rtol=1e-5)


def test_inverted_copy_of_another_law_is_refused():
    with pytest.raises(ValueError, match="copy_inverted=False"):
        nominal_steps(OneSidedUnitCell(unit_cell_devices=[ExpStepDevice(), ExpStepDevice()], copy_inverted=True))


def test_a_policy_that_picks_one_device_steps_by_the_mean():
    both = VectorUnitCell(unit_cell_devices=[SOFT, FLAT], update_policy=VectorUnitCellUpdatePolicy.SINGLE_SEQUENTIAL)
    up, _ = nominal_steps(both)
    assert up == pytest.approx((0.5 * 0.05 + 0.5 * 0.03) / 2)


def test_tiki_taka_has_no_nominal_step():
    with pytest.raises(ValueError, match="writes to hidden weights"):
        nominal_steps(TransferCompound(unit_cell_devices=[SOFT, SOFT]))


def test_a_step_that_does_not_go_its_way_is_refused():
    with pytest.raises(ValueError, match="must be positive"):
        nominal_steps(PiecewiseStepDevice(piecewise_up=[1.0, 0.0, 1.0], piecewise_down=[1.0, 1.0, 1.0]))
