"""What a sweep is going to do, without doing it: how many runs, in which fleets, for how long."""

import dataclasses
import heapq
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from experiments.axes import Study, points
from experiments.cost import cost_of, kind_of
from experiments.grouping import groups, memory_for
from experiments.outputs import check_output, check_replaceable
from experiments.progress import duration
from experiments.run import PROBE, prepare, train
from experiments.spec import Spec
from experiments.splits import Part, Splits
from experiments.sweep import Runs, check_parts, own_hash, shards_folder
from experiments.tune import Tune
from experiments.tuning import check_tune, first_round

KINDS = 12
"""Kinds of runs that are measured; others are weighed against them."""

BATCHES = 2
"""Batches that are learnt to measure a kind, and"""

SAMPLES = 256
"""samples that are evaluated."""


@dataclass(frozen=True)
class Plan:
    """What a sweep is going to do.

    Attributes:
        runs: how many there are.
        ended: how many of them have their shard.
        fleets: chips of every fleet to come.
        kinds: how many kinds of runs take different times.
        measured: how many kinds have been measured.
        workers: how many fleets run at a time.
        seconds: until the end.
        trials: runs of a search that comes before; some may have been done.
    """

    runs: int
    ended: int
    fleets: tuple[int, ...]
    kinds: int
    measured: int
    workers: int
    seconds: float
    trials: int = 0

    def text(self) -> str:
        """In words, a line each."""
        sizes = sorted(set(self.fleets))
        size = f" of {sizes[0]}{f' to {sizes[-1]}' if len(sizes) > 1 else ''} chips" if sizes else ""
        search = f"{self.trials} runs of a search before\n" if self.trials else ""
        return (
            f"{search}{self.runs} runs, {self.ended} of them done\n"
            f"{len(self.fleets)} fleets{size} on {self.workers} workers\n"
            f"about {duration(self.seconds)} (a few batches measured for {self.measured} of {self.kinds} kinds of runs; "
            "starting the workers and compiling not counted)\n"
            "nothing has been written"
        )


def plan(study: Study, out: Path, workers: int) -> Plan:
    """What ``sweep`` would do with the same arguments.

    Raises:
        ValueError: the request is wrong.
    """
    torch.set_num_threads(1)  # as in a worker
    found = points(study)
    if study.tune is None:
        check_output(out, "sweep_hash", own_hash(study, found))
    else:  # its rates, and with them its hash, are not known yet
        check_tune(study)
        check_replaceable(out)
    every = Runs(found.runs(), found.spec, str)
    check_parts(spec for _, spec in found)
    missing = every.missing(shards_folder(out), _not_told)
    fleets = list(groups(missing, workers=workers, memory=partial(memory_for, workers)))
    per_run, measured = _seconds(fleets)
    made = Plan(
        runs=len(every),
        ended=len(every) - len(missing),
        fleets=tuple(len(fleet) for fleet in fleets),
        kinds=len(per_run),
        measured=measured,
        workers=workers,
        seconds=_makespan(fleets, per_run, workers),
    )
    return made if study.tune is None else _with_search(made, study, study.tune)


def _with_search(made: Plan, study: Study, tune: Tune) -> Plan:
    """The plan with what the search takes: as many rounds as there are, each like the first."""
    specs = first_round(study)
    fleets = list(groups(specs, workers=made.workers, memory=partial(memory_for, made.workers)))
    per_run, _ = _seconds(fleets)
    trials = len(tune.conditions(study.axes)) * tune.trials * len(tune.seeds)
    seconds = _makespan(fleets, per_run, made.workers) * trials / len(specs)
    return dataclasses.replace(made, trials=trials, seconds=made.seconds + seconds)


def _makespan(fleets: Sequence[Sequence[Spec]], per_run: Mapping[str, float], workers: int) -> float:
    return makespan([len(fleet) * per_run[kind_of(fleet[0])] for fleet in fleets], workers)


def _not_told(_: str) -> None:
    """A damaged shard is run again; the sweep itself will tell."""


def makespan(seconds: Sequence[float], workers: int) -> float:
    """When the last of these tasks ends, each taken in order by whoever is free."""
    free = [0.0] * workers
    for one in seconds:
        heapq.heapreplace(free, free[0] + one)
    return max(free)


def _seconds(fleets: Sequence[Sequence[Spec]]) -> tuple[Mapping[str, float], int]:
    """Kind -> seconds per run; and how many kinds have been measured: the dearest ones."""
    examples: dict[str, Sequence[Spec]] = {}
    for fleet in fleets:
        examples.setdefault(kind_of(fleet[0]), fleet)
    costs = {kind: cost_of(fleet[0]) for kind, fleet in examples.items()}
    dearest = sorted(examples, key=lambda kind: -costs[kind])[:KINDS]
    measured = {kind: seconds_of(examples[kind]) / len(examples[kind]) for kind in dearest}
    unit = sum(measured.values()) / max(sum(costs[kind] for kind in dearest), 1e-9)
    return {kind: measured.get(kind, unit * costs[kind]) for kind in examples}, len(measured)


def seconds_of(specs: Sequence[Spec]) -> float:
    """How long one fleet takes, from a few of its batches and samples."""
    start = time.perf_counter()
    fleet, splits = prepare(specs)
    setting_up = time.perf_counter() - start
    settings = specs[0].train
    small = _part_of(splits, BATCHES * settings.batch_size)
    once = dataclasses.replace(fleet, specs=tuple(_one_epoch(spec) for spec in specs))
    train(once, small)  # compiles
    start = time.perf_counter()
    records = train(once, small)
    seconds = time.perf_counter() - start
    learning = len(specs) * float(records[0].variables["learning_time"].values[-1])
    per_batch = learning / math.ceil(len(small.train) / settings.batch_size)
    per_sample = (seconds - learning) / _read(small, 1)
    batches = math.ceil(len(splits.train) / settings.batch_size) * settings.epochs
    return setting_up + per_batch * batches + per_sample * _read(splits, settings.epochs)


def _one_epoch(spec: Spec) -> Spec:
    return dataclasses.replace(spec, train=spec.train.model_copy(update={"epochs": 1}))


def _part_of(splits: Splits, learnt: int) -> Splits:
    return dataclasses.replace(
        splits, train=_head(splits.train, learnt), validation=_head(splits.validation, SAMPLES), test=_head(splits.test, SAMPLES)
    )


def _head(part: Part, samples: int) -> Part:
    return Part(part.inputs[:samples], part.labels[:samples])


def _read(splits: Splits, epochs: int) -> int:
    """Samples that are read outside of learning: two parts and those that the correlation is measured on, and all others before."""
    each = len(splits.test) + len(splits.validation) + min(PROBE, len(splits.train))
    return each * (epochs + 1) + len(splits.train)
