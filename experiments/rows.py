"""Writing the runs of a results file a block at a time, so that memory does not grow with their number."""

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import h5py
import numpy as np

from experiments.boxes import boxes
from experiments.record import STATUSES, Record, Variable

BLOCK_RUNS = 256
BLOCK_BYTES = 2**26

_TEXT = h5py.string_dtype("utf-8")
_COMPRESSION = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
COLUMNS = {
    "spec_hash": ("spec_hash", "SHA-256 of the run's canonical spec"),
    "run_spec": ("spec", "the run's full spec as JSON"),
    "message": ("message", "traceback of a failed run"),
}
"""Texts of every run: name of the variable -> field of the record, long name."""

EPOCH = "passes over the training part; 0 is before training"
LINE = "line of the array, counted from 0"


class Rows:
    """The runs of a results file, put one after the other in the order of the axes' product.

    Where all runs come in one block, every dimension has its final length; else the dimensions of what is measured may grow, which netCDF
    calls unlimited.

    Args:
        file: open for writing.
        scales: the coordinates of the axes.
    """

    def __init__(self, file: h5py.File, scales: Sequence[h5py.Dataset]) -> None:
        self._file, self._scales = file, scales
        self._sets: dict[str, h5py.Dataset] = {}
        self._shape = tuple(len(scale) for scale in scales)
        self._block: list[Record | None] = []
        self._bytes = self._written = 0
        self._columns()

    def put_all(self, records: Iterable[Record | None]) -> None:
        """Write all runs of the grid, None where there is none yet."""
        for record in records:
            self._block.append(record)
            self._bytes += sum(variable.values.nbytes for variable in record.variables.values()) if record else 0
            if len(self._block) >= BLOCK_RUNS or self._bytes >= BLOCK_BYTES:
                self._flush()
        self._flush()
        assert self._written == prod(self._shape)

    def _columns(self) -> None:
        self._over("status", (), "how the run ended", dtype=np.int8)
        attributes = {"flag_values": np.arange(len(STATUSES), dtype=np.int8), "flag_meanings": " ".join(STATUSES)}
        self._sets["status"].attrs.update(attributes)
        for name, (_, long_name) in COLUMNS.items():
            self._over(name, (), long_name, dtype=_TEXT)

    def _over(self, name: str, dims: Sequence[str], long_name: str, **options: Any) -> h5py.Dataset:
        """An empty variable over the axes and further dimensions."""
        scales = [*self._scales, *(self._sets[dim] for dim in dims)]
        dataset = self._sets[name] = self._file.create_dataset(name, shape=tuple(len(scale) for scale in scales), **options)
        for axis, scale in enumerate(scales):
            dataset.dims[axis].attach_scale(scale)
        dataset.attrs["long_name"] = long_name
        return dataset

    def _flush(self) -> None:
        final = self._written == 0 and len(self._block) == prod(self._shape)
        variables = {name: v for record in self._block if record for name, v in record.variables.items()}
        for dim, length in self._lengths().items():
            self._dimension(dim, length, final, variables.get(dim))
        self._put("status", [STATUSES.index(record.status if record else "missing") for record in self._block])
        for name, (field, _) in COLUMNS.items():
            self._put(name, [getattr(record, field) if record else "" for record in self._block])
        for name, variable in variables.items():
            if variable.dims != (name,):
                self._measured(name, variable, final)
        self._written += len(self._block)
        self._block, self._bytes = [], 0

    def _lengths(self) -> dict[str, int]:
        """The longest that every dimension is in the block."""
        lengths = {"epoch": 1}
        for record in self._block:
            for variable in record.variables.values() if record else ():
                for dim, length in zip(variable.dims, variable.values.shape, strict=True):
                    lengths[dim] = max(length, lengths.get(dim, 0))
        return lengths

    def _dimension(self, name: str, length: int, final: bool, labels: Variable | None) -> None:
        """A dimension of at least this length; counted from 0 where no variable of its name labels it."""
        if name not in self._sets:
            options = {} if final else {"maxshape": (None,), "chunks": (64,)}
            dtype = np.int64 if labels is None else np.float64
            scale = self._sets[name] = self._file.create_dataset(name, shape=(length,), dtype=dtype, **options)
            long_name, units = (EPOCH if name == "epoch" else LINE, "1") if labels is None else (labels.long_name, labels.units)
            scale.attrs.update({"long_name": long_name, "units": units})
            scale.make_scale(name)
        elif len(self._sets[name]) < length:
            self._sets[name].resize((length,))
        if labels is not None:
            self._check_labels(name)
            self._sets[name][...] = labels.values
        elif self._sets[name].dtype.kind == "i":
            self._sets[name][...] = np.arange(len(self._sets[name]))

    def _check_labels(self, name: str) -> None:
        """All runs were measured at the same places."""
        found = [record.variables[name].values for record in self._block if record is not None and name in record.variables]
        before = [self._sets[name][...]] if self._sets[name][...].any() else []
        if any(not np.array_equal(found[0], other) for other in (*found[1:], *before)):
            raise ValueError(f"runs with different {name} do not fit into one file")

    def _measured(self, name: str, variable: Variable, final: bool) -> None:
        sizes = tuple(len(self._sets[dim]) for dim in variable.dims)
        if name not in self._sets:
            self._create(name, variable, sizes, final)
        dataset = self._sets[name]
        if dataset.shape[len(self._shape) :] != sizes:
            dataset.resize((*self._shape, *sizes))
        rows = np.full((len(self._block), *sizes), np.nan, dtype=dataset.dtype)
        for row, record in enumerate(self._block):
            if record is not None and name in record.variables:
                values = record.variables[name].values
                at: tuple[int | slice, ...] = (row, *(slice(length) for length in values.shape))
                rows[at] = values
        self._put(name, rows)

    def _create(self, name: str, variable: Variable, sizes: tuple[int, ...], final: bool) -> None:
        size = prod((*self._shape, *sizes))
        options: dict[str, Any] = dict(_COMPRESSION) if size > 1024 or not final else {}
        if not final:
            options["maxshape"] = (*self._shape, *(None for _ in sizes))
            options["chunks"] = _chunk(self._shape, sizes)
        dtype = variable.values.dtype
        dataset = self._over(name, variable.dims, variable.long_name, dtype=dtype, fillvalue=np.array(np.nan, dtype), **options)
        dataset.attrs.update({"units": variable.units, "_FillValue": np.array(np.nan, dtype)})

    def _put(self, name: str, flat: Any) -> None:
        dataset, done = self._sets[name], 0
        values = np.asarray(flat, dtype=dataset.dtype)
        for box, count in boxes(self._shape, self._written, self._written + len(self._block)):
            part = values[done : done + count]
            lengths = [index.stop - index.start for index in box if isinstance(index, slice)]
            further = dataset.shape[len(box) :]
            dataset[box] = part.reshape((*lengths, *further))
            done += count


def labelling(array: h5py.Dataset) -> bool:
    """Whether an array labels a dimension by measured places, rather than counting."""
    return bool(array.is_scale and array.dtype.kind == "f")


def _chunk(shape: Sequence[int], sizes: Sequence[int]) -> tuple[int, ...]:
    """Whole rows of neighbouring runs, 64 KiB of float64 or a single row."""
    left = max(1, 2**13 // max(prod(sizes), 1))
    chunk: list[int] = []
    for length in reversed(shape):
        chunk.insert(0, min(length, left))
        left = max(1, left // length)
    return (*chunk, *(max(1, size) for size in sizes))
