"""The results file: HDF5 that is also netCDF4. Records on the grid of the axes; a single run is a grid without axes.

Every swept key is a dimension with its coordinate, ``epoch`` is the last dimension, every measured quantity a variable over them.
Only numbers and UTF-8 strings: no bools, no pickles, no ragged types. A file is written whole or not at all.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from experiments.record import STATUSES, Record, Variable
from experiments.whole import umask

SCHEMA_VERSION = "1"
TITLE = "analogdecor results"
_TEXT = h5py.string_dtype("utf-8")
_COMPRESSION = {"compression": "gzip", "compression_opts": 1, "shuffle": True}


def dimension(key: str) -> str:
    """The dimension of a swept key: ``device.c2c`` -> ``device_c2c``."""
    return key.replace(".", "_")


def write_results(path: Path, axes: Mapping[str, Sequence[Any]], records: Sequence[Record | None], attributes: Mapping[str, str]) -> None:
    """Write records as one file.

    Args:
        path: replaced if it exists.
        axes: dotted key -> values; empty for a single run.
        records: one for each point of the axes' product, first axis slowest; None where there is none yet.
        attributes: of the file.
    """
    write_whole(path, lambda file: fill_results(file, axes, records, attributes))


def fill_results(
    file: h5py.File, axes: Mapping[str, Sequence[Any]], records: Sequence[Record | None], attributes: Mapping[str, str]
) -> None:
    """Write records into an open file; see ``write_results``."""
    shape = tuple(len(values) for values in axes.values())
    assert len(records) == int(np.prod(shape, dtype=int))
    file.attrs.update({"title": TITLE, "schema_version": SCHEMA_VERSION, **attributes})
    scales = [_coordinate(file, key, values) for key, values in axes.items()]
    _runs(file, scales, records)
    _measured(file, scales, records)


def write_whole(path: Path, fill: Callable[[h5py.File], None]) -> None:
    """Write an HDF5 file beside its place, bring it to the disk, and only then give it its name.

    Args:
        path: replaced if it exists.
        fill: writes the contents.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        with h5py.File(name, "w", track_order=True) as file:
            fill(file)
        os.chmod(name, 0o666 & ~umask())
        with open(name, "rb") as written:
            os.fsync(written.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink()
        raise


def _coordinate(file: h5py.File, key: str, values: Sequence[Any]) -> h5py.Dataset:
    name = dimension(key)
    scale = file.create_dataset(name, data=labels(values), dtype=None if _numeric(values) else _TEXT)
    scale.attrs["long_name"] = key
    if _numeric(values):
        scale.attrs["units"] = "1"
    scale.make_scale(name)
    return scale


def labels(values: Sequence[Any]) -> list[Any]:
    """An axis' values as its coordinate holds them: numbers, or text; true and false, and lists, become their JSON text."""
    if _numeric(values):
        return list(values)
    return [value if isinstance(value, str) else json.dumps(value) for value in values]


def _numeric(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _runs(file: h5py.File, scales: Sequence[h5py.Dataset], records: Sequence[Record | None]) -> None:
    codes = [STATUSES.index("missing" if record is None else record.status) for record in records]
    status = _over(file, "status", scales, np.array(codes, dtype=np.int8), "how the run ended")
    status.attrs["flag_values"] = np.arange(len(STATUSES), dtype=np.int8)
    status.attrs["flag_meanings"] = " ".join(STATUSES)
    texts = {
        "spec_hash": ([r.spec_hash if r else "" for r in records], "SHA-256 of the run's canonical spec"),
        "run_spec": ([r.spec if r else "" for r in records], "the run's full spec as JSON"),
        "message": ([r.message if r else "" for r in records], "traceback of a failed run"),
    }
    for name, (values, long_name) in texts.items():
        _over(file, name, scales, np.array(values, dtype=object), long_name, dtype=_TEXT)


def _over(file: h5py.File, name: str, scales: Sequence[h5py.Dataset], flat: np.ndarray, long_name: str, **options: Any) -> h5py.Dataset:
    data = flat.reshape([len(scale) for scale in scales])
    dataset = file.create_dataset(name, data=data, **options)
    for axis, scale in enumerate(scales):
        dataset.dims[axis].attach_scale(scale)
    dataset.attrs["long_name"] = long_name
    return dataset


def _measured(file: h5py.File, scales: Sequence[h5py.Dataset], records: Sequence[Record | None]) -> None:
    variables = _all_variables(records)
    epochs = max((len(variable.values) for variable in variables.values()), default=1)
    longest = max((len(v.values) for r in records if r for v in r.variables.values()), default=epochs)
    epoch = file.create_dataset("epoch", data=np.arange(longest))
    epoch.attrs.update({"long_name": "passes over the training part; 0 is before training", "units": "1"})
    epoch.make_scale("epoch")
    for name, variable in variables.items():
        rows = np.stack([_padded(record, name, longest) for record in records])
        dataset = _over(file, name, [*scales, epoch], rows.ravel(), variable.long_name, **(_COMPRESSION if rows.size > 1024 else {}))
        dataset.attrs["units"] = variable.units


def _all_variables(records: Sequence[Record | None]) -> dict[str, Variable]:
    return {name: variable for record in records if record for name, variable in record.variables.items()}


def _padded(record: Record | None, name: str, length: int) -> np.ndarray:
    row = np.full(length, np.nan)
    if record is not None and name in record.variables:
        values = record.variables[name].values
        row[: len(values)] = values
    return row


def is_ours(path: Path) -> bool:
    """Whether a file is a results file of this package."""
    try:
        with h5py.File(path, "r") as file:
            return bool(file.attrs.get("title") == TITLE and "schema_version" in file.attrs)
    except OSError:
        return False


def attributes_of(path: Path) -> dict[str, str]:
    """The attributes of a results file.

    Raises:
        ValueError: it is none of ours.
    """
    if not path.is_file():
        raise ValueError(f"{path} does not exist")
    if not is_ours(path):
        raise ValueError(f"{path} is not an analogdecor results file")
    with h5py.File(path, "r") as file:
        return {name: str(value) for name, value in file.attrs.items()}
