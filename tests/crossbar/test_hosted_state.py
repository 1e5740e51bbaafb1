"""What a hosted array remembers and what its seeds fix."""

import copy
from dataclasses import replace

import pytest
import torch
from aihwkit.simulator.configs import IOParameters, UpdateParameters
from aihwkit.simulator.configs.compounds import OneSidedUnitCell, ReferenceUnitCell, TransferCompound, VectorUnitCell
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    PowStepReferenceDevice,
    SoftBoundsDevice,
    SoftBoundsReferenceDevice,
)
from aihwkit.simulator.configs.utils import DriftParameter
from aihwkit.simulator.presets.devices import PCMPresetDevice, ReRamSBPresetDevice

from crossbar.hosted import Hosted, reseed
from crossbar.io import Periphery
from crossbar.seeds import generator
from device_models.cell import as_cell
from device_models.noise import scaled
from device_models.presets import preset, preset_names

SHAPE = (4, 5)
PERFECT = Periphery(is_perfect=True).forward_io()
PIECEWISE = PiecewiseStepDevice(dw_min=0.02, piecewise_up=[1.5, 1.2, 0.8, 0.4], piecewise_down=[0.5, 0.7, 1.1, 1.3])
DEVICES = {
    "constant": ConstantStepDevice(dw_min=0.02, up_down=0.2),
    "linear": LinearStepDevice(dw_min=0.02, up_down=-0.1, gamma_up=0.4, gamma_down=0.6),
    "soft bounds": SoftBoundsDevice(dw_min=0.02),
    "soft bounds reference": SoftBoundsReferenceDevice(dw_min=0.02, up_down=0.1, subtract_symmetry_point=True),
    "exponential": ExpStepDevice(dw_min=0.02),
    "power": PowStepDevice(dw_min=0.02),
    "power reference": PowStepReferenceDevice(dw_min=0.02),
    "piecewise": PIECEWISE,
}
UNITS = {
    "vector": VectorUnitCell(unit_cell_devices=[ConstantStepDevice(dw_min=0.02), LinearStepDevice(dw_min=0.01)]),
    "reference": ReferenceUnitCell(unit_cell_devices=[SoftBoundsDevice(), SoftBoundsDevice()]),
    "one-sided": OneSidedUnitCell(unit_cell_devices=[PCMPresetDevice()]),
    "transfer": TransferCompound(unit_cell_devices=[SoftBoundsDevice(), SoftBoundsDevice()]),
}
WRITE_NOISE = [name for name in preset_names() if getattr(preset(name).response, "write_noise_std", 0) > 0]


def hosted(cells, seeds=(1, 2, 3), shape=SHAPE, forward=PERFECT, backward=PERFECT, **numbers):
    cells = [as_cell(cell) for cell in cells] if isinstance(cells, list) else as_cell(cells)
    return Hosted(shape, cells, seeds=seeds, forward_io=forward, backward_io=backward, **numbers)


def weights(chips=3, size=0.2, shape=SHAPE):
    return size * torch.randn(chips, *shape, generator=generator(4))


def batch(chips=3, samples=6, shape=SHAPE):
    g = generator(5)
    return torch.randn(chips, samples, shape[1], generator=g), torch.randn(chips, samples, shape[0], generator=g)


def counts(largest, chips=3, shape=SHAPE):
    return torch.randint(-largest, largest + 1, (chips, *shape), generator=generator(6))


def _restored(cell, live):
    """(array, a fresh one of other seeds that its state was loaded into)."""
    array, other = hosted(cell), hosted(cell, seeds=(7, 8, 9))
    live(array)
    other.load_state(array.state())
    return array, other


def _lived(array):
    array.program(weights())
    array.update(*batch(), 0.05)


@pytest.mark.parametrize("name", sorted(set(preset_names()) - {"reram_array_om", "reram_array_hfo2"}))
def test_state_of_every_preset_is_exact(name):
    array, other = _restored(preset(name), _lived)
    state = array.state()
    assert torch.equal(other.weights(), array.weights())
    assert [key for key, value in other.state().items() if not torch.equal(value, state[key])] == []


@pytest.mark.parametrize("name", WRITE_NOISE)
def test_state_of_a_programmed_cell_with_write_noise_is_exact(name):
    array, other = _restored(preset(name), lambda array: array.program(weights()))
    state = array.state()
    assert not torch.equal(array.weights()[0], state["0.hidden.persistent_weights"]), "the apparent weights have write noise"
    assert torch.equal(other.weights(), array.weights())
    assert [key for key, value in other.state().items() if not torch.equal(value, state[key])] == []


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_state_of_a_unit_cell_is_exact(unit):
    array, other = _restored(unit, _lived)
    state = array.state()
    assert torch.equal(other.weights(), array.weights())
    assert [key for key, value in other.state().items() if not torch.equal(value, state[key])] == []


