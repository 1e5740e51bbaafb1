"""Shards of a sweep -> one results file, a block at a time."""

import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
from loky import ProcessPoolExecutor

from experiments.axes import Points, Study
from experiments.common import Common
from experiments.followers import put_followers
from experiments.manifest import study_tables
from experiments.record import Record, Status
from experiments.results import fill_results, labels, write_whole
from experiments.shard import Loaded, load_shards, shard_path
from experiments.spec import Spec
from experiments.task import last_line

BATCH = 100
"""Shards that one process reads at a time."""

FEW = 300
"""Shards that this process reads by itself, because others take longer to start."""


@dataclass
class Merged:
    """How the runs of a results file ended.

    Attributes:
        statuses: of every point, in order.
        reasons: why runs failed, every different reason once.
    """

    statuses: list[Status] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)

    def add(self, record: Record | None) -> None:
        """One point more."""
        self.statuses.append(record.status if record else "missing")
        if record and record.message:
            self.reasons.add(last_line(record.message))


def merge(out: Path, study: Study, found: Points, folder: Path, attributes: Mapping[str, str], tell: Callable[[str], None]) -> Merged:
    """Merge the shards that exist into one results file; points without a shard, or with a damaged one, are missing in it.

    Args:
        out: the results file; replaced if it exists.
        study: gives the axes.
        found: the points of the study, in order.
        folder: where the shards lie.
        attributes: of the merged file, beside those of the records.
        tell: is told in one line about every damaged shard.
    """
    shared, merged = Common(), Merged()

    def passing() -> Iterator[Record | None]:
        for record in _whole_ones(_loaded(found, folder), tell):
            if record is not None:
                shared.add(record.attributes)
            merged.add(record)
            yield record

    def written() -> dict[str, str]:
        return {**shared.attributes(), **attributes, **study_attributes(study, found)}

    def fill(file: h5py.File) -> None:
        fill_results(file, study.axes, passing(), written)
        put_followers(file, study.zips)

    write_whole(out, fill)
    return merged


def _loaded(found: Points, folder: Path) -> Iterator[Loaded]:
    """The shards in order, read by all cores where there are many."""
    batches = _batches(found, folder)
    if len(found) <= FEW:
        for batch in batches:
            yield from load_shards(batch)
        return
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores) as pool:
        ahead = deque(pool.submit(load_shards, batch) for batch in islice(batches, 2 * cores))
        while ahead:  # no more lies in memory than is being read
            yield from ahead.popleft().result()
            ahead.extend(pool.submit(load_shards, batch) for batch in islice(batches, 1))


def _batches(found: Points, folder: Path) -> Iterator[list[Path]]:
    names = found.hashes()
    while batch := [shard_path(folder, name) for name in islice(names, BATCH)]:
        yield batch


def _whole_ones(loaded: Iterator[Loaded], tell: Callable[[str], None]) -> Iterator[Record | None]:
    for one in loaded:
        if isinstance(one, str):
            tell(f"{one}; the run is missing in the results")
        yield None if isinstance(one, str) else one


def study_attributes(study: Study, found: Points) -> dict[str, str]:
    """What it takes to run the sweep again: base spec, axes, conditional settings, as ``study_tables``; and a hash of every run."""
    tables = {name: json.dumps(table) for name, table in study_tables(study).items()}
    return {**tables, "spec": Spec.from_tree(study.tree).json(), "sweep_hash": sweep_hash(study.axes, found.hashes())}


def sweep_hash(axes: Mapping[str, Sequence[Any]], hashes: Iterable[str]) -> str:
    """SHA-256 of the axes and of every run's hash: two sweeps with the same number give the same file."""
    head, _, tail = json.dumps([{key: labels(values) for key, values in axes.items()}, []]).rpartition("[]")
    digest = hashlib.sha256(f"{head}[".encode())
    for number, name in enumerate(hashes):  # the text of a list, piece by piece
        digest.update(f"{', ' if number else ''}{json.dumps(name)}".encode())
    digest.update(f"]{tail}".encode())
    return digest.hexdigest()
