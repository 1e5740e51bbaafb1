"""Killed at any moment, a sweep loses the runs in flight and no more, and the same call ends with the same bits.

``make test`` kills a few times; ``make soak`` sets ANALOGDECOR_KILLS to kill for as long as one likes. Times are drawn from a fixed seed.
"""

import multiprocessing
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

import cloudpickle
import h5py
import pytest
from loky import wrap_non_picklable_objects

from experiments import whole
from experiments.axes import Study, points
from experiments.lock import NAME
from experiments.run import run
from experiments.shard import read_record
from experiments.sweep import shards_folder, sweep

KILLS = int(os.environ.get("ANALOGDECOR_KILLS", "8"))
STUDY = Study(
    tree={
        "data": {"name": "teacher", "features": 4, "train_samples": 40, "test_samples": 10},
        "network": {"hidden": [3]},
        "array": {"host": "exact"},
        "train": {"epochs": 2},
    },
    axes={"rule.name": ["bp", "fa", "anp"], "network.activation": ["relu", "tanh"], "train.seed": [0, 1]},
)
RUNS = 12
TIMES = {"start_utc", "end_utc", "sweep_start_utc", "sweep_end_utc", "learning_time", "command_line", "history"}
FLEETS = {"fleet_chips", "fleet_position"}  # what is left of a fleet is a smaller one
CHECKOUT = {"git_commit", "git_dirty"}  # of the checkout that the tests run in: somebody may work in it meanwhile


@pytest.fixture(scope="module")
def process():
    """Starts processes that are there at once: forked from one that has imported everything and does nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["experiments.sweep", "experiments.data.teacher", "crossbar.exact"])
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # a test module has a name that only pytest can import

    def start(target, *arguments):
        started = context.Process(target=wrap_non_picklable_objects(target), args=arguments)
        started.start()
        return started

    yield start
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.fixture(scope="module")
def undisturbed(process, tmp_path_factory):
    """What a sweep gives that nobody kills, and the seconds that it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process(work, folder / "first.h5").join()  # also starts what all later processes are forked from
    start = time.monotonic()
    process(work, folder / "results.h5").join()
    return contents(folder / "results.h5"), time.monotonic() - start


def contents(path: Path) -> dict[str, object]:
    """Every number and text of a results file by name, but for times, commits and fleets: equal contents are the same bits."""
    with h5py.File(path) as file:
        numbers = {name: file[name][()].tobytes() if file[name].dtype.kind != "O" else file[name][()].tolist() for name in file}
        texts = {f"attribute {name}": value for name, value in file.attrs.items()}
    return {name: value for name, value in {**numbers, **texts}.items() if name.removeprefix("attribute ") not in TIMES | FLEETS | CHECKOUT}


def work(out: Path) -> None:
    sweep(STUDY, out, workers=1)


def shards(out: Path) -> dict[str, int]:
    """Finished runs and when they were written."""
    return {path.name: path.stat().st_mtime_ns for path in shards_folder(out).glob("[!.]*.h5")}


def killed(started) -> None:
    """Wait for something that is killed on its way."""
    started.join()
    assert started.exitcode == -signal.SIGKILL


def ends_like(out: Path, undisturbed) -> None:
    """The same call once more: everything is there, with the same bits, and nothing is left lying about."""
    before = shards(out)
    assert sweep(STUDY, out, workers=1).all_done
    assert contents(out) == undisturbed[0]
    after = shards(out)
    assert len(after) == RUNS
    assert before.items() <= after.items()  # what was finished has not been run again
    assert not list(out.parent.glob(".*"))
    assert not [path for path in shards_folder(out).glob(".*") if not path.name.startswith(f".{NAME}.")]
    assert not (shards_folder(out) / NAME).exists()


def test_killed_at_random_times(process, undisturbed, tmp_path) -> None:
    draws = random.Random(20261123)
    out, left = tmp_path / "results.h5", []
    for kill in range(KILLS):
        victim = process(work, out)
        victim.join(draws.uniform(0, undisturbed[1]))
        victim.kill()
        victim.join()
        left.append(len(shards(out)))
        for shard in shards_folder(out).glob("[!.]*.h5"):
            assert read_record(shard).status == "ok"
        if left[-1] == RUNS or kill == KILLS - 1:
            ends_like(out, undisturbed)
            out = tmp_path / f"results{kill}.h5"
    assert any(0 < runs < RUNS for runs in left), left


def slow(specs):
    """Long enough to be met at work."""
    time.sleep(0.2)
    return run(specs)


def work_on_two(out: Path) -> None:
    sweep(STUDY, out, workers=2, runner=slow)


