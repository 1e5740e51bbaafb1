"""Arrays from an .npz file that may come from a stranger: no pickles, and nothing that is larger than the file says."""

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from experiments.archive import accepted

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The named arrays of an .npz file.

    Raises:
        ValueError: an array is missing, is pickled, says that it is larger than it is, or the file expands too far.
        OSError, EOFError, zipfile.BadZipFile: it is damaged.
    """
    with path.open("rb") as opened, zipfile.ZipFile(opened) as archive:
        missing = [name for name in names if f"{name}.npy" not in archive.namelist()]
        if missing:
            raise ValueError(f"it has no {', '.join(missing)}")
        members = [archive.getinfo(f"{name}.npy") for name in names]
        limit, total = accepted(path.stat().st_size), sum(member.file_size for member in members)
        if total > limit:
            raise ValueError(f"it would take {total} bytes in memory, at most {limit} are accepted")
        return {name: _array(archive, member) for name, member in zip(names, members, strict=True)}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as file:
        shape, dtype = _header(file)
    if dtype.hasobject:
        raise ValueError(f"{member.filename} holds pickled objects")
    if math.prod(shape) * dtype.itemsize > member.file_size:
        raise ValueError(f"{member.filename} says that it has the shape {shape}, and is only {member.file_size} bytes long")
    with archive.open(member) as file:
        array: np.ndarray = npy.read_array(file, allow_pickle=False)
        return array


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"an array is written in version {version} of numpy's format; 1.0 and 2.0 are accepted")
    shape, _, dtype = _HEADERS[version](file)
    return shape, dtype
