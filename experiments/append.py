"""A later sweep on new values of an axis, into the results file that is there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from device_models.folder import unknown
from experiments.axes import Study, Value
from experiments.grid import Grid, check_hash, hashes, read_grid, records
from experiments.manifest import study_of, study_tables
from experiments.nested import json_of
from experiments.overrides import Axis, parse_axis
from experiments.run import run
from experiments.shard import write_shard
from experiments.sweep import Outcome, shards_folder, sweep
from experiments.task import Runner


def append(path: Path, overrides: Sequence[str], *, workers: int | None = None, runner: Runner = run) -> Outcome:
    """Run a sweep again with more values on some axes; what the results file has is not run again.

    Args:
        path: the results file of a sweep; replaced when all is done.
        overrides: ``key=value,...`` as on the command line: new values of axes.
        workers: processes of this machine.
        runner: runs one fleet.

    Raises:
        ValueError: the file is no results file of a sweep, or damaged, or a key is no axis of it; nothing has been changed.
    """
    grid = read_grid(path)
    study = extended(recorded_study(grid), overrides)
    restore(grid, shards_folder(path))
    return sweep(study, path, workers=workers, runner=runner, contains=grid.attributes["sweep_hash"])


def recorded_study(grid: Grid) -> Study:
    """The study that a results file came from.

    Raises:
        ValueError: the file does not say: it holds a single run, or files that were joined.
    """
    names = list(study_tables(Study(tree={})))
    lacking = [name for name in names if name not in grid.attributes]
    if lacking or not grid.axes:
        raise ValueError(f"{grid.path} is not the results file of one sweep: it has no {', '.join(lacking or ['axes'])}")
    tables: dict[str, Any] = {name: json_of(grid.attributes[name]) for name in names}
    return study_of(tables)


def extended(study: Study, overrides: Sequence[str]) -> Study:
    """A study with more values on some axes.

    Raises:
        ValueError: a key is no axis of the study, or others go in step with it.
    """
    axes: dict[str, Sequence[Value]] = dict(study.axes)
    for key, value in map(parse_axis, overrides):
        if key not in axes:
            raise unknown("axis", key, list(axes))
        if key in study.zips:
            raise ValueError(f"{key} takes no new values: {', '.join(study.zips[key])} go in step with it")
        axes[key] = _more(axes[key], list(value) if isinstance(value, Axis) else [value])
    return replace(study, axes=axes)


def _more(old: Sequence[Value], new: Sequence[Value]) -> list[Value]:
    """Every value once; numbers in order where they were in order."""
    union = [*old, *(value for value in new if value not in old)]
    return sorted(union, key=_as_number) if _ascending(old) and all(map(_is_number, union)) else union


def _ascending(values: Sequence[Value]) -> bool:
    return all(map(_is_number, values)) and list(values) == sorted(values, key=_as_number)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_number(value: Value) -> float:
    assert isinstance(value, int | float)
    return float(value)


def restore(grid: Grid, folder: Path) -> None:
    """Write the shards that a results file holds and that its folder does not."""
    folder.mkdir(exist_ok=True)
    here = {path.stem for path in folder.glob("*.h5")}
    lacking = [run for run, name in enumerate(hashes(grid)) if name and name not in here]
    common: Mapping[str, str] = {name: value for name, value in grid.attributes.items() if name not in _OF_THE_SWEEP}
    for record in records(grid, lacking):
        if record is not None:
            check_hash(grid.path, record)
            write_shard(folder, replace(record, attributes=common))


_OF_THE_SWEEP = (*study_tables(Study(tree={})), "spec", "sweep_hash", "sweep_start_utc", "sweep_end_utc", "command_line")
