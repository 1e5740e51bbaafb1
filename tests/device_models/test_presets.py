import dataclasses
import sys

import numpy as np
import pytest

import device_models.presets
from device_models import preset, preset_names
from device_models.neurosim import closed_form_down, closed_form_up
from device_models.noise import scaled
from device_models.pulse_response import pulse_response
from device_models.steps import nominal_steps

# labels up and down, pulses up and down, as published
CONVERTED = {
    "fefet_jerry2017_retrace": (1.75, 1.46, 32, 32),
    "fefet_jerry2017_mirror": (1.75, -1.46, 32, 32),
    "fetft_kwon2023": (0.21, -0.21, 64, 64),
    "ftj_luo2022": (1.0, -1.0, 256, 256),
    "fefet_2t1f_sun2018": (0.5, 0.5, 64, 64),
    "cap_3t1c": (0.2, -0.2, 32, 32),
    "ag_asi_jo2010": (2.4, -4.88, 97, 100),
    "taox_hfox_wu2018": (0.04, -0.63, 128, 128),
    "pcmo_park2013": (3.68, -6.76, 50, 50),
    "alox_hfo2_woo2016": (1.94, -0.61, 40, 40),
    "gst_pcm_kuzum2012": (0.105, 2.4, 100, 120),
    "epiram_choi2018": (0.5, -0.5, 64, 64),
}
OTHERS = {
    "fefet_deng2020_identical",
    "fefet_deng2020_ramp",
    "ideal",
    "reram_es",
    "reram_sb",
    "reram_array_om",
    "reram_array_hfo2",
    "ecram",
    "ecram_mo",
    "capacitor",
    "idealized",
    "gokmen_vlasov",
    "pcm",
}
NEW_PRESET = """
from aihwkit.simulator.configs.devices import ConstantStepDevice

from device_models.cell import Cell, Source

CELL = Cell(name="dropped_in", response=ConstantStepDevice(dw_min=0.02), source=Source(citation="here", confidence="assumed"))
"""


@pytest.mark.parametrize("name", CONVERTED)
def test_tile_follows_neurosims_closed_form(name):
    """One pulse at a time on aihwkit's float32 tile, all noise off, to 1e-6 of the range.

    A pulse multiplies a deviation from the curve by rho = 1 - s gamma. Where the way down retraces the way up, rho > 1: what was rounded
    at the top grows by rho^P, 7 times for the phase change cell and at most 3 times for the others, and so does what is allowed.
    """
    label_up, label_down, pulses_up, pulses_down = CONVERTED[name]
    quiet = scaled(preset(name), c2c=0)
    w = pulse_response(quiet, up=pulses_up, down=pulses_down, devices=3, seed=0)
    curve_up = closed_form_up(np.arange(pulses_up + 1), nl=label_up, pulses=pulses_up)
    curve_down = closed_form_down(np.arange(pulses_down + 1), nl=label_down, pulses=pulses_down)
    error_up = np.abs(w[: pulses_up + 1] - curve_up[:, None]).max() / 2
    error_down = np.abs(w[pulses_up:] - curve_down[:, None]).max() / 2
    rho = 1 - nominal_steps(quiet.response)[1] * quiet.response.gamma_down
    assert error_up <= 1e-6, f"{error_up:.1e}"
    assert error_down <= 1e-6 * max(1, rho**pulses_down), f"{error_down:.1e}"


def test_all_presets_are_listed():
    assert set(preset_names()) == set(CONVERTED) | OTHERS


@pytest.mark.parametrize("name", preset_names())
def test_preset_says_where_its_numbers_come_from(name):
    cell = preset(name)
    assert cell.name == name
    assert cell.source.citation
    assert cell.source.confidence in ("array", "single-device", "simulated", "assumed")
    assert cell.source.doi is None or cell.source.doi.startswith("10.")
    assert cell.source.note or name == "ideal"


@pytest.mark.parametrize("name", preset_names())
def test_numbers_of_a_preset_are_in_si_units(name):
    """A slipped prefix would leave these windows: pS to 10 mS, 10 ps to 10 ms, 1 zJ to 1 uJ."""
    cell = preset(name)
    windows = {
        "g_min": (1e-12, 1e-2),
        "g_max": (1e-12, 1e-2),
        "pulse_width": (1e-11, 1e-2),
        "pulse_energy_up": (1e-21, 1e-6),
        "pulse_energy_down": (1e-21, 1e-6),
    }
    for field, (low, high) in windows.items():
        value = getattr(cell, field)
        assert value is None or low < value < high, f"{field} = {value}"


def test_numbers_with_units_from_the_benchmark_table():
    fefet = preset("fefet_jerry2017_mirror")
    assert fefet.g_max == pytest.approx(1.788e-6, rel=1e-3)
    assert fefet.g_min == pytest.approx(39.73e-9, rel=1e-3)
    assert fefet.pulse_energy_up == pytest.approx(0.029e-15, rel=0.01)
    assert fefet.pulse_energy_down == pytest.approx(0.019e-15, rel=0.01)
    jo = preset("ag_asi_jo2010")
    assert (jo.g_max, jo.g_min) == (pytest.approx(3.8462e-8, rel=1e-4), pytest.approx(3.0769e-9, rel=1e-4))


@pytest.mark.parametrize("name", sorted(OTHERS - {"ideal", "pcm"}))
def test_levels_of_aihwkits_presets_are_window_over_step(name):
    cell = preset(name)
    assert cell.levels == round((cell.response.w_max - cell.response.w_min) / cell.response.dw_min)


def test_what_a_caller_does_to_a_preset_reaches_no_one_else():
    before = preset("ecram")
    before.response.dw_min = 1.0
    before.response.construction_seed = 7
    after = preset("ecram")
    assert (after.response.dw_min, after.response.construction_seed) == (0.002, 0)


def test_presets_are_values():
    assert preset("pcm") == preset("pcm")
    with pytest.raises(dataclasses.FrozenInstanceError):
        preset("pcm").levels = 3


def test_unknown_preset_names_the_nearest_and_lists_all():
    with pytest.raises(ValueError, match=r"did you mean 'fefet_jerry2017_mirror'\?.*known: ag_asi_jo2010, alox_hfo2_woo2016") as error:
        preset("fefet_jery2017_miror")
    assert all(name in str(error.value) for name in preset_names())


def test_a_file_dropped_into_the_folder_is_a_preset(tmp_path, monkeypatch):
    (tmp_path / "dropped_in.py").write_text(NEW_PRESET)
    monkeypatch.setattr(device_models.presets, "__path__", [*device_models.presets.__path__, str(tmp_path)])
    assert "dropped_in" in preset_names()
    try:
        assert preset("dropped_in").response.dw_min == 0.02
    finally:
        sys.modules.pop("device_models.presets.dropped_in", None)


def test_a_helper_in_the_folder_is_no_preset(tmp_path, monkeypatch):
    (tmp_path / "_helper.py").write_text("")
    monkeypatch.setattr(device_models.presets, "__path__", [*device_models.presets.__path__, str(tmp_path)])
    assert "_helper" not in preset_names()
