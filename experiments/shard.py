"""A shard: the results file of one run, named by its spec's hash. Whole or absent, so that a sweep can go on where it stopped."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import h5py

from experiments import checksum
from experiments.checksum import DamagedError
from experiments.form import filled
from experiments.record import STATUSES, Record, Status, Variable
from experiments.results import OF_THE_FILE
from experiments.rows import labelling
from experiments.strangers import arrays_of
from experiments.whole import write_bytes

_NOT_MEASURED = ("status", "spec_hash", "run_spec", "message")


Described = dict[str, tuple[str, str, tuple[str, ...]]]
"""Name of a variable -> unit, long name, dimensions."""


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
    attributes = {**record.attributes, "spec": record.spec}
    return checksum.sealed(filled(record, attributes))


def read_record(path: Path, described: Described | None = None) -> Record:
    """The record of a results file without axes.

    Args:
        path: the file.
        described: what is known of variables from other shards of the same sweep, which is not read again; grows.

    Raises:
        DamagedError: it is not what was written.
        ValueError: the file is not ours or not of a single run.
    """
    checksum.check(path)
    try:
        with h5py.File(path, "r") as file:
            return _record(path, file, arrays_of(path, file), {} if described is None else described)
    except (OSError, RuntimeError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not the results file of a single run ({' '.join(str(error).split())})") from None


Loaded = Record | str | None
"""A record; what is wrong with a shard, in one line; or nothing where there is no shard."""


def load_shards(paths: Sequence[Path]) -> list[Loaded]:
    """What lies at these paths."""
    described: Described = {}
    return [_loaded(path, described) for path in paths]


def _loaded(path: Path, described: Described) -> Loaded:
    try:
        return read_record(path, described)
    except FileNotFoundError:
        return None
    except ValueError as error:
        return str(error)


def _record(path: Path, file: h5py.File, arrays: Mapping[str, h5py.Dataset], described: Described) -> Record:
    if arrays["status"].shape != ():
        raise ValueError(f"{path} holds a sweep, not a single run")
    texts = {name: arrays[name].asstr()[()] for name in ("run_spec", "spec_hash", "message")}
    measured = {name: array for name, array in arrays.items() if name in described or _is_measured(name, array)}
    described |= {name: _description(array) for name, array in measured.items() if name not in described}
    return Record(
        spec=texts["run_spec"],
        spec_hash=texts["spec_hash"],
        status=STATUSES[int(arrays["status"][()])],
        message=texts["message"],
        variables={name: Variable(array[()], *described[name]) for name, array in measured.items()},
        attributes={name: str(file.attrs[name]) for name in file.attrs if name not in (*OF_THE_FILE, "spec")},
    )


def _is_measured(name: str, array: h5py.Dataset) -> bool:
    return name not in _NOT_MEASURED and (labelling(array) or not array.is_scale)


def _description(array: h5py.Dataset) -> tuple[str, str, tuple[str, ...]]:
    dims = (array.name,) if array.is_scale else tuple(dim[0].name for dim in array.dims)
    dims = tuple(dim.removeprefix("/") for dim in dims)
    return str(array.attrs["units"]), str(array.attrs["long_name"]), dims


def status_of(path: Path) -> Status:
    """How the run of a shard ended. Quicker than reading the record.

    Raises:
        DamagedError: the shard is not what was written.
    """
    checksum.check(path)
    with h5py.File(path, "r") as file:
        return STATUSES[int(file["status"][()])]


def done(path: Path, tell: Callable[[str], None]) -> bool:
    """Whether a run needs not be run again: its shard is there, is whole, and says that the run did not fail.

    Args:
        path: of the shard.
        tell: is told in one line about a shard that is damaged.
    """
    if not path.is_file():
        return False
    try:
        return status_of(path) != "failed"
    except DamagedError as error:
        tell(f"{error}; the run is run again")
        return False
