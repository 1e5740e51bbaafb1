"""A real scheduler and real workers on this machine's loopback: they die, they join, and the sweep ends as it would have at home."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

pytest.importorskip("distributed")

from distributed import KilledWorker

from experiments import run as run_module
from experiments.axes import Study
from experiments.executors.choice import executor_for
from experiments.executors.cluster import AHEAD, DIED, Cluster, _written
from experiments.executors.local import Local
from experiments.executors.waiting import Waiting
from experiments.shard import read_record, shard_path
from experiments.spec import Spec
from experiments.sweep import shards_folder, sweep
from experiments.task import task_of

STUDY = Study(
    tree={
        "data": {"name": "teacher", "features": 4, "train_samples": 40, "test_samples": 10},
        "array": {"host": "exact"},
        "rule": {"name": "bp"},
        "train": {"epochs": 1},
    },
    axes={"network.hidden": [[units] for units in range(2, 14)]},
)


ROOT = Path(__file__).parents[3]
"""Workers find this module, and its runners, from here."""


class Dask:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.started = folder, []
        self.scheduler = self.start("scheduler", "--port", "0", "--scheduler-file", str(folder / "scheduler.json"))

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    def start(self, kind: str, *options: str):
        command = [sys.executable, "-m", "distributed.cli.dask_" + kind, "--host", "127.0.0.1", "--no-dashboard", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
        with (self.folder / f"{len(self.started)}.log").open("w") as log:
            self.started.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=environment))
        return self.started[-1]

    def worker(self):
        options = ("--nthreads", "1", "--no-nanny", "--scheduler-file", str(self.file), "--local-directory", str(self.folder))
        return self.start("worker", *options)

    def address(self) -> str:
        import json

        deadline = time.monotonic() + 30
        while not self.file.exists():
            assert time.monotonic() < deadline, (self.folder / "0.log").read_text()
            time.sleep(0.05)
        return json.loads(self.file.read_text())["address"]


@pytest.fixture
def dask(tmp_path):
    folder = tmp_path / "dask"
    folder.mkdir()
    started = Dask(folder)
    yield started
    for process in started.started:
        process.kill()
        process.wait()


def slow(specs):
    """Long enough to be met at work."""
    time.sleep(0.2)
    return run_module.run(specs)


class Watched:
    """An executor that does something after so many tasks."""

    def __init__(self, executor, after: int, event) -> None:
        self.executor, self.after, self.event, self.most = executor, after, event, 0
        self.workers = executor.workers

    def run(self, tasks, folder):
        taken = 0

        def counted():
            nonlocal taken
            for task in tasks:
                taken += 1
                yield task

        for count, ended in enumerate(self.executor.run(counted(), folder), start=1):
            self.most = max(self.most, taken - count)
            if count == self.after:
                self.event()
            yield ended


def test_workers_die_and_join_and_the_scheduler_is_lost(dask, tmp_path) -> None:
    first, _ = dask.worker(), dask.worker()

    def change() -> None:
        first.kill()
        dask.worker()

    with executor_for(None, dask.address()) as cluster:
        cluster.client.wait_for_workers(2, timeout=60)
        watched = Watched(cluster, 3, change)
        outcome = sweep(STUDY, tmp_path / "far.h5", executor=watched, runner=slow)
        assert first.wait(10) == -signal.SIGKILL
    assert outcome.all_done
    assert watched.most <= 3 * AHEAD  # never more under way than for the three workers there ever were
    sweep(STUDY, tmp_path / "near.h5", workers=1)
    with xr.open_dataset(tmp_path / "far.h5") as far, xr.open_dataset(tmp_path / "near.h5") as near:
        assert {name for name in near if not near[name].equals(far[name])} <= {"learning_time"}
        assert np.isfinite(near.test_loss).all()

    other = Study(tree={**STUDY.tree, "train": {"epochs": 2}}, axes=STUDY.axes)
    with executor_for(None, dask.address()) as cluster, pytest.raises(OSError, match="the scheduler is lost"):
        sweep(other, tmp_path / "lost.h5", executor=Watched(cluster, 2, dask.scheduler.kill), runner=slow)
    finished = list(shards_folder(tmp_path / "lost.h5").glob("[!.]*.h5"))
    assert 2 <= len(finished) < 12
    assert {read_record(path).status for path in finished} == {"ok"}


class Killed:
    """The future of a task that takes every worker down."""

    def result(self):
        raise KilledWorker("task", "worker", 3)


def test_a_run_that_kills_the_workers_is_a_failed_record(tmp_path) -> None:
    """A fleet is tried again chip by chip; one that kills alone has failed."""
    specs = [Spec.from_tree({"train": {"seed": seed}}) for seed in (0, 1)]
    waiting = Waiting(iter(()))
    assert _written(Killed(), task_of(specs, slow), tmp_path, waiting) == []
    assert [task.specs() for task in waiting.again] == [[spec] for spec in specs]
    assert not list(tmp_path.iterdir())
    (ended,) = _written(Killed(), waiting.again.pop(), tmp_path, waiting)
    assert (ended.status, ended.reason) == ("failed", f"RuntimeError: {DIED}")
    assert read_record(shard_path(tmp_path, specs[1].hash)).status == "failed"


@pytest.mark.parametrize("wrong", ["127.0.0.1:1", "nothing://x"])
def test_no_scheduler_is_told(wrong: str, monkeypatch) -> None:
    monkeypatch.setattr("experiments.executors.cluster.PATIENCE", "200 ms")
    with pytest.raises(ValueError, match=f"scheduler = '{wrong}' is not accepted"), executor_for(None, wrong):
        pass


def test_without_dask_the_extra_is_named(monkeypatch) -> None:
    for name in [name for name in sys.modules if name.startswith("experiments.executors.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"pip install 'analogdecor\[cluster\]'"), executor_for(None, "tcp://127.0.0.1:1"):
        pass


def test_a_cluster_without_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="workers = 0 is not accepted"), executor_for(0, "tcp://127.0.0.1:1"):
        pass


def test_workers_that_will_join_count() -> None:
    """Fleets are divided for them."""

    class Two:
        def nthreads(self):
            return {"a": 1, "b": 1}

    assert [Cluster(Two(), expected).workers for expected in (1, 2, 7)] == [2, 2, 7]


def test_without_a_scheduler_there_are_processes() -> None:
    with executor_for(3, None) as executor:
        assert executor == Local(3)
    with executor_for(None, None) as executor:
        assert executor.workers == len(os.sched_getaffinity(0))
