"""Some of the runs of a results file: which ones, and as a file of their own."""

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from device_models.folder import unknown
from experiments.axes import Value
from experiments.grid import Grid, hashes, read_grid, records
from experiments.merge import sweep_hash
from experiments.outputs import check_new
from experiments.overrides import at_commas
from experiments.results import dimension, labels, write_results

Selection = Mapping[str, Sequence[str]]
"""Axis, as a dotted key or as a dimension, -> values as text."""


def selection_of(texts: Sequence[str]) -> dict[str, list[str]]:
    """``rule_name=anp,train_seed=0,1`` -> {"rule_name": ["anp"], "train_seed": ["0", "1"]}.

    Raises:
        ValueError: a value stands before the first key, or a key has no value.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        key = ""
        for part in at_commas(text):
            name, equals, value = part.partition("=")
            key, value = (name.strip(), value.strip()) if equals else (key, part)
            if not key or not value:
                raise ValueError(f"{text!r} is not accepted: axis=value,... is, for example rule_name=anp,train_seed=0")
            found.setdefault(key, []).append(value)
    return found


def chosen(grid: Grid, selection: Selection) -> dict[str, list[int]]:
    """Indices on every axis, in the file's order; all of an axis that is not named.

    Raises:
        ValueError: the file has no such axis or value.
    """
    keys = {name: key for key in grid.axes for name in (key, dimension(key))}
    for name in selection:
        if name not in keys:
            raise unknown("axis", name, list(keys)) if keys else ValueError(f"{grid.path} has no axis {name!r}: it holds a single run")
    wanted = {keys[name]: values for name, values in selection.items()}
    return {key: _indices(key, values, wanted.get(key)) for key, values in grid.axes.items()}


def _indices(key: str, values: Sequence[Value], wanted: Sequence[str] | None) -> list[int]:
    if wanted is None:
        return list(range(len(values)))
    found = labels(values)
    return sorted({_index(key, found, text) for text in wanted})


def _index(key: str, found: Sequence[object], text: str) -> int:
    for index, value in enumerate(found):
        if str(value) == text or (isinstance(value, int | float) and _number(text) == value):
            return index
    raise ValueError(f"{key} = {text} is not in the file: it has {', '.join(map(str, found))}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def flat_indices(grid: Grid, indices: Mapping[str, Sequence[int]]) -> list[int]:
    """The chosen points, in order."""
    return [int(np.ravel_multi_index(at, grid.shape)) if at else 0 for at in product(*indices.values())]


def select(path: Path, selection: Selection, out: Path) -> int:
    """Write some runs of a results file into a file of their own; how many.

    Args:
        path: the results file.
        selection: which runs; an axis keeps its dimension also where it has one value left.
        out: a new file.

    Raises:
        ValueError: ``path`` is no results file or damaged, it has no such axis or value, or ``out`` exists.
    """
    check_new(out)
    grid = read_grid(path)
    indices = chosen(grid, selection)
    axes = {key: [grid.axes[key][index] for index in indices[key]] for key in grid.axes}
    flat = flat_indices(grid, indices)
    every = hashes(grid)
    named = axes_attributes(axes, [every[index] for index in flat])
    write_results(out, axes, records(grid, flat), {**grid.attributes, **named})
    return len(flat)


def axes_attributes(axes: Mapping[str, Sequence[Value]], hashes_of_runs: Sequence[str]) -> dict[str, str]:
    """The attributes that name the axes of a file and its runs; none for a single run."""
    if not axes:
        return {}
    named = json.dumps({key: list(values) for key, values in axes.items()})
    return {"sweep": named, "sweep_hash": sweep_hash(axes, hashes_of_runs)}
