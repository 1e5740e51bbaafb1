import dataclasses
import io

import pytest
from rich.console import Console

from device_models import Cell, preset, preset_names
from device_models.ageing import Endurance, Fatigue, Imprint, LogTime, PowerLaw, ReadDisturb, StretchedExponential
from device_models.cell_file import write_cell
from experiments.device_table import AGEING_UNITS, CELL_UNITS, device_listing, device_sheet, si


def printed(renderable, width=100):
    out = io.StringIO()
    Console(file=out, width=width, no_color=True).print(renderable)
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.788e-6, "S", "1.79 µS"),
        (39.73e-9, "S", "39.7 nS"),
        (999.6e-9, "S", "1 µS"),
        (-2.95, "V", "-2.95 V"),
        (2.9e-17, "J", "29 aJ"),
        (300e-6, "s", "300 µs"),
        (0, "S", "0 S"),
        (5e-28, "J", "0.0005 yJ"),
    ],
)
def test_si_prefixes(value, unit, text):
    assert si(value, unit) == text


def test_listing_has_a_row_for_every_preset_within_100_columns():
    lines = printed(device_listing()).splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split()[0] for line in lines if line.split() and line.split()[0] in preset_names()] == list(preset_names())


def test_every_number_of_every_law_of_ageing_has_a_unit():
    laws = (LogTime, StretchedExponential, PowerLaw, Imprint, Fatigue, Endurance, ReadDisturb)
    wanted = {(law, field.name) for law in laws for field in dataclasses.fields(law) if field.name != "source"}
    assert set(AGEING_UNITS) == wanted


def test_listing_shows_the_published_numbers():
    rows = {line.split()[0]: line.split()[1:7] for line in printed(device_listing()).splitlines() if line.strip()}
    assert rows["fefet_jerry2017_mirror"] == ["32", "45", "0.5", "0", "0", "single-device"]
    assert rows["reram_es"] == ["1481", "–", "0.34", "5.1", "20", "single-device"]
    assert rows["pcm"] == ["–", "–", "0.3", "0", "20", "simulated"]
    assert rows["ideal"] == ["–", "–", "–", "–", "–", "assumed"]
    assert rows["idealized"][2:5] == ["0.003", "0", "30"]


@pytest.mark.parametrize("name", preset_names())
def test_sheet_of_every_preset_names_its_source(name):
    text = " ".join(printed(device_sheet(name)).split())
    source = preset(name).source
    assert source.citation in text
    assert source.note in text
    assert f"Confidence: {source.confidence}" in text
    assert source.doi is None or f"https://doi.org/{source.doi}" in text


def test_sheet_shows_numbers_with_units():
    rows = [" ".join(line.split()) for line in printed(device_sheet("fefet_jerry2017_mirror")).splitlines()]
    assert "g_max 1.79 µS" in rows
    assert "pulse_width 75 ns" in rows
    assert "endurance 5e+06 writes" in rows
    assert "ageing.retention LogTime assumed" in rows
    assert "ageing.retention.r 0.03 per decade" in rows
    assert "ageing.imprint.k 2e+06 V/m per decade" in rows
    assert "ageing not given" in [" ".join(line.split()) for line in printed(device_sheet("ecram")).splitlines()]
    assert "response.dw_min 0.0711307 weight" in rows
    assert "response.dw_min_std 0.140586 dw_min" in rows
    assert "symmetric point 0.035 weight" in rows


def test_sheet_of_a_unit_cell_shows_its_devices():
    text = printed(device_sheet("pcm"))
    assert "response.unit_cell_devices.1.dw_min_dtod" in text
    assert "symmetric point" not in text


def test_every_number_of_a_cell_has_a_unit():
    numbers = {field.name for field in dataclasses.fields(Cell)} - {"name", "response", "source", "film", "ageing"}
    assert set(CELL_UNITS) == numbers


def test_unknown_preset_is_refused():
    with pytest.raises(ValueError, match=r"unknown preset 'ecrm' \(did you mean 'ecram'\?\)"):
        device_sheet("ecrm")


def test_a_cell_file_has_a_sheet_too(tmp_path):
    path = tmp_path / "mine.toml"
    write_cell(dataclasses.replace(preset("ecram"), name="mine"), path)
    assert printed(device_sheet(str(path))).splitlines()[0] == "mine"
