"""Files join over the union of their axes; the same run twice is taken once, another run at the same point is refused."""

import json

import numpy as np
import pytest
import xarray as xr

from experiments import join as join_module
from experiments.grid import read_grid
from experiments.join import join
from experiments.record import Record, Variable
from experiments.results import write_results
from experiments.select import axes_attributes


@pytest.fixture
def write(tmp_path):
    """A file: a run's number follows from its values, so that equal points hold equal runs."""

    def made(name: str, axes, *, rule="bp", seed=0, bad=(), salt="", **attributes):
        points = list(np.ndindex(*[len(values) for values in axes.values()]))
        found = []
        for at in points:
            here = {"rule.name": rule, "train.seed": seed, **{key: values[i] for (key, values), i in zip(axes.items(), at, strict=True)}}
            text = json.dumps({**here, "salt": salt}, sort_keys=True)
            if here["train.seed"] in bad:
                found.append(Record(spec=text, spec_hash=text, status="failed", message="no"))
            else:
                values = np.array([here["train.seed"] + 10.0 * (here["rule.name"] == "fa")])
                found.append(Record(spec=text, spec_hash=text, status="ok", variables={"test_accuracy": Variable(values, "1", "a")}))
        tree = {"rule": {"name": rule}, "train": {"seed": seed}}
        named = axes_attributes(axes, [record.spec_hash for record in found])
        write_results(tmp_path / name, axes, found, {"spec": json.dumps(tree), **attributes, **named})
        return tmp_path / name

    return made


@pytest.mark.parametrize("block", [1, 3, 1000])
def test_new_values_of_an_axis(write, tmp_path, monkeypatch, block) -> None:
    monkeypatch.setattr(join_module, "BLOCK_RUNS", block)
    first = write("a.h5", {"rule.name": ["bp", "fa"], "train.seed": [0, 2]}, start_utc="1", end_utc="5", host="x")
    later = write("b.h5", {"rule.name": ["bp", "fa"], "train.seed": [1, 3]}, start_utc="0", end_utc="3", host="y")
    assert join([first, later], tmp_path / "c.h5") == 8
    with xr.open_dataset(tmp_path / "c.h5") as ds:
        assert ds.train_seed.values.tolist() == [0, 1, 2, 3]
        np.testing.assert_array_equal(ds.test_accuracy[..., 0], [[0, 1, 2, 3], [10, 11, 12, 13]])
        assert (ds.status == 0).all()
        assert (ds.attrs["start_utc"], ds.attrs["end_utc"], ds.attrs["host"]) == ("0", "5", "x | y")
    assert read_grid(tmp_path / "c.h5").axes == {"rule.name": ["bp", "fa"], "train.seed": [0, 1, 2, 3]}


def test_axes_in_another_order_and_what_nobody_ran(write, tmp_path) -> None:
    first = write("a.h5", {"rule.name": ["bp"], "train.seed": [0, 1]})
    later = write("b.h5", {"train.seed": [1, 2], "rule.name": ["fa"]})
    join([first, later], tmp_path / "c.h5")
    with xr.open_dataset(tmp_path / "c.h5") as ds:
        np.testing.assert_array_equal(ds.test_accuracy[..., 0], [[0, 1, np.nan], [np.nan, 11, 12]])
        np.testing.assert_array_equal(ds.status, [[0, 0, 3], [3, 0, 0]])


def test_an_axis_that_one_file_did_not_sweep(write, tmp_path) -> None:
    first = write("a.h5", {"train.seed": [0, 1]}, rule="fa")
    later = write("b.h5", {"rule.name": ["bp", "fa"], "train.seed": [0]})
    join([first, later], tmp_path / "c.h5")
    with xr.open_dataset(tmp_path / "c.h5") as ds:
        assert ds.test_accuracy.dims == ("train_seed", "rule_name", "epoch")
        np.testing.assert_array_equal(ds.test_accuracy[..., 0], [[10, 0], [11, np.nan]])


def test_single_runs(write, tmp_path) -> None:
    files = [write(f"{seed}.h5", {}, seed=seed) for seed in (3, 1, 2)]
    join(files, tmp_path / "c.h5")
    with xr.open_dataset(tmp_path / "c.h5") as ds:
        assert ds.train_seed.values.tolist() == [1, 2, 3]
        np.testing.assert_array_equal(ds.test_accuracy[:, 0], [1, 2, 3])


def test_a_run_that_ended_goes_before_one_that_failed(write, tmp_path) -> None:
    broken = write("a.h5", {"train.seed": [0, 1]}, bad=[1])
    whole = write("b.h5", {"train.seed": [1]})
    for order in ([broken, whole], [whole, broken]):
        out = tmp_path / f"{order[0].stem}first.h5"
        join(order, out)
        with xr.open_dataset(out) as ds:
            assert ds.status.values.tolist() == [0, 0]


def test_another_run_at_the_same_point_is_refused(write, tmp_path) -> None:
    first, later = write("a.h5", {"train.seed": [0, 1]}), write("b.h5", {"train.seed": [1]}, salt="x")
    with pytest.raises(ValueError, match=r"a\.h5 and .*b\.h5 have different runs at one point"):
        join([first, later], tmp_path / "c.h5")
    assert not (tmp_path / "c.h5").exists()


def test_nothing_is_replaced(write) -> None:
    first = write("a.h5", {"train.seed": [0, 1]})
    with pytest.raises(ValueError, match="exists"):
        join([first], first)
