"""Blocks of any size give the file that one block gives."""

import h5py
import numpy as np
import pytest
import xarray as xr

from experiments import rows
from experiments.record import Record, Variable
from experiments.results import write_results

AXES = {"rule.name": ["bp", "fa", "np"], "train.seed": [0, 1, 2, 3, 4]}


def _records() -> list[Record | None]:
    """Epochs and array lines grow from run to run; one run is missing, one has no numbers."""

    def record(number: int) -> Record:
        epochs, lines = 2 + number % 4, 1 + number // 5
        curve = Variable(number + np.arange(epochs) / 10, "1", "test accuracy")
        cells = np.full((lines, 2), number, dtype=np.float32)
        cell = Variable(cells, "S", "conductance", ("layer1_output", "layer1_input"))
        variables = {"test_accuracy": curve, "cells": cell, "place": Variable(np.array(float(number)), "1", "place", ())}
        return Record(spec=f'{{"n":{number}}}', spec_hash=f"{number:064x}", status="ok", variables=variables)

    records: list[Record | None] = [record(number) for number in range(15)]
    records[4] = None
    records[9] = Record(spec="{}", spec_hash="9", status="failed", message="no")
    return records


@pytest.fixture
def whole(tmp_path):
    write_results(tmp_path / "whole.h5", AXES, _records(), {})
    return tmp_path / "whole.h5"


@pytest.mark.parametrize("block", [1, 2, 4, 7, 14])
def test_blocks_are_not_seen(whole, tmp_path, monkeypatch, block) -> None:
    monkeypatch.setattr(rows, "BLOCK_RUNS", block)
    write_results(tmp_path / "blocks.h5", AXES, iter(_records()), {})
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(whole, engine=engine) as one, xr.open_dataset(tmp_path / "blocks.h5", engine=engine) as many:
            xr.testing.assert_identical(one, many)


def test_large_records_make_small_blocks(whole, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 100)
    write_results(tmp_path / "blocks.h5", AXES, iter(_records()), {})
    with xr.open_dataset(whole) as one, xr.open_dataset(tmp_path / "blocks.h5") as many:
        xr.testing.assert_identical(one, many)


def test_what_a_run_does_not_have_is_nan(whole) -> None:
    with xr.open_dataset(whole) as ds:
        assert ds.cells.dims == ("rule_name", "train_seed", "layer1_output", "layer1_input")
        assert dict(ds.sizes) == {"rule_name": 3, "train_seed": 5, "epoch": 5, "layer1_output": 3, "layer1_input": 2}
        first = ds.cells.sel(rule_name="bp", train_seed=1)
        np.testing.assert_array_equal(first, [[1, 1], [np.nan, np.nan], [np.nan, np.nan]])
        assert ds.cells.dtype == np.float32
        np.testing.assert_array_equal(ds.place.sel(rule_name="fa"), [5, 6, 7, 8, np.nan])
        assert np.isnan(ds.cells.sel(rule_name="bp", train_seed=4)).all()
        np.testing.assert_array_equal(ds.test_accuracy.sel(rule_name="fa", train_seed=1), [6, 6.1, 6.2, 6.3, np.nan])


def test_dimensions_are_fixed_where_one_block_holds_all(whole, tmp_path, monkeypatch) -> None:
    with h5py.File(whole) as file:
        assert file["epoch"].maxshape == (5,)
    monkeypatch.setattr(rows, "BLOCK_RUNS", 4)
    write_results(tmp_path / "blocks.h5", AXES, iter(_records()), {})
    with h5py.File(tmp_path / "blocks.h5") as file:
        assert file["epoch"].maxshape == (None,)
        assert file["test_accuracy"].maxshape == (3, 5, None)
