"""A results file as a grid of runs: its axes with their values, and the records at its points."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from experiments import checksum
from experiments.axes import Value
from experiments.boxes import Box, boxes
from experiments.nested import json_of
from experiments.record import STATUSES, Record, Variable
from experiments.results import OF_THE_FILE, dimension, labels, opened
from experiments.rows import BLOCK_BYTES, BLOCK_RUNS, labelling
from experiments.strangers import arrays_of

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_TEXTS = ("spec_hash", "run_spec", "message")


@dataclass(frozen=True)
class Grid:
    """What a results file spans.

    Attributes:
        path: the file.
        axes: dotted key -> values; empty for a single run.
        attributes: of the file, without those that every file gets by itself.
    """

    path: Path
    axes: Mapping[str, Sequence[Value]]
    attributes: Mapping[str, str]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values on each axis."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def runs(self) -> int:
        """Number of points."""
        return prod(self.shape)

    @property
    def tree(self) -> Any:
        """The file's spec as nested tables."""
        return json_of(self.attributes["spec"])


def read_grid(path: Path) -> Grid:
    """The grid of a results file that is as it was written.

    Raises:
        ValueError: it is none of ours, or it is damaged.
    """
    _check(path)
    with opened(path) as file:
        attributes = {name: str(value) for name, value in file.attrs.items() if name not in OF_THE_FILE}
        axes = _axes(path, attributes)
        found = {name: _coordinate(file[name]) for name in (dim[0].name.removeprefix("/") for dim in file["status"].dims)}
    if {dimension(key): labels(values) for key, values in axes.items()} != found:
        raise ValueError(f"{path} does not fit together: its attribute 'sweep' names other axes than its dimensions")
    return Grid(path, axes, attributes)


def _check(path: Path) -> None:
    if not path.is_file():
        raise ValueError(f"{path} does not exist")
    with path.open("rb") as file:
        if file.read(len(_SIGNATURE)) != _SIGNATURE:
            raise ValueError(f"{path} is not an analogdecor results file")
    checksum.check(path)


def _axes(path: Path, attributes: Mapping[str, str]) -> dict[str, list[Value]]:
    try:
        axes = json_of(attributes.get("sweep", "{}"))
    except ValueError:
        axes = None
    if not isinstance(axes, dict) or not all(isinstance(values, list) and values for values in axes.values()):
        raise ValueError(f"{path} does not fit together: its attribute 'sweep' is no table of axes")
    return axes


def _coordinate(scale: h5py.Dataset) -> list[Any]:
    text = h5py.check_string_dtype(scale.dtype)
    values: list[Any] = (scale.asstr()[...] if text else scale[...]).tolist()
    return values


def hashes(grid: Grid) -> list[str]:
    """The spec's hash of every run, in order; empty where there is no record."""
    with opened(grid.path) as file:
        found: list[str] = np.ravel(file["spec_hash"].asstr()[...]).tolist()
    return found


def records(grid: Grid, indices: Sequence[int]) -> Iterator[Record | None]:
    """The records at these points, in this order, None where there is none. Attributes stay with the file.

    Args:
        grid: of the file.
        indices: flat indices of points, last axis fastest.
    """
    with opened(grid.path) as file:
        arrays = arrays_of(grid.path, file)
        axes = {*(dimension(key) for key in grid.axes), *str(file.attrs.get("coordinates", "")).split()}
        measured = {n: a for n, a in arrays.items() if n not in ("status", *_TEXTS) and n not in axes and not a.is_scale}
        places = {n: _place(n, a) for n, a in arrays.items() if n not in axes and labelling(a)}
        step = _step(grid, measured)
        for first, last in _stretches(indices, step):
            for box, count in boxes(grid.shape, first, last):
                for record in _in_box(grid, arrays, measured, box, count):
                    yield record and _placed(record, places)


def _place(name: str, array: h5py.Dataset) -> Variable:
    """The labels of a dimension that is no axis."""
    return Variable(array[...], str(array.attrs["units"]), str(array.attrs["long_name"]), (name,))


def _placed(record: Record, places: Mapping[str, Variable]) -> Record:
    """With the labels of the dimensions that it has."""
    dims = {dim for variable in record.variables.values() for dim in variable.dims}
    return replace(record, variables={**record.variables, **{name: place for name, place in places.items() if name in dims}})


def check_hash(path: Path, record: Record) -> None:
    """A hash names a file: one that is not that of the spec could name any.

    Raises:
        ValueError: the record's hash is not that of its spec.
    """
    if hashlib.sha256(record.spec.encode()).hexdigest() != record.spec_hash:
        raise ValueError(f"{path} does not fit together: the run's spec has another hash than {record.spec_hash[:12]!r}")


def _step(grid: Grid, measured: Mapping[str, h5py.Dataset]) -> int:
    """How many runs to read at a time."""
    of_a_run = sum(array.dtype.itemsize * prod(array.shape) for array in measured.values()) // grid.runs
    return int(min(BLOCK_RUNS, max(1, BLOCK_BYTES // max(of_a_run, 1))))


def _stretches(indices: Sequence[int], longest: int) -> Iterator[tuple[int, int]]:
    """Neighbours together: [3, 4, 5, 9] -> (3, 6), (9, 10)."""
    start = 0
    for end in range(1, len(indices) + 1):
        if end == len(indices) or indices[end] != indices[end - 1] + 1 or end - start == longest:
            yield indices[start], indices[end - 1] + 1
            start = end


def _in_box(
    grid: Grid, arrays: Mapping[str, h5py.Dataset], measured: Mapping[str, h5py.Dataset], box: Box, count: int
) -> Iterator[Record | None]:
    lead = len(grid.shape)
    texts = {name: np.reshape(arrays[name].asstr()[box], count) for name in _TEXTS}
    codes = np.reshape(arrays["status"][box], count)
    values = {name: np.reshape(array[box], (count, *array.shape[lead:])) for name, array in measured.items()}
    described = {name: _described(array, lead) for name, array in measured.items()}
    for n in range(count):
        status = STATUSES[int(codes[n])]
        variables = {name: Variable(rows[n], *described[name]) for name, rows in values.items() if not np.isnan(rows[n]).all()}
        text = {name: str(texts[name][n]) for name in _TEXTS}
        record = Record(spec=text["run_spec"], spec_hash=text["spec_hash"], status=status, message=text["message"], variables=variables)
        yield None if status == "missing" else record


def _described(array: h5py.Dataset, lead: int) -> tuple[str, str, tuple[str, ...]]:
    dims = tuple(dim[0].name.removeprefix("/") for dim in list(array.dims)[lead:])
    return str(array.attrs["units"]), str(array.attrs["long_name"]), dims
