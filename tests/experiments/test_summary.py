"""A results file in numbers, against numpy on the numbers that were written."""

import h5py
import numpy as np
import pytest

from experiments.summary import Axis, read_results, settings

AXES = {"device.c2c": [0.0, 1.0, 2.0], "rule.name": ["bp", "anp"], "train.seed": [0, 1, 2]}


def accuracy(at):
    return 0.9 - 0.1 * at["device.c2c"] - 0.2 * (at["rule.name"] == "anp") + 0.013 * at["train.seed"] ** 2


def test_mean_and_spread_over_the_seeds(results_file, curves):
    results = read_results(results_file(AXES, lambda at: curves(0.1, accuracy(at))))
    assert [axis.name for axis in results.factors] == ["device_c2c", "rule_name"]
    for condition in results.conditions:
        at = {"device.c2c": AXES["device.c2c"][condition.setting["device_c2c"]], "rule.name": ["bp", "anp"][condition.setting["rule_name"]]}
        seeds = [accuracy({**at, "train.seed": seed}) for seed in (0, 1, 2)]
        assert condition.accuracy == pytest.approx(np.mean(seeds), abs=1e-12)
        assert condition.accuracy_sd == pytest.approx(np.std(seeds, ddof=1), abs=1e-12)
        assert condition.statuses == {"ok": 3}
        assert (condition.pulses_per_cell, condition.energy) == (10.0, 1e-9)


def test_a_run_that_is_not_ok_is_left_out_of_the_mean_and_counted(results_file, curves):
    def run(at):
        return "failed: why" if at["train.seed"] == 1 else "missing" if at["train.seed"] == 2 else curves(0.1, 0.6)

    results = read_results(results_file({"train.seed": [0, 1, 2]}, run))
    (condition,) = results.conditions
    assert condition.accuracy == 0.6
    assert np.isnan(condition.accuracy_sd)
    assert condition.statuses == {"ok": 1, "failed": 1, "missing": 1}


def test_a_diverged_run_is_left_out_although_it_has_numbers(results_file, curves):
    path = results_file({"train.seed": [0, 1]}, lambda at: curves(0.1, 0.5 + 0.4 * at["train.seed"]))
    with h5py.File(path, "r+") as file:
        file["status"][1] = 1
    (condition,) = read_results(path).conditions
    assert condition.accuracy == 0.5
    assert condition.statuses == {"ok": 1, "diverged": 1}


def test_the_best_is_a_condition_without_losses_before_its_survivors(results_file, curves):
    def run(at):
        if at["rule.name"] == "fa":
            return curves(0.1, 0.99) if at["train.seed"] == 0 else "failed"
        return curves(0.1, 0.8 if at["rule.name"] == "bp" else 0.7)

    results = read_results(results_file({"rule.name": ["anp", "bp", "fa"], "train.seed": [0, 1]}, run))
    assert results.words(results.best().setting) == "rule bp"


def test_the_last_epoch_is_each_runs_own(results_file, curves):
    results = read_results(
        results_file({"train.epochs": [1, 3]}, lambda at: curves(*np.linspace(0.1, 0.2 * at["train.epochs"], 1 + at["train.epochs"])))
    )
    assert [c.accuracy for c in results.conditions] == pytest.approx([0.2, 0.6])
    assert [c.pulses_per_cell for c in results.conditions] == [10.0, 30.0]


def test_a_file_without_a_single_number(results_file):
    results = read_results(results_file({"rule.name": ["bp", "fa"]}, lambda at: "failed: no"))
    assert results.best() is None
    assert all(np.isnan(c.accuracy) for c in results.conditions)
    assert results.counts() == {"failed": 2}


def test_the_spec_s_own_value_on_an_axis(results_file, curves):
    tree = {"device": {"c2c": 2}, "rule": {"name": "fa"}, "train": {"batch_size": 32}}
    axes = {"device.c2c": [0.0, 2.0], "rule.name": ["bp", "fa"], "train.batch_size": [16, 32, 64], "device.d2d": [3.0, 4.0]}
    results = read_results(results_file(axes, lambda at: curves(0.1, 0.2), tree=tree))
    assert [results.base(axis) for axis in results.axes] == [1, 1, 1, 0]  # d2d is 1 in the spec: not on the axis


def test_a_single_run_has_one_condition_without_axes(results_file, curves):
    results = read_results(results_file({}, lambda at: curves(0.1, 0.7)))
    assert results.axes == ()
    assert [c.accuracy for c in results.conditions] == [0.7]


def test_settings_are_the_product_with_the_last_axis_fastest():
    axes = (Axis("a", (1, 2)), Axis("b", ("x", "y")))
    assert list(settings(axes)) == [{"a": 0, "b": 0}, {"a": 0, "b": 1}, {"a": 1, "b": 0}, {"a": 1, "b": 1}]
    assert list(settings(())) == [{}]


def test_headings_are_the_first_words_and_the_unit(results_file, curves):
    results = read_results(results_file({}, lambda at: curves(0.1, 0.7)))
    assert results.title("energy") == "Energy of all pulses [J]"
    assert results.title("decorrelation_loss") == "Correlation of the layers' inputs"


@pytest.mark.parametrize("kind", ["absent", "text", "hdf5", "truncated"])
def test_a_file_that_is_not_ours_is_one_clear_line(kind, tmp_path, results_file, curves):
    path = tmp_path / "other.h5"
    if kind == "text":
        path.write_text("not HDF5")
    if kind == "hdf5":
        with h5py.File(path, "w") as file:
            file["x"] = 1.0
    if kind == "truncated":
        path.write_bytes(results_file({}, lambda at: curves(0.1, 0.7)).read_bytes()[:3000])
    with pytest.raises(ValueError) as caught:
        read_results(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
