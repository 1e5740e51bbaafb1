"""What a sweep finds when it begins: another one at work, or what a killed one left."""

import pytest

from experiments.axes import Study
from experiments.lock import lock
from experiments.record import Record
from experiments.sweep import remove_unfinished, shards_folder, sweep

STUDY = Study(tree={"data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10}}, axes={"train.seed": [0, 1, 2]})


def done(specs) -> list[Record]:
    return [Record(spec=one.json(), spec_hash=one.hash, status="ok") for one in specs]


def never(specs) -> list[Record]:
    raise AssertionError("has run")


@pytest.fixture
def out(tmp_path):
    path = tmp_path / "results.h5"
    assert sweep(STUDY, path, workers=1, runner=done).all_done
    return path


def test_two_sweeps_on_one_output_do_not_meet(out) -> None:
    with lock(shards_folder(out)):
        before = {path.name: path.read_bytes() for path in shards_folder(out).iterdir()}
        with pytest.raises(ValueError, match="another sweep writes here"):
            sweep(STUDY, out, workers=1, runner=never)
        assert {path.name: path.read_bytes() for path in shards_folder(out).iterdir()} == before


def test_what_a_killed_sweep_was_writing_goes_and_nothing_else(out) -> None:
    (shards_folder(out) / f".{'0' * 64}.h5.abc").touch()
    (out.parent / ".results.h5.abc").touch()
    (out.parent / ".results.h5x").touch()
    remove_unfinished(out)
    assert not list(shards_folder(out).glob(".*"))
    assert [path.name for path in out.parent.glob(".*")] == [".results.h5x"]
