"""Sweeps: what is missing is run, what exists is kept, and nothing that is not ours is overwritten."""

import hashlib
import itertools
import json
from collections import Counter

import numpy as np
import pytest
import xarray as xr

from experiments import task
from experiments.axes import Study, points
from experiments.common import common
from experiments.merge import sweep_hash
from experiments.record import Record, Variable
from experiments.run import run as run_fleet
from experiments.shard import read_record
from experiments.sweep import shards_folder, sweep
from experiments.task import recorded, run_task, task_of

TREE = {
    "data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10},
    "network": {"hidden": [3]},
    "train": {"epochs": 1},
}
STUDY = Study(tree=TREE, axes={"rule.name": ["bp", "fa"], "train.seed": [0, 1, 2]})


class Runner:
    """Stands in for training: test accuracy is the seed; raises for what is named in ``broken``."""

    def __init__(self, broken=()) -> None:
        self.calls: Counter = Counter()
        self.broken = broken

    def __call__(self, specs):
        return [self.one(spec, len(specs)) for spec in specs]

    def one(self, spec, chips):
        self.calls[spec.rule.name, spec.train.seed] += 1
        if (spec.rule.name, spec.train.seed) in self.broken:
            raise ZeroDivisionError("by nothing")
        values = np.array([0.0, float(spec.train.seed)])
        chips_of = Variable(np.array(float(chips)), "1", "chips of the fleet", ())
        return Record(
            spec=spec.json(),
            spec_hash=spec.hash,
            status="ok",
            variables={"test_accuracy": Variable(values, "1", "test accuracy"), "fleet_chips": chips_of},
            attributes={"seed": str(spec.train.seed), "start_utc": f"{spec.train.seed}", "end_utc": f"{spec.train.seed}"},
        )


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results.h5"


def run(out, runner, study=STUDY):
    return sweep(study, out, workers=1, runner=runner)


def test_every_point_is_run_once_and_lands_in_its_place(out) -> None:
    runner = Runner()
    outcome = run(out, runner)
    assert outcome.all_done
    assert runner.calls == {(rule, seed): 1 for rule in ("bp", "fa") for seed in (0, 1, 2)}
    with xr.open_dataset(out) as ds:
        assert ds.test_accuracy.dims == ("rule_name", "train_seed", "epoch")
        np.testing.assert_array_equal(ds.test_accuracy.isel(epoch=-1), [[0, 1, 2], [0, 1, 2]])
        hashes = [spec.hash for _, spec in points(STUDY)]
        assert ds.spec_hash.values.ravel().tolist() == hashes
        assert (ds.attrs["start_utc"], ds.attrs["end_utc"], ds.attrs["seed"]) == ("0", "2", "0 | 1 | 2")
        assert {"spec", "sweep", "when", "sweep_hash", "command_line"} <= set(ds.attrs)


def test_shards_that_exist_are_not_run_again(out) -> None:
    run(out, Runner())
    shard = sorted(shards_folder(out).glob("*.h5"))[0]
    lost = read_record(shard)
    shard.unlink()
    out.unlink()
    again = Runner()
    run(out, again)
    assert sum(again.calls.values()) == 1
    assert read_record(shard).spec_hash == lost.spec_hash


def test_a_failed_run_is_recorded_reported_and_tried_again(out) -> None:
    outcome = run(out, Runner(broken=[("fa", 1)]))
    assert not outcome.all_done
    assert outcome.statuses == ("ok", "ok", "ok", "ok", "failed", "ok")
    assert outcome.reasons == ("ZeroDivisionError: by nothing",)
    with xr.open_dataset(out) as ds:
        assert "ZeroDivisionError: by nothing" in str(ds.message.sel(rule_name="fa", train_seed=1).values)
        assert np.isnan(ds.test_accuracy.sel(rule_name="fa", train_seed=1)).all()
    again = Runner()
    assert run(out, again).all_done
    assert again.calls == {("fa", 1): 1}


def test_a_diverged_run_is_a_result(out) -> None:
    class Diverging(Runner):
        def __call__(self, specs):
            records = super().__call__(specs)
            return [Record(spec=r.spec, spec_hash=r.spec_hash, status="diverged", variables=r.variables) for r in records]

    assert run(out, Diverging()).all_done
    again = Runner()
    run(out, again)
    assert not again.calls


def test_an_output_of_another_sweep_is_not_overwritten(out) -> None:
    run(out, Runner())
    before = out.read_bytes()
    runner = Runner()
    with pytest.raises(ValueError, match="holds the results of another request"):
        run(out, runner, Study(tree=TREE, axes={"train.seed": [0, 1]}))
    assert out.read_bytes() == before
    assert not runner.calls


def test_an_output_that_is_not_ours_is_not_overwritten(out) -> None:
    out.write_text("my thesis")
    with pytest.raises(ValueError, match="is not an analogdecor results file"):
        run(out, Runner())
    assert out.read_text() == "my thesis"
    assert not shards_folder(out).exists()


