"""The results file: HDF5 that is also netCDF4. Records on the grid of the axes; a single run is a grid without axes.

Every swept key is a dimension with its coordinate, ``epoch`` is the last dimension, every measured quantity a variable over them.
Only numbers and UTF-8 strings: no bools, no pickles, no ragged types. A file is written whole or not at all, and ends with its checksum.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from experiments.checksum import seal
from experiments.record import Record
from experiments.rows import Rows
from experiments.strangers import arrays_of
from experiments.whole import refused, umask

SCHEMA_VERSION = "1"
TITLE = "analogdecor results"
_TEXT = h5py.string_dtype("utf-8")
_CACHE = 2**18
"""Bytes of chunks that HDF5 keeps per variable. Runs come in order and are not looked at again; by its own 8 MiB per variable, the whole
file of a long sweep would lie in memory."""


def dimension(key: str) -> str:
    """The dimension of a swept key: ``device.c2c`` -> ``device_c2c``."""
    return key.replace(".", "_")


def write_results(path: Path, axes: Mapping[str, Sequence[Any]], records: Iterable[Record | None], attributes: Mapping[str, str]) -> None:
    """Write records as one file.

    Args:
        path: replaced if it exists.
        axes: dotted key -> values; empty for a single run.
        records: one for each point of the axes' product, first axis slowest; None where there is none yet.
        attributes: of the file.
    """
    write_whole(path, lambda file: fill_results(file, axes, records, lambda: attributes))


def fill_results(
    file: h5py.File,
    axes: Mapping[str, Sequence[Any]],
    records: Iterable[Record | None],
    attributes: Callable[[], Mapping[str, str]],
) -> None:
    """Write records into an open file; see ``write_results``. The attributes are asked for when all records have been written."""
    Rows(file, [_coordinate(file, key, values) for key, values in axes.items()]).put_all(records)
    put_attributes(file, attributes())


def put_attributes(file: h5py.File, attributes: Mapping[str, str]) -> None:
    """Write the attributes of a file, with those that every results file gets by itself."""
    file.attrs.update({**attributes, **_conventions(attributes)})


def _conventions(attributes: Mapping[str, str]) -> dict[str, str]:
    """What the CF conventions ask of a file (https://cfconventions.org, section 2.6)."""
    when, what = attributes.get("end_utc", "unknown time"), attributes.get("command_line", "analogdecor")
    version = attributes.get("analogdecor_version", "unknown version")
    return {
        "title": TITLE,
        "schema_version": SCHEMA_VERSION,
        "Conventions": "CF-1.11",
        "source": f"analogdecor {version}: simulated crossbars",
        "history": f"{when}: {what}",
    }


OF_THE_FILE = ("title", "schema_version", "Conventions", "source", "history", "coordinates")
"""Attributes that every results file gets by itself."""


def write_whole(path: Path, fill: Callable[[h5py.File], None]) -> None:
    """Write an HDF5 file beside its place, bring it to the disk, and only then give it its name.

    Args:
        path: replaced if it exists.
        fill: writes the contents.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        with h5py.File(name, "w", track_order=True, rdcc_nbytes=_CACHE) as file:
            fill(file)
        seal(Path(name))
        os.chmod(name, 0o666 & ~umask())
        with open(name, "rb") as written:
            os.fsync(written.fileno())
        os.replace(name, path)
    except BaseException as error:
        Path(name).unlink()
        number = refused(error)
        if number is not None:
            raise OSError(number, os.strerror(number), str(path)) from error
        raise


def _coordinate(file: h5py.File, key: str, values: Sequence[Any]) -> h5py.Dataset:
    scale = put_labels(file, key, values)
    scale.make_scale(dimension(key))
    return scale


def put_labels(file: h5py.File, key: str, values: Sequence[Any]) -> h5py.Dataset:
    """Write the values of a swept key."""
    written = file.create_dataset(dimension(key), data=labels(values), dtype=None if _numeric(values) else _TEXT)
    written.attrs["long_name"] = key
    if _numeric(values):
        written.attrs["units"] = "1"
    return written


def labels(values: Sequence[Any]) -> list[Any]:
    """An axis' values as its coordinate holds them: numbers, or text; true and false, and lists, become their JSON text."""
    if _numeric(values):
        return list(values)
    return [value if isinstance(value, str) else json.dumps(value) for value in values]


def _numeric(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def is_ours(path: Path) -> bool:
    """Whether a file is a results file of this package."""
    try:
        with h5py.File(path, "r") as file:
            return _marked(file)
    except OSError:
        return False


def _marked(file: h5py.File) -> bool:
    return file.attrs.get("title") == TITLE and {"schema_version", "spec"} <= file.attrs.keys() and "status" in file


def attributes_of(path: Path) -> dict[str, str]:
    """The attributes of a results file.

    Raises:
        ValueError: it is none of ours.
    """
    with opened(path) as file:
        return {name: str(value) for name, value in file.attrs.items()}


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """A results file to read from, after a look at what is in it: it may come from a stranger.

    Raises:
        ValueError: it is none of ours, it is damaged, or it holds what no results file holds.
    """
    if not path.is_file():
        raise ValueError(f"{path} does not exist")
    try:
        with h5py.File(path, "r") as file:
            if not _marked(file):
                raise ValueError(f"{path} is not an analogdecor results file")
            arrays_of(path, file)
            yield file
    except (OSError, RuntimeError, KeyError, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path} is not an analogdecor results file, or it is damaged ({why})") from None
