"""From a CSV to a cell file that a spec can name, through the command line."""

import shutil
from pathlib import Path

import pytest

from device_models import preset
from device_models.cell_file import read_cell, write_cell
from experiments.cells import cell_of
from experiments.cli import main
from experiments.spec import Spec

PULSES = Path(__file__).parents[2] / "examples" / "measured_device" / "pulses.csv"


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out, printed.err


def test_a_measurement_becomes_a_cell_file_and_a_picture(tmp_path, monkeypatch, capsys) -> None:
    shutil.copy(PULSES, tmp_path)
    monkeypatch.chdir(tmp_path)
    status, out, err = call(capsys, "fit", "pulses.csv", "-o", "cell.toml", "--plot", "fit.png")
    assert (status, err) == (0, "")
    assert "95 % intervals" in out
    assert (tmp_path / "fit.png").read_bytes().startswith(b"\x89PNG")
    spec = Spec.from_tree({"device": {"preset": "cell.toml", "c2c": 2.0}})
    assert cell_of(spec.device).response.dw_min_std == pytest.approx(2 * read_cell(Path("cell.toml")).response.dw_min_std)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,2\n1,x\n", "x"),
        ("1.0,2.0\n", ""),
        ("1,1\n1,1\n1,1\n1,1\n1,1\n1,1\n", ""),
    ],
    ids=["text in a number column", "one pulse only", "constant"],
)
def test_what_is_no_measurement_gets_one_line_and_nothing_is_written(text, expected, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pulses.csv").write_text(text)
    status, _, err = call(capsys, "fit", "pulses.csv", "--plot", "fit.png")
    assert status == 2
    assert err.count("\n") == 1
    assert expected in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pulses.csv"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("no.csv",), "no.csv"),
        (("pulses.csv", "-o", "cell.txt"), "ends in .toml"),
        (("pulses.csv", "-o", "no/cell.toml"), "there is no folder"),
        (("pulses.csv", "-o", "mine.toml"), "is not a cell file"),
        (("pulses.csv", "--plot", "fit.bmp"), "not as '.bmp'"),
    ],
)
def test_wrong_requests_are_told_and_nothing_is_overwritten(arguments, expected, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(PULSES, tmp_path)
    Path("mine.toml").write_text("[tool]\n")
    status, _, err = call(capsys, "fit", *arguments)
    assert status == 2
    assert expected in err
    assert Path("mine.toml").read_text() == "[tool]\n"
    assert not Path("cell.toml").exists()


def test_a_spec_means_the_cell_that_the_file_held(tmp_path) -> None:
    path = tmp_path / "cell.toml"
    write_cell(preset("fefet_jerry2017_mirror"), path)
    spec = Spec.from_tree({"device": {"preset": str(path)}})
    assert len(spec.device.preset_sha256) == 64
    again = Spec.from_tree(spec.tree())
    assert again.hash == spec.hash
    path.unlink()
    write_cell(preset("ftj_luo2022"), path)
    assert Spec.from_tree({"device": {"preset": str(path)}}).hash != spec.hash
    with pytest.raises(ValueError, match="has changed"):
        Spec.from_tree(spec.tree())
