import pytest
from aihwkit.simulator.configs.compounds import BufferedTransferCompound, MixedPrecisionCompound

from device_models.compounds import compound
from device_models.presets import preset


def test_a_compound_holds_two_of_the_cells_device_and_keeps_its_numbers():
    cell = preset("fefet_jerry2017_mirror")
    made = compound(cell, "BufferedTransferCompound", {"transfer_every": 3, "fast_lr": 0.5})
    assert isinstance(made.response, BufferedTransferCompound)
    assert [device.gamma_up for device in made.response.unit_cell_devices] == [cell.response.gamma_up] * 2
    assert (made.response.transfer_every, made.response.fast_lr) == (3, 0.5)
    assert (made.pulse_energy_up, made.name) == (cell.pulse_energy_up, "fefet_jerry2017_mirror in BufferedTransferCompound")


def test_mixed_precision_holds_one():
    made = compound(preset("ecram"), "MixedPrecisionCompound", {"transfer_every": 2})
    assert isinstance(made.response, MixedPrecisionCompound)
    assert made.response.device.gamma_up == preset("ecram").response.gamma_up


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("BufferedTransfer", {}, "BufferedTransferCompound"),
        ("BufferedTransferCompound", {"transfer_evry": 1}, "transfer_every"),
        ("MixedPrecisionCompound", {"device": 1}, "field of MixedPrecisionCompound"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(name, fields, message):
    with pytest.raises(ValueError, match=message):
        compound(preset("ecram"), name, fields)


def test_a_compound_of_a_compound_is_refused():
    with pytest.raises(ValueError, match="is a compound already"):
        compound(compound(preset("ecram"), "MixedPrecisionCompound", {}), "BufferedTransferCompound", {})
