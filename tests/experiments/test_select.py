"""Selections: axes by key or dimension, values as text; and the file of a part."""

import numpy as np
import pytest
import xarray as xr

from experiments import grid as grid_module
from experiments.checksum import DamagedError
from experiments.grid import hashes, read_grid, records
from experiments.record import Record, Variable
from experiments.results import write_results
from experiments.select import axes_attributes, chosen, select, selection_of

AXES = {"rule.name": ["bp", "fa"], "device.c2c": [0.5, 1.0, 2.0], "network.hidden": [[8], [8, 4]]}


def _record(number: int) -> Record:
    curve = Variable(number + np.arange(3) / 10, "1", "test accuracy")
    cells = Variable(np.full((2, 3), number, dtype=np.float32), "S", "conductance", ("layer1_output", "layer1_input"))
    place = Variable(np.array(float(number)), "1", "place", ())
    variables = {"test_accuracy": curve, "cells": cells, "place": place}
    return Record(spec=f'{{"n":{number}}}', spec_hash=f"{number:064x}", status="ok", variables=variables)


@pytest.fixture
def path(tmp_path):
    found = [_record(number) for number in range(12)]
    found[7] = None
    found[8] = Record(spec="{}", spec_hash="8", status="failed", message="no")
    named = axes_attributes(AXES, [record.spec_hash if record else "" for record in found])
    write_results(tmp_path / "all.h5", AXES, found, {"spec": "{}", "note": "µ", **named})
    return tmp_path / "all.h5"


def test_a_grid_gives_back_what_was_written(path) -> None:
    grid = read_grid(path)
    assert grid.axes == AXES
    assert grid.runs == 12
    assert grid.attributes["note"] == "µ"
    assert hashes(grid)[6:9] == [f"{6:064x}", "", "8"]
    for n, record in enumerate(records(grid, range(12))):
        if n == 7:
            assert record is None
            continue
        assert record is not None
        wanted = Record(spec="{}", spec_hash="8", status="failed", message="no") if n == 8 else _record(n)
        assert (record.spec, record.spec_hash, record.status, record.message) == (
            wanted.spec,
            wanted.spec_hash,
            wanted.status,
            wanted.message,
        )
        assert set(record.variables) == set(wanted.variables)
        for name, variable in wanted.variables.items():
            again = record.variables[name]
            np.testing.assert_array_equal(again.values, variable.values)
            assert (again.units, again.long_name, again.dims) == (variable.units, variable.long_name, variable.dims)
            assert again.values.dtype == variable.values.dtype


@pytest.mark.parametrize("runs", [1, 2, 5])
@pytest.mark.parametrize("indices", [[0], [11, 3, 4, 5, 6, 0], list(range(12)), []])
def test_any_points_in_any_blocks(path, monkeypatch, runs, indices) -> None:
    monkeypatch.setattr(grid_module, "BLOCK_RUNS", runs)
    found = [record.spec_hash if record else "" for record in records(read_grid(path), indices)]
    every = hashes(read_grid(path))
    assert found == [every[index] for index in indices]


def test_selections_as_text() -> None:
    assert selection_of(["rule_name=anp,train_seed=0,1"]) == {"rule_name": ["anp"], "train_seed": ["0", "1"]}
    assert selection_of(["a.b=[8,4],[8]", "c=x"]) == {"a.b": ["[8,4]", "[8]"], "c": ["x"]}
    for wrong in ("anp", "rule_name=", "=anp", ""):
        with pytest.raises(ValueError, match="axis=value"):
            selection_of([wrong])


def test_axes_by_key_or_dimension_and_values_as_text(path) -> None:
    grid = read_grid(path)
    whole = {"rule.name": [0, 1], "device.c2c": [0, 1, 2], "network.hidden": [0, 1]}
    assert chosen(grid, {}) == whole
    assert chosen(grid, {"rule_name": ["fa"], "device.c2c": ["2", "0.50"]}) == {**whole, "rule.name": [1], "device.c2c": [0, 2]}
    assert chosen(grid, {"network_hidden": ["[8, 4]"]})["network.hidden"] == [1]
    with pytest.raises(ValueError, match=r"device_c2x.*device_c2c"):
        chosen(grid, {"device_c2x": ["1"]})
    with pytest.raises(ValueError, match=r"device.c2c = 3 is not in the file: it has 0.5, 1.0, 2.0"):
        chosen(grid, {"device.c2c": ["3"]})


def test_a_part_is_a_results_file_of_its_own(path, tmp_path) -> None:
    out = tmp_path / "part.h5"
    assert select(path, {"device.c2c": ["2", "1"], "rule.name": ["fa"]}, out) == 4
    with xr.open_dataset(path) as ds, xr.open_dataset(out) as part:
        xr.testing.assert_equal(part, ds.sel(rule_name=["fa"], device_c2c=[1.0, 2.0]))
    grid = read_grid(out)
    assert grid.axes == {"rule.name": ["fa"], "device.c2c": [1.0, 2.0], "network.hidden": [[8], [8, 4]]}
    assert grid.attributes["note"] == "µ"
    assert grid.attributes["sweep_hash"] != read_grid(path).attributes["sweep_hash"]


def test_a_part_replaces_nothing(path) -> None:
    before = path.read_bytes()
    with pytest.raises(ValueError, match="exists"):
        select(path, {}, path)
    assert path.read_bytes() == before


def test_what_is_damaged_or_not_ours_is_refused(path, tmp_path) -> None:
    (tmp_path / "text.h5").write_text("hello")
    with pytest.raises(ValueError, match="is not an analogdecor"):
        read_grid(tmp_path / "text.h5")
    with pytest.raises(ValueError, match="does not exist"):
        read_grid(tmp_path / "none.h5")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedError):
        read_grid(path)


def test_axes_that_are_not_those_of_the_file_are_refused(tmp_path) -> None:
    for sweep in ('{"rule.name": ["bp"]}', "[]", '{"rule.name": []}', "{"):
        path = tmp_path / "odd.h5"
        write_results(path, {"rule.name": ["fa"]}, [None], {"spec": "{}", "sweep": sweep})
        with pytest.raises(ValueError, match=r"odd\.h5"):
            read_grid(path)
