"""A sweep: the runs that have no shard yet, on local processes, then one merged results file."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import joblib
import torch

from experiments import provenance
from experiments.axes import Study, Value, points
from experiments.merge import merge, sweep_hash
from experiments.outputs import check_output
from experiments.progress import Report, progress
from experiments.record import Record, Status
from experiments.run import failed, prepare, run
from experiments.shard import read_record, shard_path, write_shard
from experiments.spec import Spec, Tree

Runner = Callable[[Sequence[Spec]], Sequence[Record]]
"""Runs one fleet: one record per spec."""


@dataclass(frozen=True)
class Ended:
    """How one run ended.

    Attributes:
        spec_hash: which run.
        status: how.
        reason: last line of the traceback of a failed run.
    """

    spec_hash: str
    status: Status
    reason: str


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


def groups(specs: Sequence[Spec]) -> list[list[Spec]]:
    """Runs that go together as one fleet. One run each."""
    return [[spec] for spec in specs]


def sweep(study: Study, out: Path, *, workers: int | None = None, runner: Runner = run) -> Outcome:
    """Run what is missing and merge everything.

    Shards that exist are not run again, unless the run had failed. Stopped at any time, the same call goes on where it was.

    Args:
        study: spec and axes.
        out: the results file; shards lie beside it in a folder of the same name with ``.runs``.
        workers: processes; as many as there are usable cores where None.
        runner: runs one fleet.

    Raises:
        ValueError: the request is wrong; nothing has been written.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers = {workers} is not accepted: at least 1 is")
    found = points(study)
    folder = shards_folder(out)
    check_output(out, "sweep_hash", sweep_hash(study.axes, found))
    _check_parts([spec for _, spec in found])
    _make(folder)
    started = {"command_line": provenance.command_line(), "sweep_start_utc": provenance.now()}
    missing = [spec for _, spec in found if not _done(shard_path(folder, spec.hash))]
    whole = _run_all(found, missing, folder, workers or len(os.sched_getaffinity(0)), runner)
    records = merge(out, study, found, folder, {**started, "sweep_end_utc": provenance.now()})
    return _outcome(out, records, whole)


def _outcome(out: Path, records: Sequence[Record | None], broken: str) -> Outcome:
    reasons = {_reason(record.message) for record in records if record and record.message} | ({broken} - {""})
    return Outcome(out, tuple("missing" if record is None else record.status for record in records), tuple(sorted(reasons)))


def _check_parts(specs: Sequence[Spec]) -> None:
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


def _done(shard: Path) -> bool:
    return shard.is_file() and read_record(shard).status != "failed"


def _run_all(found: Sequence[tuple[Mapping[str, Value], Spec]], missing: Sequence[Spec], folder: Path, workers: int, runner: Runner) -> str:
    """Run what is missing; what broke the processes, or nothing."""
    names = {spec.hash: _named(at) for at, spec in found}
    tasks = [[spec.tree() for spec in group] for group in groups(missing)]
    with progress(len(found), len(found) - len(missing)) as report:
        try:
            for ended in _on_processes(tasks, folder, min(workers, max(len(tasks), 1)), runner):
                _tell(report, names, ended)
        except BrokenProcessPool as error:
            return f"a worker process died, perhaps for lack of memory ({str(error).splitlines()[0]})"
    return ""


def _on_processes(tasks: Sequence[Sequence[Tree]], folder: Path, workers: int, runner: Runner) -> Iterator[list[Ended]]:
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(n_jobs=workers, return_as="generator_unordered")
        yield from parallel(joblib.delayed(run_task)(trees, folder, runner) for trees in tasks)


def run_task(trees: Sequence[Tree], folder: Path, runner: Runner) -> list[Ended]:
    """Run one fleet and write its shards. An exception in a run is its result: a failed record with the traceback."""
    torch.set_num_threads(1)
    specs = [Spec.from_tree(tree) for tree in trees]
    records = recorded(specs, runner)
    for record in records:
        write_shard(folder, record)
    return [Ended(record.spec_hash, record.status, _reason(record.message)) for record in records]


def recorded(specs: Sequence[Spec], runner: Runner) -> Sequence[Record]:
    """The records of a fleet, failed ones where the runner raised."""
    started = provenance.now()
    try:
        return runner(specs)
    except Exception as error:
        return [failed(spec, error, started) for spec in specs]


def _reason(message: str) -> str:
    return message.strip().splitlines()[-1] if message else ""


def _tell(report: Report, names: Mapping[str, str], ended: Sequence[Ended]) -> None:
    for one in ended:
        report(f"{names[one.spec_hash]}: {one.status}{f': {one.reason}' if one.reason else ''}")


def _named(at: Mapping[str, Value]) -> str:
    return ", ".join(f"{key} = {value:g}" if isinstance(value, float) else f"{key} = {value}" for key, value in at.items()) or "run"
