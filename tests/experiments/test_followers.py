"""Keys that go in step with an axis are labels along it."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from experiments.axes import Study
from experiments.grid import read_grid, records
from experiments.info import info
from experiments.select import select
from experiments.sweep import sweep
from experiments.table import results_table

STUDY = Study(
    tree={
        "data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10},
        "network": {"hidden": [3]},
        "array": {"host": "exact"},
        "train": {"epochs": 1},
    },
    axes={"train.seed": [0, 1], "rule.name": ["bp", "fa"]},
    zips={"rule.name": {"rule.lr": [0.5, 0.25], "network.activation": ["relu", "tanh"]}},
)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    path = tmp_path_factory.mktemp("zipped") / "results.h5"
    assert sweep(STUDY, path, workers=1, quiet=True).all_done
    return path


def test_xarray_has_them_as_coordinates(out) -> None:
    with xr.open_dataset(out) as ds:
        assert ds.test_loss.dims == ("train_seed", "rule_name", "epoch")
        assert ds.rule_lr.dims == ("rule_name",)
        np.testing.assert_array_equal(ds.rule_lr, [0.5, 0.25])
        assert ds.network_activation.values.tolist() == ["relu", "tanh"]
        assert {"rule_lr", "network_activation"} <= set(ds.coords)
        assert not {"rule_lr", "network_activation"} & set(ds.data_vars)
        assert float(ds.test_loss.sel(rule_name="fa").rule_lr) == 0.25


def test_netcdf_reads_them(out) -> None:
    with netCDF4.Dataset(out) as file:
        assert file["rule_lr"].dimensions == ("rule_name",)
        assert file["rule_lr"].long_name == "rule.lr"


def test_they_are_not_taken_for_measured(out, tmp_path) -> None:
    grid = read_grid(out)
    (first, *_) = records(grid, [0, 1, 2, 3])
    assert first is not None
    assert not {"rule_lr", "network_activation"} & set(first.variables)
    assert select(out, {"rule_name": ["fa"]}, tmp_path / "fa.h5") == 2
    with xr.open_dataset(tmp_path / "fa.h5") as ds:
        assert "coordinates" not in ds.attrs
        assert ds.test_loss.dims == ("train_seed", "rule_name", "epoch")


def test_table_and_sheet_are_made_all_the_same(out) -> None:
    assert results_table(out).row_count
    assert info(out)
