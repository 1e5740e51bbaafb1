import pytest
from aihwkit.simulator.configs.devices import FloatingPointDevice, LinearStepDevice
from aihwkit.simulator.presets.compounds import PCMPresetUnitCell

from device_models import Cell, Source, as_cell, preset

SOURCE = Source(citation="here", confidence="assumed")


def cell(**numbers):
    return Cell(name="mine", response=LinearStepDevice(), source=SOURCE, **numbers)


def test_a_users_own_device_is_a_cell():
    device = LinearStepDevice(dw_min=0.02, gamma_up=0.3)
    own = as_cell(device)
    assert own.response == device
    assert own.name == "LinearStepDevice"
    assert own.source.confidence == "assumed"


def test_a_users_own_unit_cell_is_a_cell():
    assert as_cell(PCMPresetUnitCell()).response == PCMPresetUnitCell()


def test_a_cell_keeps_its_own_copy_of_the_device():
    device = LinearStepDevice(dw_min=0.02)
    own = as_cell(device)
    device.dw_min = 0.5
    assert own.response.dw_min == 0.02


def test_names_and_cells_are_cells():
    assert as_cell("ecram") == preset("ecram")
    one = preset("ecram")
    assert as_cell(one) is one


@pytest.mark.parametrize("thing", [3, None, FloatingPointDevice(), LinearStepDevice])
def test_anything_else_is_refused(thing):
    with pytest.raises(ValueError, match=r"not a cell: .*accepted: a preset's name"):
        as_cell(thing)


def test_a_response_that_is_no_device_is_refused():
    with pytest.raises(ValueError, match="a response is an aihwkit device"):
        Cell(name="mine", response=3, source=SOURCE)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"levels": 0}, "levels of the cell 'mine' must be positive, not 0"),
        ({"pulse_width": -1e-9}, "pulse_width of the cell 'mine' must be positive"),
        ({"endurance": 0.0}, "endurance of the cell 'mine' must be positive"),
        ({"read_noise": -0.1}, "read_noise of the cell 'mine' is a standard deviation"),
        ({"g_min": 2e-6, "g_max": 1e-6}, "g_min of the cell 'mine' must be below g_max"),
    ],
)
def test_impossible_numbers_are_refused(numbers, message):
    with pytest.raises(ValueError, match=message):
        cell(**numbers)
