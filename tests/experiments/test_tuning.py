"""Searches before a sweep: on the validation part, each condition for itself, the same whoever runs it."""

import json
import math
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest

pytest.importorskip("optuna")

from experiments.axes import Study, points
from experiments.record import Record, Variable
from experiments.report import write_report
from experiments.shard import read_record
from experiments.study import load_sweep
from experiments.sweep import TRIALS, shards_folder, sweep
from experiments.task import run_task
from experiments.tune import tune_of
from experiments.tuning import check_tune
from experiments.whens import When

TREE = {
    "data": {"name": "teacher", "features": 4, "train_samples": 40, "test_samples": 10, "validation_size": 10},
    "network": {"hidden": [3]},
    "array": {"host": "exact"},
    "train": {"epochs": 1},
}
TUNE = {"rule.lr": "1e-3:10:log", "per": ["rule.name"], "trials": 10, "seeds": [100, 101]}
BEST = {"bp": -2.0, "fa": 0.5}


def study(**changes) -> Study:
    made = Study(tree=TREE, axes={"rule.name": ["bp", "fa"], "train.seed": [0, 1]}, tune=tune_of(TUNE))
    return replace(made, **changes)


def sloped(specs) -> list[Record]:
    """Stands in for training: on the validation part the best rate is 10^-2 for bp, 10^0.5 for fa; on the test part these are the worst."""
    return [_sloped(spec) for spec in specs]


def _sloped(spec) -> Record:
    off = abs(math.log10(spec.rule.lr) - BEST[spec.rule.name]) / 4
    worth = {"validation_accuracy": 1 - off + 1e-3 * spec.train.seed, "test_accuracy": off}
    variables = {name: Variable(np.array([0.0, value]), "1", name) for name, value in worth.items()}
    return Record(spec=spec.json(), spec_hash=spec.hash, status="ok", variables=variables)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results.h5"


def tuning(out) -> dict:
    with h5py.File(out) as file:
        return json.loads(file.attrs["tuning"])


def test_each_condition_gets_the_best_of_its_own_trials_by_validation(out) -> None:
    assert sweep(study(), out, workers=1, runner=sloped, quiet=True).all_done
    found = tuning(out)["found"]
    assert [each["if"] for each in found] == [{"rule.name": "bp"}, {"rule.name": "fa"}]
    for each in found:
        assert len(each["trials"]) == 10
        best = max(each["trials"], key=lambda trial: trial["validation_accuracy"])
        assert each["set"] == best["settings"]
        off = abs(math.log10(best["settings"]["rule.lr"]) - BEST[each["if"]["rule.name"]]) / 4
        assert best["validation_accuracy"] == pytest.approx(1 - off + 1e-3 * 100.5)
        assert off < 0.4  # the nearest of ten, in four decades: a uniform search alone would be farther once in 1 700
    rates = {each["if"]["rule.name"]: each["set"]["rule.lr"] for each in found}
    with h5py.File(out) as file:
        for text in file["run_spec"].asstr()[...].ravel():
            spec = json.loads(text)
            assert spec["rule"]["lr"] == rates[spec["rule"]["name"]]
            assert spec["train"]["seed"] in (0, 1)
    trials = [read_record(path) for path in (shards_folder(out) / TRIALS).glob("*.h5")]
    assert {json.loads(record.spec)["train"]["seed"] for record in trials} == {100, 101}
    assert len(trials) == 2 * 10 * 2


def test_an_interrupted_search_goes_on_and_finds_the_same(out, tmp_path) -> None:
    left = 23

    def interrupted(specs) -> list[Record]:
        nonlocal left
        left -= len(specs)
        if left < 0:
            raise KeyboardInterrupt
        return sloped(specs)

    with pytest.raises(KeyboardInterrupt):
        sweep(study(), out, workers=1, runner=interrupted, quiet=True)
    before = {path.name for path in (shards_folder(out) / TRIALS).glob("*.h5")}
    assert 0 < len(before) < 40
    run = []

    def counted(specs) -> list[Record]:
        run.extend(spec.hash for spec in specs)
        return sloped(specs)

    assert sweep(study(), out, workers=1, runner=counted, quiet=True).all_done
    assert not {f"{name}.h5" for name in run} & before
    sweep(study(), tmp_path / "other.h5", workers=1, runner=sloped, quiet=True)
    assert tuning(out) == tuning(tmp_path / "other.h5")
    run.clear()
    assert sweep(study(), out, workers=1, runner=counted, quiet=True).all_done
    assert run == []


