"""One task of a sweep: a fleet, from its specs to its shards. It runs in a worker, in this process or far away."""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from experiments import provenance
from experiments.record import Record, Status
from experiments.run import failed
from experiments.shard import write_shard
from experiments.spec import Spec, Tree

Runner = Callable[[Sequence[Spec]], Sequence[Record]]
"""Runs one fleet: one record per spec."""


@dataclass(frozen=True)
class Task:
    """What a worker is given. Plain tables, because they are smaller than specs on their way to it.

    Attributes:
        trees: the specs of one fleet.
        runner: runs it.
    """

    trees: tuple[Tree, ...]
    runner: Runner

    def specs(self) -> list[Spec]:
        """The specs of the fleet."""
        return [Spec.from_tree(tree) for tree in self.trees]

    def alone(self) -> list["Task"]:
        """The same runs, each on its own."""
        return [Task((tree,), self.runner) for tree in self.trees]


@dataclass(frozen=True)
class Ended:
    """How one run ended.

    Attributes:
        spec_hash: which run.
        status: how.
        reason: last line of the traceback of a failed run.
        seconds: its share of the time that its fleet took.
        warming: whether its fleet was the first of its process, which loads and compiles what the others then have.
    """

    spec_hash: str
    status: Status
    reason: str
    seconds: float = 0.0
    warming: bool = False


def task_of(specs: Iterable[Spec], runner: Runner) -> Task:
    """The task of one fleet."""
    return Task(tuple(spec.tree() for spec in specs), runner)


def run_task(task: Task, folder: Path) -> list[Ended]:
    """Run one fleet and write its shards. An exception in a run is its result: a failed record with the traceback.

    Raises:
        OSError: a shard cannot be written; then there is none.
    """
    torch.set_num_threads(1)
    pairs = timed(task)
    for _, record in pairs:
        write_shard(folder, record)
    return [ended for ended, _ in pairs]


def timed(task: Task) -> list[tuple[Ended, Record]]:
    """Run one fleet: how every run ended, and its record."""
    start, warming = time.monotonic(), next(_FLEETS) == 0
    records = recorded(task.specs(), task.runner)
    share = (time.monotonic() - start) / len(task.trees)
    return [(Ended(record.spec_hash, record.status, last_line(record.message), share, warming), record) for record in records]


_FLEETS = itertools.count()
"""Fleets that this process has run."""


def died(task: Task, why: str, folder: Path) -> list[Ended]:
    """The failed records of a fleet that took its worker down."""
    error = RuntimeError(why)
    records = [failed(spec, error, provenance.now()) for spec in task.specs()]
    for record in records:
        write_shard(folder, record)
    return [Ended(record.spec_hash, record.status, last_line(record.message)) for record in records]


def recorded(specs: Sequence[Spec], runner: Runner) -> Sequence[Record]:
    """The records of a fleet. Where the runner raises, every chip runs alone, so that only those at fault have a failed record."""
    started = provenance.now()
    try:
        return runner(specs)
    except Exception as error:
        if len(specs) == 1:
            return [failed(specs[0], error, started)]
    return [record for spec in specs for record in recorded([spec], runner)]


def last_line(message: str) -> str:
    """What a traceback says in the end."""
    return message.strip().splitlines()[-1] if message else ""
