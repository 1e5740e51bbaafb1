"""A shard: the results file of one run, named by its spec's hash. Whole or absent, so that a sweep can go on where it stopped."""

from pathlib import Path
from typing import cast

import h5py

from experiments.record import STATUSES, Record, Variable
from experiments.results import attributes_of, fill_results
from experiments.whole import image, write_bytes

_NOT_MEASURED = ("epoch", "status", "spec_hash", "run_spec", "message")
_OF_THE_FILE = ("title", "schema_version", "spec")


def shard_path(folder: Path, spec_hash: str) -> Path:
    """Where the shard of a spec lies."""
    return folder / f"{spec_hash}.h5"


def write_shard(folder: Path, record: Record) -> Path:
    """Write a record into the folder of a sweep's shards."""
    path = shard_path(folder, record.spec_hash)
    write_record(path, record)
    return path


def write_record(path: Path, record: Record) -> None:
    """Write one record as a results file without axes."""
    write_bytes(path, shard_image(record))


def shard_image(record: Record) -> bytes:
    """The bytes of a shard. Made in memory, because HDF5 loses its way when the disk is full, and because they travel from far workers."""
    return image(lambda file: fill_results(file, {}, [record], {**record.attributes, "spec": record.spec}))


def read_record(path: Path) -> Record:
    """The record of a results file without axes.

    Raises:
        ValueError: the file is not ours or not of a single run.
    """
    attributes = {name: value for name, value in attributes_of(path).items() if name not in _OF_THE_FILE}
    with h5py.File(path, "r") as file:
        if file["status"].shape != ():
            raise ValueError(f"{path} holds a sweep, not a single run")
        texts = {name: file[name].asstr()[()] for name in ("run_spec", "spec_hash", "message")}
        return Record(
            spec=texts["run_spec"],
            spec_hash=texts["spec_hash"],
            status=STATUSES[int(file["status"][()])],
            message=texts["message"],
            variables={name: _variable(cast(h5py.Dataset, file[name])) for name in file if name not in _NOT_MEASURED},
            attributes=attributes,
        )


def _variable(dataset: h5py.Dataset) -> Variable:
    return Variable(dataset[()], str(dataset.attrs["units"]), str(dataset.attrs["long_name"]))