def test_a_shards_folder_that_is_a_file_is_refused(out) -> None:
    shards_folder(out).write_text("mine")
    with pytest.raises(ValueError, match="cannot write"):
        run(out, Runner())


def test_what_does_not_fit_is_refused_before_anything_is_written(out) -> None:
    runner = Runner()
    tree = {**TREE, "array": {"host": "hosted"}, "write": {"scheme": "accumulate"}}
    wrong = Study(tree=tree, axes={"device.preset": ["fefet_jerry2017_mirror", "ideal"]})
    with pytest.raises(ValueError, match="'direct'"):
        run(out, runner, wrong)
    assert not runner.calls
    assert list(out.parent.iterdir()) == []


def test_a_sweep_without_axes_is_one_run(out) -> None:
    run(out, Runner(), Study(tree=TREE))
    with xr.open_dataset(out) as ds:
        assert ds.test_accuracy.dims == ("epoch",)


def test_processes_give_what_one_process_gives(out, tmp_path) -> None:
    """The real training, on the host that follows its seed bit by bit."""
    study = Study(tree={**TREE, "array": {"host": "exact"}, "rule": {"name": "bp"}}, axes={"train.seed": [0, 1, 2]})
    sweep(study, out, workers=2)
    sweep(study, tmp_path / "alone.h5", workers=1)
    with xr.open_dataset(out) as two, xr.open_dataset(tmp_path / "alone.h5") as one:
        np.testing.assert_array_equal(two.test_loss, one.test_loss)
        assert (two.status == 0).all()


def test_no_worker_is_refused(out) -> None:
    with pytest.raises(ValueError, match="workers = 0"):
        sweep(STUDY, out, workers=0)


def test_only_the_run_at_fault_fails_with_its_fleet() -> None:
    """The others run once more, alone."""
    runner = Runner(broken=[("bp", 1)])
    specs = [spec for _, spec in points(STUDY)][:3]
    records = recorded(specs, runner)
    assert [record.status for record in records] == ["ok", "failed", "ok"]
    assert [record.spec_hash for record in records] == [spec.hash for spec in specs]
    assert runner.calls == {("bp", 0): 2, ("bp", 1): 2, ("bp", 2): 1}


def test_results_say_how_chips_were_grouped(out) -> None:
    run(out, Runner())
    with xr.open_dataset(out) as ds:
        assert ds.fleet_chips.dims == ("rule_name", "train_seed")
        assert (ds.fleet_chips == 3).all()


def test_fleets_give_what_single_runs_give(out, tmp_path) -> None:
    """The real training. Nothing but the time and the fleet differs."""
    study = Study(tree={**TREE, "rule": {"name": "bp"}}, axes={"device.c2c": [0, 1], "train.seed": [0, 1, 2]})
    run(out, run_fleet, study)
    sweep(study, tmp_path / "single.h5", workers=1, runner=lambda specs: [record for spec in specs for record in run_fleet([spec])])
    with xr.open_dataset(out) as fleets, xr.open_dataset(tmp_path / "single.h5") as single:
        assert (fleets.fleet_chips == 6).all()
        assert sorted(fleets.fleet_position.values.ravel()) == list(range(6))
        assert (single.fleet_chips == 1).all()
        differ = {name for name in fleets.variables if not fleets[name].equals(single[name])}
        assert differ == {"fleet_chips", "fleet_position", "learning_time"}


def test_an_interrupt_is_no_failed_run() -> None:
    def interrupted(specs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorded([spec for _, spec in points(STUDY)][:1], interrupted)


def test_a_task_tells_how_its_runs_ended(tmp_path) -> None:
    spec = points(STUDY)[4][1]
    (ended,) = run_task(task_of([spec], Runner(broken=[("fa", 1)])), tmp_path)
    assert (ended.spec_hash, ended.status, ended.reason) == (spec.hash, "failed", "ZeroDivisionError: by nothing")


def test_attributes_of_many_runs() -> None:
    many = [{"start_utc": "2", "end_utc": "3", "a": "x"}, {"start_utc": "1", "end_utc": "4", "a": "y", "b": "z"}]
    assert common(many) == {"start_utc": "1", "end_utc": "4", "a": "x | y", "b": "z"}


def test_the_number_of_a_sweep_is_the_hash_of_its_text() -> None:
    """As it has always been: files that are there keep theirs."""
    for hashes in ([], ["a" * 64], ["a" * 64, "", "ä"]):
        axes = {"rule.name": ["[]", "bp"], "train.seed": [0, 1]}
        text = json.dumps([axes, hashes])
        assert sweep_hash(axes, hashes) == hashlib.sha256(text.encode()).hexdigest()


def test_the_first_fleet_of_a_process_is_told_from_the_others(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(task, "_FLEETS", itertools.count())
    specs = [spec for _, spec in points(STUDY)]
    ended = [run_task(task_of(specs[start : start + 2], Runner()), tmp_path) for start in (0, 2)]
    assert [[one.warming for one in fleet] for fleet in ended] == [[True, True], [False, False]]