def workers_of(pid: int) -> list[int]:
    """The processes that run fleets for this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"popen_loky" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except (FileNotFoundError, ProcessLookupError):
            pass  # has just ended
    return sorted(found)


@pytest.mark.skipif(KILLS < 20, reason="workers take seconds to start: make soak")
def test_workers_killed_at_random_times(process, undisturbed, tmp_path) -> None:
    """The sweep itself lives, tries the runs again, and ends; one that was met twice has failed and is run by the next call."""
    draws = random.Random(20261127)
    met = 0
    for round_ in range(max(1, KILLS // 20)):
        out = tmp_path / f"{round_}.h5"
        living = process(work_on_two, out)
        for _ in range(3):
            living.join(draws.uniform(0, 1.5))
            workers = workers_of(living.pid)
            if workers:
                os.kill(draws.choice(workers), signal.SIGKILL)
                met += 1
        living.join(120)
        assert living.exitcode == 0
        failed = [path for path in shards_folder(out).glob("[!.]*.h5") if read_record(path).status == "failed"]
        for path in failed:
            assert "worker process died" in read_record(path).message
            path.unlink()
        ends_like(out, undisturbed)
    assert met


def dies_at(out: Path, call: int, before: bool) -> None:
    """A sweep that is killed when it names its file number ``call``, just before or just after."""
    original, count = os.replace, 0

    def replace(source, target) -> None:
        nonlocal count
        counted = Path(target).suffix == ".h5"  # beside the study, which is written first
        count += counted
        if counted and count == call and before:
            os.kill(os.getpid(), signal.SIGKILL)
        original(source, target)
        if counted and count == call:
            os.kill(os.getpid(), signal.SIGKILL)

    os.replace = replace
    sweep(STUDY, out, workers=1)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("call", [1, 7, RUNS + 1])
def test_killed_in_the_middle_of_a_write(process, undisturbed, tmp_path, call: int, before: bool) -> None:
    out = tmp_path / "results.h5"
    killed(process(dies_at, out, call, before))
    assert len(shards(out)) == min(call - before, RUNS)
    ends_like(out, undisturbed)


def half_written(out: Path) -> None:
    """A sweep that is killed when half of its third shard is on the disk."""
    made, opened, shard_handles = whole.tempfile.mkstemp, whole.os.fdopen, list[int]()

    def mkstemp(prefix: str, **options):
        handle, name = made(prefix=prefix, **options)
        if prefix.endswith(".h5."):  # beside the study and the status, which is written every second
            shard_handles.append(handle)
        return handle, name

    def fdopen(handle: int, mode: str):
        if len(shard_handles) == 3 and handle == shard_handles[-1]:
            os.write(handle, b"half of it")
            os.kill(os.getpid(), signal.SIGKILL)
        return opened(handle, mode)

    whole.tempfile.mkstemp, whole.os.fdopen = mkstemp, fdopen
    sweep(STUDY, out, workers=1)


def test_killed_with_half_a_shard_on_the_disk(process, undisturbed, tmp_path) -> None:
    out = tmp_path / "results.h5"
    killed(process(half_written, out))
    assert len(list(shards_folder(out).glob(".*.h5.*"))) == 1
    ends_like(out, undisturbed)


def on_a_full_disk(out: Path, bytes_left: int, told) -> None:
    """A sweep of which no file can grow beyond ``bytes_left``: write(2) fails as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))
    try:
        sweep(STUDY, out, workers=1)
    except OSError as error:
        told.send((error.strerror, error.filename))


def test_a_full_disk_is_told_and_loses_nothing(process, undisturbed, tmp_path) -> None:
    out = tmp_path / "results.h5"
    with pytest.raises(KeyboardInterrupt):
        sweep(STUDY, out, workers=1, runner=_interrupted_after(2))
    listen, tell = multiprocessing.Pipe()
    started = process(on_a_full_disk, out, 9000, tell)
    assert listen.poll(60)
    reason, name = listen.recv()
    started.join()
    assert reason == "File too large"
    assert Path(name).parent == shards_folder(out)
    assert len(shards(out)) == 2 * 2
    ends_like(out, undisturbed)


def test_a_disk_that_is_full_when_all_is_done_is_told(process, undisturbed, tmp_path) -> None:
    """Every shard fits, the merged file does not."""
    out = tmp_path / "results.h5"
    assert sweep(STUDY, out, workers=1).all_done
    largest = max(path.stat().st_size for path in shards_folder(out).glob("*.h5"))
    assert out.stat().st_size > largest + 4096
    out.unlink()
    listen, tell = multiprocessing.Pipe()
    started = process(on_a_full_disk, out, largest + 2048, tell)
    assert listen.poll(60)
    assert listen.recv() == ("File too large", str(out))
    started.join()
    ends_like(out, undisturbed)


def _interrupted_after(fleets: int):
    count = 0

    def runner(specs):
        nonlocal count
        count += 1
        if count > fleets:
            raise KeyboardInterrupt
        return run(specs)

    return runner


def test_the_study_has_as_many_runs_as_the_tests_assume() -> None:
    assert len(points(STUDY)) == RUNS
