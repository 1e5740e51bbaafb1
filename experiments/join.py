"""Several results files -> one, over the union of their axes' values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from experiments.axes import Study, Value
from experiments.common import common
from experiments.grid import Grid, hashes, read_grid, records
from experiments.manifest import study_tables
from experiments.outputs import check_new
from experiments.record import STATUSES, Record
from experiments.results import opened, write_results
from experiments.rows import BLOCK_RUNS
from experiments.select import axes_attributes

Source = tuple[int, int]
"""Which file, and which of its runs."""

_OF_THE_SWEEP = (*study_tables(Study(tree={})), "spec", "sweep_hash", "spec_hash")


def join(paths: Sequence[Path], out: Path) -> int:
    """Write the runs of several results files into one; how many there are.

    The axes are the keys that any file swept, and those in which the files' specs differ. Points that no file has are missing. Where two
    files have the same run, one that came to an end is taken before one that failed, and the earlier file before the later.

    Args:
        paths: results files, of sweeps or of single runs.
        out: a new file.

    Raises:
        ValueError: a file is no results file or damaged, two files have different runs at one point, or ``out`` exists.
    """
    check_new(out)
    grids = [read_grid(path) for path in paths]
    axes = _axes(grids)
    sources = _sources(grids, axes)
    found = [sources.get(point) for point in range(int(np.prod([len(values) for values in axes.values()], dtype=int)))]
    every = [hashes(grid) for grid in grids]
    named = axes_attributes(axes, [every[one[0]][one[1]] if one else "" for one in found])
    write_results(out, axes, _passing(grids, found), {**_attributes(grids), **named})
    return len(found)


def _axes(grids: Sequence[Grid]) -> dict[str, list[Value]]:
    keys = list(dict.fromkeys(key for grid in grids for key in grid.axes))
    keys += [key for key in _differing([grid.tree for grid in grids]) if key not in keys]
    return {key: _union([_values(grid, key) for grid in grids]) for key in keys}


def _values(grid: Grid, key: str) -> Sequence[Value]:
    """The file's values of a key: swept, or the one that its spec has."""
    if key in grid.axes:
        return grid.axes[key]
    value: Any = grid.tree
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        raise ValueError(f"{grid.path} has no {key}, in which the files differ: they do not join")
    return [value]


def _differing(trees: Sequence[Mapping[str, Any]]) -> list[str]:
    """Dotted keys of the settings in which specs differ."""
    flat = [dict(_leaves(tree)) for tree in trees]
    keys = list(dict.fromkeys(key for each in flat for key in each))
    return [key for key in keys if len({json.dumps(each.get(key)) for each in flat}) > 1]


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _union(all_values: Sequence[Sequence[Value]]) -> list[Value]:
    """Every value once: in order where they are numbers, else as they come."""
    found: dict[str, Value] = {}
    for value in (value for values in all_values for value in values):
        found.setdefault(_text(value), value)
    union = list(found.values())
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in union):
        return sorted(union, key=float)  # type: ignore[arg-type]  # all are numbers
    return union


def _text(value: Value) -> str:
    """1 and 1.0 are the same value."""
    return json.dumps(float(value) if type(value) is int else value)


def _sources(grids: Sequence[Grid], axes: Mapping[str, Sequence[Value]]) -> dict[int, Source]:
    """Where the record of each point is."""
    places = [{_text(value): place for place, value in enumerate(values)} for values in axes.values()]
    shape = tuple(len(values) for values in axes.values())
    found: dict[int, Source] = {}
    ranks: dict[int, tuple[int, str]] = {}
    for number, grid in enumerate(grids):
        statuses, names = _statuses(grid), hashes(grid)
        for run, at in enumerate(_points(grid, axes)):
            point = int(np.ravel_multi_index([place[text] for place, text in zip(places, at, strict=True)], shape)) if shape else 0
            _offer(found, ranks, point, (number, run), (statuses[run], names[run]), grids)
    return found


def _points(grid: Grid, axes: Mapping[str, Sequence[Value]]) -> Iterator[list[str]]:
    """Every run's values on the common axes, in the file's own order."""
    own = [[_text(value) for value in values] for values in grid.axes.values()]
    fixed = {key: _text(_values(grid, key)[0]) for key in axes if key not in grid.axes}
    for at in product(*own):
        here = {**fixed, **dict(zip(grid.axes, at, strict=True))}
        yield [here[key] for key in axes]


def _offer(
    found: dict[int, Source],
    ranks: dict[int, tuple[int, str]],
    point: int,
    source: Source,
    ended: tuple[str, str],
    grids: Sequence[Grid],
) -> None:
    """Take a run for a point, if it is better than what was there."""
    status, name = ended
    if status == "missing":
        return
    rank = int(status == "failed")
    if point in ranks and ranks[point][1] != name:
        pair = f"{grids[found[point][0]].path} and {grids[source[0]].path}"
        raise ValueError(f"{pair} have different runs at one point ({ranks[point][1][:12]} and {name[:12]}): they do not join")
    if point not in ranks or rank < ranks[point][0]:
        found[point], ranks[point] = source, (rank, name)


def _statuses(grid: Grid) -> list[str]:
    with opened(grid.path) as file:
        return [STATUSES[int(code)] for code in np.ravel(file["status"][...])]


def _passing(grids: Sequence[Grid], found: Sequence[Source | None]) -> Iterator[Record | None]:
    """The records in the order of the points, a stretch of one file at a time."""
    start = 0
    for end in range(1, len(found) + 1):
        here = found[start]
        other = end == len(found) or (found[end] or (None,))[0] != (here or (None,))[0]
        if other or end - start == BLOCK_RUNS:
            runs = [one[1] for one in found[start:end] if one]
            yield from records(grids[here[0]], runs) if here else [None] * (end - start)
            start = end


def _attributes(grids: Sequence[Grid]) -> dict[str, str]:
    """What is common of all files; what makes the sweep where all agree; the first file's base spec."""
    shared = common([grid.attributes for grid in grids])
    kept = {name: value for name, value in shared.items() if name not in _OF_THE_SWEEP}
    agreed = {name: shared[name] for name in _OF_THE_SWEEP if _same(grids, name)}
    return {**kept, **agreed, "spec": grids[0].attributes["spec"], "joined": json.dumps([str(grid.path) for grid in grids])}


def _same(grids: Sequence[Grid], name: str) -> bool:
    """Whether all files have an attribute, and the same."""
    return len({grid.attributes.get(name) for grid in grids}) == 1 and name in grids[0].attributes
