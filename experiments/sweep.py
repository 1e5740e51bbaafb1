"""A sweep: the runs that have no shard yet, on some executor, then one merged results file."""

import glob
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from experiments import provenance
from experiments.axes import Points, Study, points
from experiments.axis import Value
from experiments.beats import Beating
from experiments.executors.executor import Executor
from experiments.executors.local import Local
from experiments.grouping import Chosen, groups, memory_for
from experiments.lock import NAME as LOCK
from experiments.lock import lock
from experiments.manifest import write_manifest
from experiments.merge import merge, sweep_hash
from experiments.outputs import check_output, check_replaceable
from experiments.record import Status
from experiments.run import prepare
from experiments.shard import done, shard_path
from experiments.spec import Spec, Tree
from experiments.task import Runner, task_of
from experiments.tuning import check_tune, tuned
from experiments.watch import Watch, watching

TRIALS = "trials"
"""Folder of the shards of a search."""


@dataclass(frozen=True)
class Outcome:
    """What a sweep left.

    Attributes:
        out: the results file.
        statuses: how every run ended, in the order of the points.
        reasons: why runs failed, every different reason once.
    """

    out: Path
    statuses: tuple[Status, ...]
    reasons: tuple[str, ...]

    @property
    def all_done(self) -> bool:
        """Whether every run came to an end; a diverged run did."""
        return not {"failed", "missing"} & set(self.statuses)


def shards_folder(out: Path) -> Path:
    """Where the shards of a sweep lie."""
    return out.with_name(f"{out.name}.runs")


def sweep(
    study: Study,
    out: Path,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    runner: Runner | None = None,
    quiet: bool = False,
    contains: str | None = None,
) -> Outcome:
    """Search for settings where the study asks for it, run what is missing, and merge everything.

    Shards that exist are not run again, unless the run had failed. Stopped at any time, the same call goes on where it was.

    Args:
        study: spec and axes.
        out: the results file; shards lie beside it in a folder of the same name with ``.runs``.
        workers: processes of this machine; as many as there are usable cores where None.
        executor: runs the tasks instead of these processes.
        runner: runs one fleet; trains it where None.
        quiet: show nothing.
        contains: the ``sweep_hash`` of a smaller sweep that is part of this one, whose results file may be replaced.

    Raises:
        ValueError: the request is wrong, or another sweep is at work on it; nothing has been written.
        OSError: results cannot be written, or the workers cannot be reached; what is finished is kept.
    """
    chosen = executor or Local(len(os.sched_getaffinity(0)) if workers is None else workers)
    folder = shards_folder(out)
    attributes = {"command_line": provenance.command_line(), "sweep_start_utc": provenance.now()}
    run_all = partial(_run_all, executor=chosen, runner=runner, quiet=quiet)
    if study.tune is not None:
        study, attributes["tuning"] = _tuned(study, out, run_all)
    found = points(study)
    check_output(out, "sweep_hash", *filter(None, (own_hash(study, found), contains)))
    check_parts(spec for _, spec in found)
    _make(folder)
    with lock(folder):
        remove_unfinished(out)
        write_manifest(folder, study)
        with run_all(Runs(found.runs(), found.spec, lambda place: named(found.at(place))), folder) as watch:
            watch.stage = "merging"
            merged = merge(out, study, found, folder, {**attributes, "sweep_end_utc": provenance.now()}, _tell_line)
    return Outcome(out, tuple(merged.statuses), tuple(sorted(merged.reasons)))


def _tuned(study: Study, out: Path, run_all: "_RunAll") -> tuple[Study, str]:
    """The study with what a search has found, and the search in words; trials have their shards in a folder below that of the sweep."""
    check_tune(study)
    check_replaceable(out)
    check_parts(spec for _, spec in points(replace(study, tune=None)))
    folder = shards_folder(out)
    _make(folder)
    with lock(folder):
        _make(folder / TRIALS)
        _remove((folder / TRIALS).glob(".*"))

        def run_trials(specs: Sequence[Spec], trials: Path) -> None:
            places = {spec.hash: place for place, spec in enumerate(specs)}
            with run_all(Runs(places, specs.__getitem__, lambda _: "a trial of the search"), trials):
                pass

        return tuned(study, folder / TRIALS, run_trials, _tell_line)


def own_hash(study: Study, found: Points) -> str:
    """The ``sweep_hash`` of a study with its points."""
    return sweep_hash(study.axes, found.hashes())


def remove_unfinished(out: Path) -> None:
    """Remove what a sweep that was killed was writing; nobody else writes here while the lock is held."""
    hidden = shards_folder(out).glob(".*")
    _remove(path for path in hidden if not path.name.startswith(f".{LOCK}."))  # somebody may just be finding the lock taken
    _remove(shards_folder(out).glob("*.beat"))
    _remove(out.parent.glob(f".{glob.escape(out.name)}.*"))


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        path.unlink()


def _tell_line(line: str) -> None:
    Console(stderr=True).print(line, highlight=False, markup=False, soft_wrap=True)


def check_parts(specs: Iterable[Spec]) -> None:
    """Read every data set and build one fleet for every combination of parts: what does not fit shows before the first run."""
    kinds = {str(_parts(spec)): spec for spec in specs}
    for spec in kinds.values():
        prepare([spec])


def _parts(spec: Spec) -> Tree:
    tree = spec.tree()
    for multiplier in ("c2c", "d2d", "read"):
        del tree["device"][multiplier]
    del tree["train"], tree["rule"], tree["decorrelation"]["lr"]
    return tree


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot write {folder}: {error.strerror}") from None


@dataclass(frozen=True)
class Runs(Mapping[str, str]):
    """The runs of a sweep: the hash of each -> what it is called.

    Attributes:
        places: the hash of each -> its place.
        spec: the spec of a place.
        called: what the run of a place is called.
    """

    places: Mapping[str, int]
    spec: Callable[[int], Spec]
    called: Callable[[int], str]

    def __getitem__(self, name: str) -> str:
        return self.called(self.places[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def missing(self, folder: Path, tell: Callable[[str], None]) -> Chosen:
        """Those without a shard, or with a damaged one or one that failed."""
        return Chosen(self.spec, array("L", [place for name, place in self.places.items() if not done(shard_path(folder, name), tell)]))


_RunAll = Callable[[Runs, Path], AbstractContextManager[Watch]]


@contextmanager
def _run_all(runs: Runs, folder: Path, *, executor: Executor, runner: Runner | None, quiet: bool) -> Iterator[Watch]:
    """Run what is missing, and keep watching what is done with it."""
    missing = runs.missing(folder, _tell_line)
    with watching(folder, runs, missing, executor.workers, quiet=quiet) as watch:
        fleets = groups(missing, workers=executor.workers, memory=partial(memory_for, executor.workers))
        tasks = (task_of(fleet, runner or Beating(folder)) for fleet in fleets)
        with closing(executor.run(tasks, folder)) as all_ended:
            for ended in all_ended:
                watch.ended(ended)
        yield watch


def named(at: Mapping[str, Value]) -> str:
    """A point of a sweep in words."""
    return ", ".join(f"{key} = {value:g}" if isinstance(value, float) else f"{key} = {value}" for key, value in at.items()) or "run"
