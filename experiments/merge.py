"""Shards of a sweep -> one results file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.axes import Study, Value
from experiments.record import Record
from experiments.results import labels, write_results
from experiments.shard import read_record, shard_path
from experiments.spec import Spec

Points = Sequence[tuple[Mapping[str, Value], Spec]]


def merge(out: Path, study: Study, found: Points, folder: Path, attributes: Mapping[str, str]) -> list[Record | None]:
    """Merge the shards that exist into one results file; points without a shard are missing in it.

    Args:
        out: the results file; replaced if it exists.
        study: gives the axes.
        found: the points of the study, in order.
        folder: where the shards lie.
        attributes: of the merged file, beside those of the records.

    Returns:
        The records, None where there is none.
    """
    paths = [shard_path(folder, spec.hash) for _, spec in found]
    records = [read_record(path) if path.is_file() else None for path in paths]
    written = {**common([r.attributes for r in records if r]), **attributes, **study_attributes(study, found)}
    write_results(out, study.axes, records, written)
    return records


def study_attributes(study: Study, found: Points) -> dict[str, str]:
    """What it takes to run the sweep again: base spec, axes, conditional settings, and a hash of every run."""
    whens = [{"if": dict(when.condition), "set": dict(when.settings)} for when in study.whens]
    return {
        "spec": Spec.from_tree(study.tree).json(),
        "study": json.dumps(study.tree, sort_keys=True),
        "sweep": json.dumps({key: list(values) for key, values in study.axes.items()}),
        "when": json.dumps(whens),
        "sweep_hash": sweep_hash(study.axes, found),
    }


def sweep_hash(axes: Mapping[str, Sequence[Any]], found: Points) -> str:
    """SHA-256 of the axes and of every run's hash: two sweeps with the same number give the same file."""
    text = json.dumps([{key: labels(values) for key, values in axes.items()}, [spec.hash for _, spec in found]])
    return hashlib.sha256(text.encode()).hexdigest()


def common(attributes: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Attributes of many runs as those of one file: the earliest start, the latest end, else every different value, joined by ``" | "``."""
    names = sorted({name for each in attributes for name in each})
    return {name: _joined(name, [each[name] for each in attributes if name in each]) for name in names}


def _joined(name: str, values: Sequence[str]) -> str:
    if name == "start_utc":
        return min(values)
    if name == "end_utc":
        return max(values)
    return " | ".join(sorted(set(values)))
