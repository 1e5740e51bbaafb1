"""The account of a sweep: status file, signs of life, and what is shown."""

import json

import pytest

from experiments import beats as beats_module
from experiments import watch as watch_module
from experiments.beats import Beat, Beating, beats
from experiments.cost import cost_of, kind_of
from experiments.progress import Silence
from experiments.spec import Spec
from experiments.status import NAME
from experiments.task import Ended
from experiments.watch import Watch, watching

TREE = {"data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10}, "rule": {"name": "bp"}}


def spec(**train) -> Spec:
    return Spec.from_tree({**TREE, "array": {"host": "exact"}, "train": {"epochs": 2, **train}})


class Shown(Silence):
    def __init__(self) -> None:
        self.lines, self.beats = [], []

    def ended(self, line, seconds_left) -> None:
        self.lines.append(line)

    def running(self, beats, names, seconds_left) -> None:
        self.beats.append(beats)


def status(folder) -> dict:
    return json.loads((folder / NAME).read_text())


def test_the_status_file_counts_what_ended(tmp_path) -> None:
    specs = [spec(seed=seed) for seed in range(4)]
    names = {one.hash: f"seed {number}" for number, one in enumerate(specs)}
    shown = Shown()
    watch = Watch(tmp_path, names, specs[1:], 2, shown)
    watch.tick()
    assert (status(tmp_path)["before"], status(tmp_path)["seconds_left"], status(tmp_path)["stage"]) == (1, None, "running")
    watch.ended([Ended(specs[1].hash, "ok", "", 0.5), Ended(specs[2].hash, "failed", "Error: x", 0.5)])
    watch.tick()
    now = status(tmp_path)
    assert (now["runs"], now["before"], now["ok"], now["failed"], now["diverged"], now["workers"]) == (4, 1, 1, 1, 0, 2)
    assert now["seconds_left"] > 0
    assert now["runs_per_second"] > 0
    assert {"pid", "host", "updated_utc", "running"} <= set(now)
    assert shown.lines == ["seed 1: ok", "seed 2: failed: Error: x"]


def test_the_last_word_is_how_it_ended(tmp_path) -> None:
    with watching(tmp_path, {}, [], 1, quiet=True):
        assert status(tmp_path)["stage"] == "running"
    assert status(tmp_path)["stage"] == "finished"
    with pytest.raises(KeyboardInterrupt), watching(tmp_path, {}, [], 1, quiet=True):
        raise KeyboardInterrupt
    assert status(tmp_path)["stage"] == "stopped"


def test_a_status_that_cannot_be_written_stops_nothing(tmp_path) -> None:
    Watch(tmp_path / "nowhere", {}, [], 1, Silence()).tick()
    assert not (tmp_path / "nowhere").exists()


def test_a_fleet_gives_signs_of_life_and_takes_them_away(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(beats_module, "PAUSE", 0.0)
    seen = []
    original = beats_module.write_bytes

    def written(path, data, *, durable) -> None:
        original(path, data, durable=durable)
        seen.extend(beats(tmp_path))

    monkeypatch.setattr(beats_module, "write_bytes", written)
    specs = [spec(seed=seed) for seed in range(3)]
    records = Beating(tmp_path)(specs)
    assert [record.status for record in records] == ["ok"] * 3
    assert seen == [Beat(specs[0].hash, 3, epoch, 2) for epoch in range(3)]
    assert beats(tmp_path) == []


def test_without_the_folder_a_fleet_runs_all_the_same(tmp_path) -> None:
    assert Beating(tmp_path / "elsewhere")([spec()])[0].status == "ok"


def test_kinds_share_what_takes_time() -> None:
    assert kind_of(spec(seed=0)) == kind_of(spec(seed=1))
    assert kind_of(spec(epochs=3)) != kind_of(spec())


@pytest.mark.parametrize("key", ["epochs", "hidden", "train_samples"])
def test_more_work_costs_more(key: str) -> None:
    trees = {
        "epochs": {"train": {"epochs": 9}},
        "hidden": {"network": {"hidden": [99]}},
        "train_samples": {"data": {**TREE["data"], key: 99}},
    }
    base = {**TREE, "train": {"epochs": 3}}
    assert cost_of(Spec.from_tree({**base, **trees[key]})) > cost_of(Spec.from_tree(base))


def test_what_runs_is_shown_while_it_runs(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(watch_module, "TICK", 0.01)
    (tmp_path / "a.beat").write_text(json.dumps({"spec_hash": "a", "chips": 1, "epoch": 1, "epochs": 2}))
    with watching(tmp_path, {"a": "seed 0"}, [], 1, quiet=True):
        while status(tmp_path)["running"] != [{"spec_hash": "a", "chips": 1, "epoch": 1, "epochs": 2}]:
            pass
