"""A [device] section becomes a cell: absolute fields first, then the multipliers."""

import numpy as np
import pytest

from crossbar.ferroelectric import Ferroelectric
from device_models import preset
from device_models.steps import mean_step, nominal_steps
from device_models.switching import Film, IdenticalPulses
from device_models.switching.expected import switched_path
from device_models.switching.tables import DENG_FEFET
from experiments.build import build
from experiments.cells import cell_of
from experiments.sections import Device
from experiments.spec import Spec


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


SWITCHING = {"up": {"field": 1.2e8, "count": 16}, "domains": 50, "area": 1e-14, "thickness": 15e-9}


def test_a_switching_cell_is_its_film_and_the_step_that_follows() -> None:
    cell = cell_of(Spec.from_tree({"device": {"switching": SWITCHING}}).device)
    assert isinstance(cell.film, Film)
    assert (cell.film.domains, cell.film.selection, cell.levels) == (50, "none", 16)
    assert cell.film.scheme.up == cell.film.scheme.down == IdenticalPulses(field=1.2e8, width=75e-9, count=16)
    np.testing.assert_allclose(nominal_steps(cell.response), cell.film.steps(), rtol=0.1)
    assert cell.pulse_voltage_up == pytest.approx(1.8)
    switched = switched_path(DENG_FEFET, cell.film.scheme.up)[-1]
    assert cell.pulse_energy_up == pytest.approx(1.8 * 2 * 0.25 * 1e-14 * switched / 16)


@pytest.mark.parametrize("readout", ["linear", "exponential", "threshold"])
def test_a_switching_cells_step_is_in_conductance(readout) -> None:
    """The step is a fit of 31 nodes to the settled way: 32 mean pulses from -1 end at +1 within 0.15 of the window's 2."""
    device = {"switching": {"readout": readout, "domains": 1000, "up": {"field": 1.1e8, "field_step": 0.03e8}}}
    cell = cell_of(Spec.from_tree({"device": device}).device)
    assert 0 < cell.g_min < cell.g_max
    w = -1.0
    for _ in range(32):
        w += float(mean_step(cell.response, w, +1))
    assert w == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ({"switching": {"up": {"field_step": 1e6, "width_step": 1e-9}}}, "give field_step or width_step, not both"),
        ({"switching": {}, "preset": "ecram"}, "not preset = 'ecram' with switching"),
        ({"switching": {"film": "deng"}}, "deng2020_fefet"),
        ({"switching": {"up": {"field": 1e6}}}, "switch no domain"),
        ({"switching": {"domains": 5000}}, "1 to 2048 domains, not 5000"),
    ],
)
def test_what_is_wrong_with_a_switching_cell_is_said(device, message) -> None:
    with pytest.raises(ValueError, match=message):
        Spec.from_tree({"device": device})


def test_the_host_of_domains_needs_them() -> None:
    with pytest.raises(ValueError, match="'fefet_jerry2017_mirror' has none; give"):
        build([Spec.from_tree({"array": {"host": "domains"}})], 4, 3)
    fleet = build([Spec.from_tree({"array": {"host": "domains"}, "device": {"switching": SWITCHING}, "network": {"hidden": []}})], 4, 3)
    assert isinstance(fleet.analog["layer1"].array.inner.inner, Ferroelectric)