class Backwards:
    """Runs tasks in the opposite order."""

    workers = 2

    def run(self, tasks, folder):
        for task in reversed(list(tasks)):
            yield run_task(task, folder)


def test_who_runs_the_trials_in_which_order_changes_nothing(out, tmp_path) -> None:
    sweep(study(), out, workers=1, runner=sloped, quiet=True)
    sweep(study(), tmp_path / "other.h5", executor=Backwards(), runner=sloped, quiet=True)
    assert tuning(out) == tuning(tmp_path / "other.h5")


def test_a_best_value_at_the_edge_of_its_range_is_told(out, capsys) -> None:
    """The best rate of fa is 10^0.5, and the range ends at 10^-1."""
    narrow = tune_of({**TUNE, "rule.lr": "1e-3:0.1:log"})
    sweep(study(tune=narrow), out, workers=1, runner=sloped, quiet=True)
    (line,) = capsys.readouterr().err.splitlines()
    best = {each["if"]["rule.name"]: each for each in tuning(out)["found"]}["fa"]
    assert best["at_edge"] == ["rule.lr"]
    assert line.startswith(f"rule.name = fa: the best rule.lr, {best['set']['rule.lr']:.3g}, lies at the edge of its range")
    write_report(out, out.with_suffix(".html"))
    text = out.with_suffix(".html").read_text()
    assert "Settings found by search" in text
    assert f'<td>rule.name = fa</td><td class="number">{best["set"]["rule.lr"]:.3g} (at the edge)</td>' in text
    assert "rule.lr from 0.001 to 0.1 (log), by the validation_accuracy after the last epoch" in text


def test_a_search_without_conditions_sets_one_value_for_all(out) -> None:
    one = study(axes={"train.seed": [0, 1]}, tree={**TREE, "rule": {"name": "bp"}}, tune=tune_of({**TUNE, "per": [], "trials": 4}))
    assert sweep(one, out, workers=1, runner=sloped, quiet=True).all_done
    (found,) = tuning(out)["found"]
    with h5py.File(out) as file:
        assert {json.loads(text)["rule"]["lr"] for text in file["run_spec"].asstr()[...]} == {found["set"]["rule.lr"]}


def test_each_value_of_a_list_is_tried_once_on_a_smaller_task(out) -> None:
    listed = tune_of({"rule.lr": [1.0, 0.01, 3.0], "per": ["rule.name"], "seeds": [100], "set": {"data": {"train_samples": 20}}})
    sweep(study(tune=listed), out, workers=1, runner=sloped, quiet=True)
    found = tuning(out)
    assert (found["ranges"], found["set"]) == ({"rule.lr": [0.01, 3.0, "values 1, 0.01, 3"]}, {"data.train_samples": 20})
    for each in found["found"]:
        assert [trial["settings"]["rule.lr"] for trial in each["trials"]] == [1.0, 0.01, 3.0]
        assert each["set"]["rule.lr"] == {"bp": 0.01, "fa": 3.0}[each["if"]["rule.name"]]
        assert each["at_edge"] == ["rule.lr"]
    trials = [json.loads(read_record(path).spec) for path in (shards_folder(out) / TRIALS).glob("*.h5")]
    assert len(trials) == 6
    assert {tree["data"]["train_samples"] for tree in trials} == {20}
    with h5py.File(out) as file:
        assert {json.loads(text)["data"]["train_samples"] for text in file["run_spec"].asstr()[...].ravel()} == {40}
    write_report(out, out.with_suffix(".html"))
    assert "Trials had data.train_samples = 20." in out.with_suffix(".html").read_text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule.lr": []}, r"tune\.rule\.lr = \[\] is not accepted: a list of different numbers is"),
        ({"rule.lr": [1.0, 1.0]}, r"tune\.rule\.lr = .* a list of different numbers is"),
        ({"rule.lr": [1.0, "2"]}, r"tune\.rule\.lr = .* a list of different numbers is"),
        ({"rule.lr": [1.0], "trials": 3}, r"tune\.trials = 3 is not accepted: tune\.rule\.lr is a list"),
        ({"rule.lr": [1.0], "decorrelation.lr": "0:1"}, r"tune\.decorrelation\.lr is not accepted beside tune\.rule\.lr"),
        ({"set": {"rule": {"lr": 1.0}}}, r"tune\.set\.rule\.lr is not accepted: the search itself says"),
        ({"set": {"train": {"seed": 1}}}, r"tune\.set\.train\.seed is not accepted"),
    ],
)
def test_a_bad_list_or_setting_is_one_line(changes, message) -> None:
    wanted = {key: value for key, value in TUNE.items() if key != "trials"}
    with pytest.raises(ValueError, match=message):
        tune_of({**wanted, **changes})


