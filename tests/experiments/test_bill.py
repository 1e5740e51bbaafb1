"""Energy and time from counts, by hand."""

import numpy as np
import pytest
import torch

from crossbar import technologies
from crossbar.ledger import Ledger
from crossbar.technologies.isaac_32nm import TECHNOLOGY
from crossbar.technology import Technology
from device_models import preset
from experiments.arrays import Analog
from experiments.bill import ENERGIES, bill, endurance_used
from experiments.run import run
from experiments.sections import Periphery
from experiments.spec import Spec

CELL = preset("fefet_jerry2017_mirror")
SHAPE = (3, 4)


class Counted:
    """An array of which only the ledger matters."""

    shape = SHAPE

    def __init__(self, ledger):
        self._ledger = ledger

    def ledger(self):
        return self._ledger


def one(cell=CELL, **counts):
    up, down = torch.zeros(1, *SHAPE, dtype=torch.float64), torch.zeros(1, *SHAPE, dtype=torch.float64)
    up[0, 0, 0], down[0, 2, 3] = counts.pop("up", 0.0), counts.pop("down", 0.0)
    per_chip = {name: torch.tensor([counts.pop(name, 0.0)], dtype=torch.float64) for name in ("forward", "backward", "slots")}
    ledger = Ledger.of_cells(up, down, *per_chip.values(), counting="counted")
    return Analog(Counted(ledger.plus(**{name: torch.tensor([float(more)]) for name, more in counts.items()})), (cell,), 12)


def found(analog, **section):
    return {name: float(value) for name, value in bill(analog.array.ledger(), analog, Periphery(**section)).items()}


def test_pulses_and_wires() -> None:
    bills = found(one(up=10.0, down=30.0, slots=25.0))
    assert bills["energy"] == pytest.approx(10 * CELL.pulse_energy_up + 30 * CELL.pulse_energy_down)
    square = (10 * 3.65**2 + 30 * 2.95**2) / 40
    assert bills["energy_wires"] == pytest.approx(40e-18 * square * (25 * 4 + 40 * 3))
    assert bills["latency"] == pytest.approx(25 * 75e-9)


def test_reads_and_converters() -> None:
    bills = found(one(forward=7.0, backward=2.0), dac_bits=6, adc_bits=10)
    middle = (CELL.g_min + CELL.g_max) / 2
    assert bills["energy_reads"] == pytest.approx(0.25 * middle * 6 * 100e-9 * 9 * 12)
    assert bills["energy_dac"] == pytest.approx(6 * 4e-3 / 1024 * 100e-9 * (7 * 4 + 2 * 3))
    assert bills["energy_adc"] == pytest.approx(4 * 2e-3 / 1.28e9 * (7 * 3 + 2 * 4))
    assert bills["latency"] == pytest.approx(9 * (6 * 100e-9 + 128 / 1.28e9))


def test_verify_reads_and_digital_work() -> None:
    bills = found(one(verify_reads_K=8, adc_conversions_K=8, digital_ops_K=5), adc_bits=8)
    assert bills["energy_adc"] == pytest.approx(8 * 2e-3 / 1.28e9)
    assert bills["energy_digital"] == pytest.approx(5 * 4.6e-12)
    assert bills["latency"] == pytest.approx(8 / 4 * (100e-9 + 128 / 1.28e9))  # two rows of four cells


def test_what_a_source_does_not_say_is_nan() -> None:
    bills = found(one(preset("gokmen_vlasov"), up=1.0, forward=1.0))
    assert [name for name, value in bills.items() if np.isnan(value)] == ["energy", "energy_wires", "energy_reads", "latency"]


def test_endurance_is_that_of_the_busiest_cell_and_of_the_mean() -> None:
    first, second = one(up=100.0), one(up=20.0, down=400.0)
    used = {name: float(value) for name, value in endurance_used({"a": first, "b": second}).items()}
    assert used["writes_largest"] == 400
    assert used["endurance_used_largest"] == pytest.approx(400 / 5e6)
    assert used["endurance_used_mean"] == pytest.approx((100 / 12 + 420 / 12) / 2 / 5e6)


def test_a_run_adds_its_bill_up() -> None:
    tree = {"data": {"name": "teacher", "features": 6, "classes": 3}, "network": {"hidden": []}, "rule": {"name": "bp", "lr": 1.0}}
    (record,) = run([Spec.from_tree({**tree, "train": {"epochs": 1}})])
    last = {name: float(variable.values[-1]) for name, variable in record.variables.items() if variable.dims}
    assert last["energy_total"] == pytest.approx(sum(last[name] for name in ENERGIES))
    assert all(last[name] > 0 for name in (*ENERGIES, "latency", "writes_largest", "endurance_used_mean"))
    assert last["endurance_used_largest"] >= last["endurance_used_mean"]


def test_every_technology_has_positive_numbers_and_a_source() -> None:
    for name in technologies.FOLDER.names():
        technology = technologies.FOLDER.load(name).TECHNOLOGY
        assert isinstance(technology, Technology)
        assert technology.name == name
        assert technology.source.citation
    numbers = {field: getattr(TECHNOLOGY, field) for field in TECHNOLOGY.__dataclass_fields__}
    with pytest.raises(ValueError, match="adc_time of the technology 'isaac_32nm' must be positive, not 0"):
        Technology(**{**numbers, "adc_time": 0.0})


def test_an_unknown_technology_is_told() -> None:
    with pytest.raises(ValueError, match=r"array: unknown technology 'isaac' \(did you mean 'isaac_32nm'\?\)"):
        Spec.from_tree({"array": {"technology": "isaac"}})
