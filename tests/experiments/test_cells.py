"""A [device] section becomes a cell: absolute fields first, then the multipliers."""

from device_models import preset
from experiments.cells import cell_of
from experiments.sections import Device


def test_multipliers_act_on_the_preset() -> None:
    published = preset("fefet_jerry2017_mirror")
    cell = cell_of(Device(c2c=2.0))
    assert cell.response.dw_min_std == 2 * published.response.dw_min_std
    assert cell.response.gamma_up == published.response.gamma_up


def test_absolute_fields_come_before_the_multipliers() -> None:
    cell = cell_of(Device(response={"dw_min_dtod": 0.05, "dw_min_std": 0.2}, d2d=3.0, c2c=0.5))
    assert cell.response.dw_min_dtod == 3 * 0.05
    assert cell.response.dw_min_std == 0.5 * 0.2


def test_a_class_with_fields() -> None:
    cell = cell_of(Device.model_validate({"class": "SoftBoundsDevice", "response": {"dw_min": 0.02}}))
    assert type(cell.response).__name__ == "SoftBoundsDevice"
    assert cell.response.dw_min == 0.02


def test_the_shared_preset_stays_as_it_was() -> None:
    before = preset("fefet_jerry2017_mirror").response.dw_min_std
    cell_of(Device(c2c=7.0, response={"dw_min_dtod": 0.5}))
    assert preset("fefet_jerry2017_mirror").response.dw_min_std == before
    assert preset("fefet_jerry2017_mirror").response.dw_min_dtod != 0.5
