"""A run once more: the same bits, and every way in which they are not."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.axes import Study
from experiments.record import Variable
from experiments.rerun import compare, rerun
from experiments.results import write_results
from experiments.run import run
from experiments.shard import read_record, write_record
from experiments.spec import Spec
from experiments.sweep import shards_folder, sweep

TREE = {
    "data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10},
    "network": {"hidden": [3]},
    "rule": {"name": "bp", "lr": 0.1},
    "train": {"epochs": 1},
}
STUDY = Study(tree=TREE, axes={"device.c2c": [0.5, 2.0], "train.seed": [0, 1]})


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("rerun") / "results.h5"
    assert sweep(STUDY, out, workers=1).all_done
    return out


def test_the_same_bits_as_in_the_sweep(results) -> None:
    comparison = rerun(results, {"device_c2c": ["2"], "train.seed": ["1"]})
    assert comparison.same, comparison.lines()
    assert {"test_accuracy", "test_loss", "pulses"} <= set(comparison.compared)
    assert "the same bits" in comparison.lines()[-1]


def test_a_single_run_needs_no_selection(results, tmp_path) -> None:
    shard = sorted(shards_folder(results).glob("*.h5"))[0]
    assert rerun(shard, {}).same


def test_one_run_is_selected(results) -> None:
    with pytest.raises(ValueError, match=r"2 runs are selected, one is accepted: name device\.c2c"):
        rerun(results, {"train_seed": ["1"]})


def test_a_missing_run_has_nothing_to_compare_with(tmp_path) -> None:
    write_results(tmp_path / "a.h5", {}, [None], {"spec": "{}"})
    with pytest.raises(ValueError, match="is missing"):
        rerun(tmp_path / "a.h5", {})


def test_a_spec_that_was_changed_is_seen(results, tmp_path) -> None:
    record = read_record(sorted(shards_folder(results).glob("*.h5"))[0])
    write_record(tmp_path / "a.h5", replace(record, spec=record.spec.replace('"epochs":1', '"epochs":2')))
    with pytest.raises(ValueError, match="another hash"):
        rerun(tmp_path / "a.h5", {})


def test_other_bits_are_told(results) -> None:
    record = read_record(sorted(shards_folder(results).glob("*.h5"))[0])

    def changed(specs):
        (now,) = run(specs)
        loss = now.variables["test_loss"]
        off = replace(loss, values=loss.values + np.array([0, 0.25]))
        more = {**now.variables, "test_loss": off, "news": Variable(np.array([1.0]), "1", "new")}
        return [replace(now, variables={name: v for name, v in more.items() if name != "pulses"})]

    spec = Spec.from_tree(TREE)
    seed, c2c = int(record.attributes["seed"]), record.spec.split('"c2c":')[1].split(",")[0]
    comparison = rerun(results, {"train_seed": [str(seed)], "device.c2c": [c2c]}, changed)
    assert not comparison.same
    assert comparison.differing["test_loss"] == pytest.approx(0.25)
    assert comparison.lost == ("news", "pulses")
    assert any(line.startswith("seeding: ") for line in comparison.lines())
    assert spec.hash != record.spec_hash


def test_comparisons(results) -> None:
    record = read_record(sorted(shards_folder(results).glob("*.h5"))[0])

    def with_loss(*values: float):
        return replace(record, variables={"test_loss": Variable(np.array(values, dtype=float), "1", "loss")})

    def differing(then, now) -> dict[str, float]:
        return dict(compare(then, now, {}, {}).differing)

    assert differing(with_loss(1, 2, np.nan), with_loss(1, 2)) == {}, "fewer epochs than the file has"
    assert np.isnan(differing(with_loss(1, 2, 3), with_loss(1, 2))["test_loss"])
    assert np.isnan(differing(with_loss(1, 2), with_loss(1, 2, 3))["test_loss"])
    assert np.isnan(differing(with_loss(1, np.nan), with_loss(1, 2))["test_loss"])
    assert differing(with_loss(1, np.nan), with_loss(1.5, np.nan)) == {"test_loss": 0.5}
    ended = compare(with_loss(1), replace(with_loss(1), status="diverged"), {}, {})
    assert not ended.same


def test_other_packages_are_told(results) -> None:
    record = read_record(sorted(shards_folder(results).glob("*.h5"))[0])
    other = compare(record, replace(record, status="failed"), {"numpy_version": "0.1", "note": "x"}, {}).other
    assert other["numpy_version"][0] == "0.1"
    assert "note" not in other


def test_what_is_not_seedable_is_said(tmp_path) -> None:
    tree = {**TREE, "array": {"host": "hosted"}}
    sweep(Study(tree=tree), tmp_path / "h.h5", workers=1)
    comparison = rerun(tmp_path / "h.h5", {})
    assert comparison.same or any("not seeded" in line for line in comparison.lines())
    assert any("not seeded" in text for text in comparison.seeding.values())
