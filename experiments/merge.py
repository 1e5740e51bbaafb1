"""Shards of a sweep -> one results file, a block at a time."""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
from loky import ProcessPoolExecutor

from experiments.axes import Study, Value
from experiments.common import Common
from experiments.followers import put_followers
from experiments.manifest import study_tables
from experiments.record import Record
from experiments.results import fill_results, labels, write_whole
from experiments.shard import Loaded, load_shards, shard_path
from experiments.spec import Spec
from experiments.task import Ended, last_line

Points = Sequence[tuple[Mapping[str, Value], Spec]]

BATCH = 100
"""Shards that one process reads at a time."""


def merge(
    out: Path, study: Study, found: Points, folder: Path, attributes: Mapping[str, str], tell: Callable[[str], None]
) -> list[Ended | None]:
    """Merge the shards that exist into one results file; points without a shard, or with a damaged one, are missing in it.

    Args:
        out: the results file; replaced if it exists.
        study: gives the axes.
        found: the points of the study, in order.
        folder: where the shards lie.
        attributes: of the merged file, beside those of the records.
        tell: is told in one line about every damaged shard.

    Returns:
        How the runs ended, None where there is no record.
    """
    shared = Common()
    ended: list[Ended | None] = []

    def passing() -> Iterator[Record | None]:
        for record in _whole_ones(_loaded([shard_path(folder, spec.hash) for _, spec in found]), tell):
            if record is not None:
                shared.add(record.attributes)
            ended.append(Ended(record.spec_hash, record.status, last_line(record.message)) if record else None)
            yield record

    def written() -> dict[str, str]:
        return {**shared.attributes(), **attributes, **study_attributes(study, found)}

    def fill(file: h5py.File) -> None:
        fill_results(file, study.axes, passing(), written)
        put_followers(file, study.zips)

    write_whole(out, fill)
    return ended


def _loaded(paths: Sequence[Path]) -> Iterator[Loaded]:
    """The shards in order, read by all cores where there are many."""
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    if len(batches) < 4:
        yield from load_shards(paths)
        return
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores) as pool:
        ahead = deque(pool.submit(load_shards, batch) for batch in batches[: 2 * cores])
        for batch in [*batches[2 * cores :], *([None] * len(ahead))]:  # no more lies in memory than is being read
            yield from ahead.popleft().result()
            if batch is not None:
                ahead.append(pool.submit(load_shards, batch))


def _whole_ones(loaded: Iterator[Loaded], tell: Callable[[str], None]) -> Iterator[Record | None]:
    for one in loaded:
        if isinstance(one, str):
            tell(f"{one}; the run is missing in the results")
        yield None if isinstance(one, str) else one


def study_attributes(study: Study, found: Points) -> dict[str, str]:
    """What it takes to run the sweep again: base spec, axes, conditional settings, as ``study_tables``; and a hash of every run."""
    tables = {name: json.dumps(table) for name, table in study_tables(study).items()}
    return {**tables, "spec": Spec.from_tree(study.tree).json(), "sweep_hash": sweep_hash(study.axes, [spec.hash for _, spec in found])}


def sweep_hash(axes: Mapping[str, Sequence[Any]], hashes: Sequence[str]) -> str:
    """SHA-256 of the axes and of every run's hash: two sweeps with the same number give the same file."""
    text = json.dumps([{key: labels(values) for key, values in axes.items()}, list(hashes)])
    return hashlib.sha256(text.encode()).hexdigest()
