"""A results file in the tools of other languages: the same numbers, with no adapter. What is not installed is not asked."""

import re
import shutil
import subprocess
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from experiments.record import Record, Variable
from experiments.results import write_results

AXES = {"rule.name": ["bp", "anp"], "device.c2c": [0.0, 0.5, 2.0]}
NUMBERS = np.arange(6 * 4).reshape(2, 3, 4) / 8  # exact in decimal


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("tools") / "results.h5"
    records = [
        Record(spec="{}", spec_hash=f"{n:064x}", status="ok", variables={"test_accuracy": Variable(row, "1", "test accuracy")})
        for n, row in enumerate(NUMBERS.reshape(6, 4))
    ]
    write_results(made, AXES, records, {"spec": "{}"})
    return made


def told(*command: str | Path) -> str:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)
    if "is not installed" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers(text: str) -> list[float]:
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", text)]


def test_h5py(path) -> None:
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["test_accuracy"][...], NUMBERS)
        assert [dim[0].name for dim in file["test_accuracy"].dims] == ["/rule_name", "/device_c2c", "/epoch"]
        assert file["rule_name"].asstr()[...].tolist() == ["bp", "anp"]


def test_netcdf4(path) -> None:
    with netCDF4.Dataset(path) as file:
        np.testing.assert_array_equal(file["test_accuracy"][...], NUMBERS)
        assert file["test_accuracy"].dimensions == ("rule_name", "device_c2c", "epoch")
        assert file["rule_name"][...].tolist() == ["bp", "anp"]
        assert file["test_accuracy"].units == "1"


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray(path, engine: str) -> None:
    with xr.open_dataset(path, engine=engine) as ds:
        np.testing.assert_array_equal(ds.test_accuracy, NUMBERS)
        assert ds.test_accuracy.sel(rule_name="anp", device_c2c=0.5).values.tolist() == NUMBERS[1, 1].tolist()


def test_ncdump(path) -> None:
    text = told("ncdump", "-v", "test_accuracy,rule_name", path)
    assert "double test_accuracy(rule_name, device_c2c, epoch) ;" in text
    assert numbers(text.split("test_accuracy =")[1]) == NUMBERS.ravel().tolist()
    assert re.search(r'rule_name = "bp", "anp" ;', text)
    assert 'Conventions = "CF-1.11"' in text


def test_h5dump(path) -> None:
    text = told("h5dump", "-y", "-w", "0", "-d", "test_accuracy", path)
    assert numbers(text.split("DATA {")[1].split("}")[0]) == NUMBERS.ravel().tolist()


OCTAVE = """
try, pkg load netcdf, catch, fprintf(stderr, 'the netcdf package is not installed'), exit(1), end
printf('%g ', ncread('FILE', 'test_accuracy')), printf(';'), printf('%g ', ncread('FILE', 'device_c2c'))
"""


def test_octave(path) -> None:
    """Last index first, as Fortran has it: the bytes come in the file's own order. It has no text."""
    accuracy, c2c = told("octave", "--no-gui", "--quiet", "--eval", OCTAVE.replace("FILE", str(path))).split(";")
    assert numbers(accuracy) == NUMBERS.ravel().tolist()
    assert numbers(c2c) == AXES["device.c2c"]


R = {
    "ncdf4": "nc <- nc_open(f); write(ncvar_get(nc, 'test_accuracy'), stdout()); cat(nc$dim$rule_name$vals)",
    "rhdf5": "write(h5read(f, 'test_accuracy'), stdout()); cat(h5read(f, 'rule_name'))",
}


@pytest.mark.parametrize("package", R)
def test_r(path, package: str) -> None:
    load = f"f <- '{path}'; if (!suppressMessages(require({package}, quietly = TRUE))) stop('{package} is not installed')"
    *values, rules = told("Rscript", "-e", f"{load}; {R[package]}").splitlines()
    assert numbers(" ".join(values)) == NUMBERS.ravel().tolist()
    assert rules == "bp anp"
