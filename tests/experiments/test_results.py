"""What a results file promises: netCDF4 tools open it with no adapter, and it is there whole or not at all."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from experiments.record import STATUSES, Record, Variable
from experiments.results import attributes_of, dimension, is_ours, labels, write_results, write_whole
from experiments.shard import read_record, shard_path, write_record, write_shard

AXES = {
    "rule.name": ["bp", "fä"],
    "device.c2c": [0.0, 0.5, 2.0],
    "train.seed": [3, 5],
    "network.bias": [True, False],
    "network.hidden": [[8], [8, 4]],
}


def record(number: int, epochs: int = 4, status="ok") -> Record:
    values = number + np.arange(epochs) / 10
    variables = {"test_accuracy": Variable(values, "1", "test accuracy"), "energy": Variable(values * 1e-12, "J", "energy of all pulses")}
    return Record(
        spec=f'{{"n":{number}}}',
        spec_hash=f"{number:064x}",
        status=status,
        variables=variables,
        attributes={"seed": str(number), "note": "µ\nn"},
    )


@pytest.fixture
def grid(tmp_path) -> Path:
    """2 x 3 x 2 x 2 x 2 runs: the sixth is missing, the seventh failed, the eighth has fewer epochs."""
    records = [record(number) for number in range(48)]
    records[5] = None
    records[6] = Record(spec="{}", spec_hash="6", status="failed", message="Traceback\nZeroDivisionError: ≠")
    records[7] = record(7, epochs=2, status="diverged")
    path = tmp_path / "results.h5"
    write_results(path, AXES, records, {"spec": "{}", "note": "µ"})
    return path


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray_opens_it_with_no_adapter(grid, engine) -> None:
    with xr.open_dataset(grid, engine=engine) as ds:
        assert ds.test_accuracy.dims == ("rule_name", "device_c2c", "train_seed", "network_bias", "network_hidden", "epoch")
        assert ds.rule_name.values.tolist() == ["bp", "fä"]
        assert ds.device_c2c.values.tolist() == [0.0, 0.5, 2.0]
        assert ds.train_seed.values.tolist() == [3, 5]
        assert ds.network_bias.values.tolist() == ["true", "false"]
        assert ds.network_hidden.values.tolist() == ["[8]", "[8, 4]"]
        assert ds.epoch.values.tolist() == [0, 1, 2, 3]
        at = ds.sel(rule_name="fä", device_c2c=0.5, train_seed=5, network_bias="false", network_hidden="[8]").isel(epoch=-1)
        number = np.ravel_multi_index((1, 1, 1, 1, 0), (2, 3, 2, 2, 2))
        assert float(at.test_accuracy) == pytest.approx(number + 0.3, abs=0)
        assert str(at.spec_hash.values) == f"{number:064x}"
        assert (ds.energy.attrs["units"], ds.energy.attrs["long_name"]) == ("J", "energy of all pulses")
        assert ds.attrs["note"] == "µ"


def test_missing_is_nan_and_has_a_status(grid) -> None:
    with xr.open_dataset(grid) as ds:
        meanings = ds.status.attrs["flag_meanings"].split()
        codes = dict(zip(meanings, ds.status.attrs["flag_values"].tolist(), strict=True))
        assert meanings == list(STATUSES)
        flat = ds.status.values.ravel()
        assert [flat[5], flat[6], flat[7]] == [codes["missing"], codes["failed"], codes["diverged"]]
        assert (np.delete(flat, [5, 6, 7]) == codes["ok"]).all()
        accuracy = ds.test_accuracy.values.reshape(48, 4)
        assert np.isnan(accuracy[[5, 6]]).all()
        assert np.isnan(accuracy[7]).tolist() == [False, False, True, True]
        assert np.isfinite(np.delete(accuracy, [5, 6, 7], axis=0)).all()
        assert ds.message.values.ravel()[6].endswith("ZeroDivisionError: ≠")


def test_only_numbers_and_utf8_strings(grid) -> None:
    kinds = set()

    def visit(_: str, item) -> None:
        for attribute in item.attrs.values():
            assert isinstance(attribute, str | bytes | np.ndarray | np.generic)
        if isinstance(item, h5py.Dataset):
            text = h5py.check_string_dtype(item.dtype)
            kinds.add("text" if text and text.encoding == "utf-8" else item.dtype.kind)

    with h5py.File(grid) as file:
        file.visititems(visit)
        for name, dataset in file.items():
            assert dataset.is_scale or all(len(one) == 1 for one in dataset.dims), name
    assert kinds == {"text", "f", "i"}


def test_a_single_run_has_only_epochs(tmp_path) -> None:
    write_record(tmp_path / "run.h5", record(1))
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(tmp_path / "run.h5", engine=engine) as ds:
            assert ds.test_accuracy.dims == ("epoch",)
            assert int(ds.status) == 0
            assert ds.attrs["spec"] == '{"n":1}'


def test_records_round_trip(tmp_path) -> None:
    for one in (record(1), record(2, status="diverged"), Record(spec="{}", spec_hash="3", status="failed", message="a\nb")):
        path = write_shard(tmp_path, one)
        assert path == shard_path(tmp_path, one.spec_hash)
        again = read_record(path)
        assert (again.spec, again.spec_hash, again.status, again.message) == (one.spec, one.spec_hash, one.status, one.message)
        assert again.attributes == one.attributes
        assert set(again.variables) == set(one.variables)
        for name, variable in one.variables.items():
            np.testing.assert_array_equal(again.variables[name].values, variable.values)
            assert (again.variables[name].units, again.variables[name].long_name) == (variable.units, variable.long_name)


def test_a_sweep_is_no_record(grid) -> None:
    with pytest.raises(ValueError, match="holds a sweep"):
        read_record(grid)


def test_a_write_that_breaks_leaves_nothing_and_changes_nothing(tmp_path) -> None:
    path = tmp_path / "a.h5"

    def broken(file: h5py.File) -> None:
        file["x"] = np.arange(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, broken)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, broken)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_ours_is_told(tmp_path, grid) -> None:
    assert is_ours(grid)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["x"] = 1
    (tmp_path / "text.h5").write_text("hello")
    for path, expected in (
        (other, "is not an analogdecor"),
        (tmp_path / "text.h5", "is not an analogdecor"),
        (tmp_path / "no.h5", "does not exist"),
    ):
        with pytest.raises(ValueError, match=expected):
            attributes_of(path)


def test_names() -> None:
    assert dimension("device.response.dw_min_dtod") == "device_response_dw_min_dtod"
    assert labels([1, 2.5]) == [1, 2.5]
    assert labels(["a", True, [1]]) == ["a", "true", "[1]"]
