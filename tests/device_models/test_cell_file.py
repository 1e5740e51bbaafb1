import math
from dataclasses import dataclass, replace

import pytest
from aihwkit.simulator.configs.compounds import ReferenceUnitCell
from aihwkit.simulator.configs.devices import LinearStepDevice, PiecewiseStepDevice, SoftBoundsPmaxDevice

from device_models import Cell, Source, as_cell, preset, preset_names
from device_models.cell_file import read_cell, write_cell

SOURCE = Source(citation='a "quoted" µm\nline \x7f\\', doi="10.1000/x", confidence="assumed", note="tab\there")


def _cell(response, **numbers):
    return Cell(name="mine", response=response, source=SOURCE, **numbers)


def _round_trip(cell, tmp_path):
    write_cell(cell, tmp_path / "cell.toml")
    return read_cell(tmp_path / "cell.toml")


def _spoilt(tmp_path, old, new):
    path = tmp_path / "cell.toml"
    write_cell(_cell(LinearStepDevice()), path)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_reads_back_as_itself(name, tmp_path):
    cell = preset(name)
    back = _round_trip(cell, tmp_path)
    assert back == cell
    assert type(back.response) is type(cell.response)
    assert repr(back.response) == repr(cell.response)


@pytest.mark.parametrize(
    "response",
    [
        LinearStepDevice(dw_min=0.1 + 0.2, gamma_up=-1 / 3, allow_increasing=True, lifetime=math.inf, construction_seed=7),
        PiecewiseStepDevice(piecewise_up=[1.5, 0.1 + 0.2, 1], piecewise_down=[1, 1, 1]),
        SoftBoundsPmaxDevice(p_max=64),
        ReferenceUnitCell(unit_cell_devices=[LinearStepDevice(dw_min=0.3), LinearStepDevice(w_max=0.9)]),
    ],
    ids=lambda response: type(response).__name__,
)
def test_every_number_survives(response, tmp_path):
    numbers = dict(levels=16, g_min=1e-7, g_max=1 / 3, pulse_voltage_down=-2.95, read_noise=0.01, endurance=1e9)
    assert _round_trip(_cell(response, **numbers), tmp_path) == _cell(response, **numbers)


def test_a_misspelt_key_is_named_with_the_nearest(tmp_path):
    with pytest.raises(ValueError, match=r"key of response 'gamma_upp'.*did you mean 'gamma_up'"):
        read_cell(_spoilt(tmp_path, "gamma_up =", "gamma_upp ="))
    with pytest.raises(ValueError, match=r"key of a cell file 'reed_noise'.*did you mean 'read_noise'"):
        read_cell(_spoilt(tmp_path, "\nread_noise =", "\nreed_noise ="))
    with pytest.raises(ValueError, match="key of source 'sitation'"):
        read_cell(_spoilt(tmp_path, "\ncitation =", "\nsitation ="))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('class = "LinearStepDevice"', 'class = "LinearStep"', "did you mean 'LinearStepDevice'"),
        ('class = "LinearStepDevice"', "", "a key 'class'"),
        ("\ndw_min = 0.001", '\ndw_min = "0.001"', r"response\.dw_min is a number, not '0.001'"),
        ("\ndw_min = 0.001", "\ndw_min = true", r"response\.dw_min is a number, not True"),
        ("\nmult_noise = true", "\nmult_noise = 1", r"response\.mult_noise is true or false, not 1"),
        ('name = "mine"', "name = 3", "name is a text, not 3"),
        ('name = "mine"', "", "no 'name'"),
        ('confidence = "assumed"', "", "source lacks the key 'confidence'"),
        ("[source]", "[source", "cell.toml"),
        ("read_noise = 0.0", "read_noise = -1.0", "standard deviation"),
    ],
)
def test_a_wrong_file_is_one_clear_sentence(old, new, complaint, tmp_path):
    with pytest.raises(ValueError, match=complaint) as caught:
        read_cell(_spoilt(tmp_path, old, new))
    assert "cell.toml" in str(caught.value)


def test_a_hand_written_file_may_be_short(tmp_path):
    path = tmp_path / "cell.toml"
    path.write_text(
        'name = "x"\n[source]\ncitation = "me"\nconfidence = "assumed"\n[response]\nclass = "LinearStepDevice"\ndw_min = 1\n',
        encoding="utf-8",
    )
    assert read_cell(path).response == LinearStepDevice(dw_min=1)


def test_a_class_of_the_user_is_refused_and_the_old_file_stays(tmp_path):
    @dataclass
    class Mine(LinearStepDevice):
        pass

    path = tmp_path / "cell.toml"
    write_cell(_cell(LinearStepDevice()), path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="aihwkit's own classes"):
        write_cell(_cell(Mine()), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["cell.toml"]


def test_a_cell_file_stands_for_a_preset_name(tmp_path):
    cell = replace(preset("gokmen_vlasov"), name="changed")
    path = tmp_path / "cell.toml"
    write_cell(cell, path)
    assert as_cell(str(path)) == cell
    assert as_cell(path) == cell


def test_laws_of_ageing_read_back_and_are_checked(tmp_path):
    cell = preset("fefet_jerry2017_mirror")
    path = tmp_path / "cell.toml"
    write_cell(cell, path)
    assert read_cell(path).ageing == cell.ageing
    text = path.read_text(encoding="utf-8")
    for old, new, message in (
        ('class = "LogTime"', 'class = "LogTim"', "LogTime"),
        ("r = 0.03", "rr = 0.03", "rr"),
        ("r = 0.03", "r = 3.0", "r must be above 0 and at most 1"),
        ('ageing = {class = "Ageing"', 'ageing = {class = "LinearStepDevice"', "unknown"),
    ):
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            read_cell(path)