@pytest.mark.parametrize(
    "cell", [*DEVICES.values(), *(UNITS[name] for name in ("vector", "reference", "one-sided"))], ids=[*DEVICES, "v", "r", "o"]
)
def test_a_restored_array_goes_on_as_the_first_would(cell):
    """Without cycle-to-cycle noise but with device-to-device spread: the same pulses, bit for bit, and the same planned trains."""
    array, other = _restored(scaled(as_cell(cell), c2c=0), _lived)
    for each in (array, other):
        each.pulse(counts(3))
        reseed(11)
        each.update(*batch(), 0.05)
    assert torch.equal(other.weights(), array.weights())


def test_drift_is_restored():
    cell = ConstantStepDevice(drift=DriftParameter(nu=0.1))

    def live(array):
        array.program(weights())
        array.elapse(3.0)

    array, other = _restored(cell, live)
    for each in (array, other):
        each.elapse(50.0)
    assert torch.equal(other.weights(), array.weights())


def test_a_state_of_another_cell_is_refused():
    state = hosted(ConstantStepDevice(dw_min=0.01)).state()
    with pytest.raises(ValueError, match="the state is not of this cell"):
        hosted(ConstantStepDevice(dw_min=0.02)).load_state(state)


def test_what_aihwkit_cannot_restore_is_refused():
    cell = preset("reram_array_om")
    array = hosted(cell)
    array.pulse(torch.full((3, *SHAPE), -60))
    with pytest.raises(ValueError, match="persistent weights of 'reram_array_om' that lie where only pulses reach"):
        hosted(cell).load_state(array.state())
    unit = VectorUnitCell(unit_cell_devices=[ReRamSBPresetDevice(), ReRamSBPresetDevice()])
    with pytest.raises(ValueError, match="cannot restore a unit cell whose devices have write noise"):
        hosted(unit).load_state(hosted(unit).state())


def test_an_array_is_not_copied():
    """A copied C++ tile would write the first one's weights."""
    for copied in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="use state and load_state"):
            copied(hosted(ConstantStepDevice())._tiles[0])
    with pytest.raises(TypeError, match="use state and load_state"):
        copy.deepcopy(hosted(ConstantStepDevice()))


# --- seeds


def _spread(array):
    return {name: value for name, value in array.state().items() if ".hidden." in name}


def test_seeds_fix_the_spread_of_devices():
    cell = preset("reram_es")
    cell = replace(cell, response=replace(cell.response, write_noise_std=0.0))
    first, same, alone = (_spread(hosted(cell, seeds=seeds)) for seeds in ((1, 2, 3), (1, 2, 3), (3,)))
    assert all(torch.equal(value, same[name]) for name, value in first.items())
    assert torch.equal(first["2.hidden.dwmin_up"], alone["0.hidden.dwmin_up"]), "a chip is the same in any fleet"
    assert not torch.equal(first["0.hidden.dwmin_up"], first["1.hidden.dwmin_up"])


def test_reseeding_repeats_the_trains_of_cells_without_normal_draws():
    cell = scaled(as_cell(SoftBoundsDevice(dw_min=0.01)), c2c=0)
    ends = []
    for seed in (1, 1, 2):
        array = hosted(cell)
        reseed(seed)
        array.update(*batch(), 0.02)
        ends.append(array.weights())
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])


def test_what_is_called_unseeded_is():
    """Cycle-to-cycle noise comes from a table that the clock draws: the same reseed gives other weights."""
    ends = []
    for _ in range(2):
        array = hosted(ConstantStepDevice(dw_min=0.01, dw_min_std=0.3))
        reseed(1)
        array.pulse(torch.ones(3, *SHAPE))
        ends.append(array.weights())
    assert not torch.equal(*ends)
    seeding = array.seeding()
    assert seeding["device-to-device spread"].startswith("seeded")
    assert seeding["cycle-to-cycle spread"].startswith("not seeded")


def test_the_given_parameters_are_not_written_to():
    device, io, parameters = ConstantStepDevice(), IOParameters(), UpdateParameters()
    hosted(device, forward=io, backward=io, update_parameters=parameters)
    assert (device, io, parameters) == (ConstantStepDevice(), IOParameters(), UpdateParameters())