def test_zipped_axes_follow_their_condition(out) -> None:
    zips = {"rule.name": {"network.activation": ["relu", "tanh"]}}
    few = tune_of({**TUNE, "trials": 1, "seeds": [100]})
    sweep(study(zips=zips, tune=few), out, workers=1, runner=sloped, quiet=True)
    trials = [json.loads(read_record(path).spec) for path in (shards_folder(out) / TRIALS).glob("*.h5")]
    assert {(tree["rule"]["name"], tree["network"]["activation"]) for tree in trials} == {("bp", "relu"), ("fa", "tanh")}


def test_the_search_trains_like_the_sweep(out) -> None:
    """The real training, once through."""
    few = tune_of({**TUNE, "trials": 2, "seeds": [100]})
    assert sweep(study(tune=few), out, workers=1, quiet=True).all_done
    for each in tuning(out)["found"]:
        for trial in each["trials"]:
            (name,) = trial["runs"]
            record = read_record(shards_folder(out) / TRIALS / f"{name}.h5")
            assert record.variables["validation_accuracy"].values[-1] == trial["validation_accuracy"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"axes": {"rule.name": ["bp"], "rule.lr": [1.0, 2.0]}}, r"tune\.rule\.lr is not accepted: the sweep"),
        ({"fixed": frozenset({"rule.lr"})}, r"tune\.rule\.lr is not accepted"),
        ({"axes": {"train.seed": [0, 1]}}, r"tune\.per = 'rule\.name' is not accepted: it is no axis"),
        (
            {"axes": {"rule.name": ["bp"], "train.seed": [0, 100]}},
            r"tune\.seeds = \[100, 101\] is not accepted: .* itself has \[100\]",
        ),
        ({"tree": {**TREE, "data": {"name": "teacher"}}}, "tune needs a validation part"),
        ({"tune": tune_of({**TUNE, "per": ["train.seed"]})}, r"tune\.per = 'train\.seed'"),
        ({"tune": tune_of({**TUNE, "set": {"data.validation_size": 0}})}, "tune needs a validation part"),
        ({"tune": tune_of({**TUNE, "set": {"data.sort": 1}})}, r"data\.sort"),
        (
            {"tune": tune_of({**TUNE, "set": {"train.epochs": 2}}), "whens": (When({"rule.name": "fa"}, {"train.epochs": 3}),)},
            r"tune\.set\.train\.epochs is not accepted: .* 'when' table sets train\.epochs in the trials, too",
        ),
        (
            {
                "tune": tune_of({**TUNE, "set": {"network.activation": "relu"}}),
                "zips": {"rule.name": {"network.activation": ["relu", "tanh"]}},
            },
            r"tune\.set\.network\.activation is not accepted: an axis in 'per'",
        ),
    ],
)
def test_an_unfair_or_impossible_search_is_refused(out, changes, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        check_tune(study(**changes))
    with pytest.raises(ValueError, match=expected):
        sweep(study(**changes), out, workers=1, runner=sloped)
    assert list(out.parent.iterdir()) == []


def test_without_optuna_the_extra_is_named(out, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ValueError, match=r"pip install 'analogdecor\[tune\]'"):
        sweep(study(), out, workers=1, runner=sloped)
    assert list(out.parent.iterdir()) == []


def test_a_failed_trial_is_told(out) -> None:
    def broken(specs) -> list[Record]:
        raise ZeroDivisionError("by nothing")

    with pytest.raises(ValueError, match="a run of the search failed: ZeroDivisionError: by nothing"):
        sweep(study(), out, workers=1, runner=broken, quiet=True)


def test_the_table_comes_from_the_file(tmp_path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('[sweep]\n"rule.name" = ["bp", "fa"]\n[tune]\n"rule.lr" = "1e-3:10:log"\nper = ["rule.name"]\nseeds = [9]\n')
    loaded = load_sweep(str(file), [])
    assert loaded.tune == tune_of({"rule.lr": "1e-3:10:log", "per": ["rule.name"], "seeds": [9]})
    assert len(points(loaded)) == 2
