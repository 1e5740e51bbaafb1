"""Files that somebody spoilt: refused with one line, or read as they are. Never a traceback, nothing allocated that is not there."""

import io
import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments import checksum
from experiments.data.arrays import load
from experiments.grid import read_grid, records
from experiments.info import info
from experiments.record import Record, Variable
from experiments.results import write_results
from experiments.select import axes_attributes

FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)


def _edited(data: bytes, edits) -> bytes:
    spoilt = bytearray(data)
    for place, value in edits:
        spoilt[int(place * len(spoilt))] = value
    return bytes(spoilt)


def _one_line(error: ValueError) -> None:
    assert str(error)
    assert "\n" not in str(error)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> bytes:
    """A small results file, without its checksum."""
    path = tmp_path_factory.mktemp("files") / "results.h5"
    axes = {"rule.name": ["bp", "fa"], "train.seed": [0, 1]}
    variables = {"test_accuracy": Variable(np.arange(3.0), "1", "test accuracy")}
    found = [Record(spec="{}", spec_hash=str(n), status="ok", variables=variables) for n in range(4)]
    write_results(path, axes, found, {"spec": "{}", **axes_attributes(axes, ["0", "1", "2", "3"])})
    return path.read_bytes()[: -checksum.LENGTH]


@FEW
@given(edits=EDITS, seal=st.booleans())
def test_a_spoilt_results_file(tmp_path_factory, results, edits, seal) -> None:
    path = tmp_path_factory.getbasetemp() / "spoilt.h5"
    spoilt = _edited(results, edits)
    path.write_bytes(checksum.sealed(spoilt) if seal else spoilt)
    try:
        grid = read_grid(path)
        assert len(list(records(grid, range(grid.runs)))) == grid.runs
        assert info(path) is not None
    except ValueError as error:
        _one_line(error)
    else:
        assert seal


@FEW
@given(st.binary(max_size=200))
def test_any_bytes_as_a_results_file(tmp_path_factory, data) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.h5"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"is not an analogdecor results file|is damaged"):
        read_grid(path)


def _npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


WHOLE = _npz(x_train=np.ones((4, 3)), y_train=np.arange(4), x_test=np.ones((2, 3)), y_test=np.arange(2))


@FEW
@given(edits=EDITS)
def test_a_spoilt_npz_file(tmp_path_factory, edits) -> None:
    path = tmp_path_factory.getbasetemp() / "spoilt.npz"
    path.write_bytes(_edited(WHOLE, edits))
    try:
        load(path=str(path))
    except ValueError as error:
        _one_line(error)


def _refused(tmp_path, data: bytes, why: str) -> None:
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(ValueError, match=why) as refused:
        load(path=str(tmp_path / "a.npz"))
    _one_line(refused.value)


def test_pickles_are_refused(tmp_path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    _refused(tmp_path, _npz(x_train=objects, y_train=objects, x_test=objects, y_test=objects), "pickled")


def test_an_array_that_says_it_is_large_is_refused(tmp_path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            header = io.BytesIO()
            np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**40, 3)})
            archive.writestr(f"{name}.npy", header.getvalue())
    _refused(tmp_path, buffer.getvalue(), "says that it has the shape")


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("experiments.archive.ROOM", 10_000)
    zeros = np.zeros((10_000, 20))
    _refused(tmp_path, _npz(x_train=zeros, y_train=np.arange(1), x_test=zeros, y_test=np.arange(1)), "would take")


def test_a_results_bomb_is_refused(tmp_path, results) -> None:
    path = tmp_path / "bomb.h5"
    path.write_bytes(results)
    with h5py.File(path, "r+") as file:
        file.create_dataset("x", (2**36,), dtype="f8", chunks=(2**20,), compression="gzip")
    checksum.seal(path)
    with pytest.raises(ValueError, match="would take"):
        read_grid(path)
