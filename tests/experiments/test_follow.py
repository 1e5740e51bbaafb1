"""Looking on while a sweep runs."""

import json

import numpy as np
import pytest

from experiments.axes import Study, points
from experiments.follow import follow, live
from experiments.lock import lock
from experiments.manifest import NAME, read_manifest, study_of, study_tables, write_manifest
from experiments.record import Record, Variable
from experiments.shard import shard_path, write_shard
from experiments.sweep import shards_folder
from experiments.whens import When

TREE = {"data": {"name": "teacher", "features": 4}, "network": {"hidden": [3]}}
WHENS = (When({"rule.name": "fa"}, {"rule.lr": 0.5}),)
STUDY = Study(tree=TREE, axes={"rule.name": ["bp", "fa"], "train.seed": [0, 1]}, whens=WHENS, fixed=frozenset({"rule.name"}))


@pytest.fixture
def out(tmp_path):
    """A sweep that has just begun."""
    folder = shards_folder(tmp_path / "results.h5")
    folder.mkdir()
    write_manifest(folder, STUDY)
    return tmp_path / "results.h5"


def _end(out, number: int, status="ok") -> None:
    spec = points(STUDY)[number][1]
    variables = {"test_accuracy": Variable(np.array([0.0, number / 10]), "1", "test accuracy")} if status == "ok" else {}
    message = "" if status == "ok" else "Traceback\nZeroDivisionError: no"
    write_shard(shards_folder(out), Record(spec=spec.json(), spec_hash=spec.hash, status=status, variables=variables, message=message))


def test_a_study_comes_back(out) -> None:
    again = read_manifest(shards_folder(out))
    assert study_tables(again) == study_tables(STUDY)
    assert [spec.hash for _, spec in points(again)] == [spec.hash for _, spec in points(STUDY)]
    assert study_of(json.loads(json.dumps(study_tables(STUDY)))).whens == WHENS


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"study": 1, "sweep": 2, "when": 3, "fixed": 4}', "\udcff"])
def test_a_damaged_study_is_one_line(out, text) -> None:
    (shards_folder(out) / NAME).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match="is not the study of a sweep") as refused:
        live(out)
    assert "\n" not in str(refused.value)


def test_where_no_sweep_has_begun(tmp_path) -> None:
    with pytest.raises(ValueError, match="no sweep has begun"):
        live(tmp_path / "results.h5")
    with pytest.raises(ValueError, match="no sweep has begun"):
        next(follow(tmp_path / "results.h5"))


def test_what_is_there_so_far(out) -> None:
    _end(out, 0)
    _end(out, 3)
    broken = shard_path(shards_folder(out), points(STUDY)[2][1].hash)
    broken.write_bytes(b"half a run")
    before = sorted(path.name for path in out.parent.rglob("*"))
    ds = live(out)
    np.testing.assert_array_equal(ds.status, [[0, 3], [3, 0]])
    np.testing.assert_array_equal(ds.test_accuracy.isel(epoch=-1), [[0, np.nan], [np.nan, 0.3]])
    assert sorted(path.name for path in out.parent.rglob("*")) == before


def test_a_line_for_every_run_until_nobody_is_at_work(out) -> None:
    _end(out, 1)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        """The sweep goes on while the onlooker sleeps."""
        waits.append(seconds)
        if len(waits) == 1:
            _end(out, 0)
            _end(out, 3, status="failed")
        elif len(waits) == 2:
            _end(out, 2)
        else:
            held.__exit__(None, None, None)

    held = lock(shards_folder(out))
    held.__enter__()
    lines = list(follow(out, every=0.5, sleep=sleep))
    assert waits == [0.5] * 3
    assert [line.split(" ")[0] for line in lines[:-1]] == ["1/4", "2/4", "3/4", "4/4"]
    assert lines[0] == "1/4 rule.name = bp, train.seed = 1: ok, test accuracy 10.0 %"
    assert lines[2].endswith("failed: ZeroDivisionError: no")
    assert lines[-1] == "all 4 runs have ended"


def test_a_sweep_that_stopped_is_told(out) -> None:
    _end(out, 0)
    lines = list(follow(out, sleep=pytest.fail))
    assert len(lines) == 2
    assert "1 of 4 runs have ended" in lines[1]
