"""Processes of this machine: they die, they are stopped, and the sweep knows what became of every run."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import cloudpickle
import pytest

from experiments.executors.local import DIED, Local
from experiments.record import Record
from experiments.shard import read_record, shard_path
from experiments.spec import Spec
from experiments.task import Task, task_of


@pytest.fixture(autouse=True)
def _by_value():
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # a test module has a name that only pytest can import
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def spec(seed: int) -> Spec:
    return Spec.from_tree({"train": {"seed": seed}})


def done(specs) -> list[Record]:
    return [Record(spec=one.json(), spec_hash=one.hash, status="ok", attributes={"pid": str(os.getpid())}) for one in specs]


def test_one_worker_is_this_process(tmp_path) -> None:
    (ended,) = list(Local(1).run([task_of([spec(0), spec(1)], done)], tmp_path))
    assert [one.status for one in ended] == ["ok", "ok"]
    assert read_record(shard_path(tmp_path, spec(1).hash)).attributes["pid"] == str(os.getpid())


def test_no_worker_is_refused() -> None:
    with pytest.raises(ValueError, match="workers = 0 is not accepted"):
        Local(0)


def test_runs_whose_worker_dies_are_tried_again_alone_and_then_failed(tmp_path) -> None:
    """Seed 1 kills its worker every time, and with it, once, seed 2; tasks are taken when there is somebody to run them."""
    tried, taken = tmp_path / "tried", []

    def deadly(specs) -> list[Record]:
        if 1 in [one.train.seed for one in specs]:
            with tried.open("a") as file:
                file.write(str(len(specs)))
            os.kill(os.getpid(), signal.SIGKILL)
        return done(specs)

    def tasks():
        for seeds in ([0], [1, 2], [3], [4], [5], [6], [7]):
            taken.extend(seeds)
            yield task_of(map(spec, seeds), deadly)

    ended = {}
    with closing(Local(2).run(tasks(), tmp_path)) as all_ended:
        for (one,) in all_ended:
            ended[one.spec_hash] = (one.status, one.reason)
            assert len(taken) <= len(ended) + 4  # two of two, of which one may have died
    expected = {spec(seed).hash: ("ok", "") for seed in range(8)} | {spec(1).hash: ("failed", f"RuntimeError: {DIED}")}
    assert ended == expected
    assert tried.read_text() == "21"
    assert read_record(shard_path(tmp_path, spec(1).hash)).status == "failed"
    pids = {read_record(path).attributes.get("pid", "") for path in tmp_path.glob("*.h5")}
    assert str(os.getpid()) not in pids


def test_what_cannot_be_written_stops_the_sweep(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        list(Local(1).run([task_of([spec(0)], done)], tmp_path / "nowhere"))


SWEEP = """
import os, sys, time
from pathlib import Path
from experiments import sweep, task
from experiments.cli import main

def slow(specs):
    from experiments.run import run
    Path(f"worker{os.getpid()}").touch()
    time.sleep(0.1)
    return run(specs)

original = sweep.sweep
sweep.sweep = lambda *arguments, **options: original(*arguments, **options, runner=slow)
main(sys.argv[1:])
"""
REQUEST = "data.name=teacher data.features=4 data.train_samples=40 data.test_samples=10 network.hidden=[3] train.epochs=1 array.host=exact"
AXES = "rule.name=bp,fa network.activation=relu,tanh network.hidden=[2],[3],[4],[5],[6] data.train_samples=40,50 --workers 2"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_sweep_that_is_stopped_leaves_no_worker_and_says_how_to_go_on(tmp_path, sent) -> None:
    """Ctrl-C reaches every process of the terminal; kill -9 the sweep alone."""
    command = [sys.executable, "-W", "error", "-c", SWEEP, "sweep", *REQUEST.split(), *AXES.split()]
    sweep = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert sweep.stderr is not None
    first = sweep.stderr.readline()
    assert first.startswith("1/40"), first + sweep.stderr.read()
    os.killpg(sweep.pid, sent) if sent == signal.SIGINT else sweep.kill()
    told = sweep.stderr.read() if sent == signal.SIGINT else ""
    assert sweep.wait(20) == (130 if sent == signal.SIGINT else -sent)
    if sent == signal.SIGINT:
        assert told.splitlines()[-1] == "analogdecor: stopped; what is finished is kept, and the same command goes on from there"
        assert "Traceback" not in told
    sweep.stderr.close()
    workers = [int(path.name.removeprefix("worker")) for path in tmp_path.glob("worker*")]
    assert workers
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    finished = list((tmp_path / "results.h5.runs").glob("[!.]*.h5"))
    assert 1 <= len(finished) < 40
    assert {read_record(path).status for path in finished} == {"ok"}


def test_a_task_is_a_value() -> None:
    assert task_of([spec(0)], done) == Task((spec(0).tree(),), done)
