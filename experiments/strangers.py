"""Results files from strangers are data: nothing outside of the file is read, and nothing expands to more than it says.

HDF5 can point to other files (external links, external and virtual storage), load filters from the disk, and hold a terabyte of zeros in
a kilobyte. None of this is in a results file.
"""

from collections.abc import Mapping
from math import prod
from pathlib import Path

import h5py
import numpy as np

from experiments.boxes import boxes

MAX_NAMES = 10_000
MAX_CHUNK = 2**28
_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}


def accepted_bytes(path: Path) -> int:
    """How large the contents of a file may be in memory: 256 MiB and a hundred times the file [byte]."""
    return 2**28 + 100 * path.stat().st_size


def arrays_of(path: Path, file: h5py.File) -> dict[str, h5py.Dataset]:
    """The arrays of a results file by name, after a look at all of them, before their numbers are read.

    Raises:
        ValueError: it points out of itself, holds something that no results file holds, or expands beyond ``accepted_bytes``.
    """
    if len(file) > MAX_NAMES:
        raise ValueError(f"{path} is refused: {len(file)} names, at most {MAX_NAMES} are accepted")
    arrays = {name: _array(path, file, name) for name in file}
    limit = accepted_bytes(path)
    total = sum(_bytes_of(path, name, array) for name, array in arrays.items())
    if total > limit:
        raise ValueError(f"{path} is refused: it would take {total:.3g} bytes in memory, at most {limit:.3g} are accepted")
    _check_text(path, arrays, limit)
    return arrays


def _array(path: Path, file: h5py.File, name: str) -> h5py.Dataset:
    if file.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
        raise ValueError(f"{path} is refused: {name!r} is a link to somewhere else")
    item = h5py.h5o.open(file.id, name.encode())
    if not isinstance(item, h5py.h5d.DatasetID):
        raise ValueError(f"{path} is refused: {name!r} is no array")
    _check_storage(path, name, item.get_create_plist())
    return h5py.Dataset(item, readonly=True)


def _bytes_of(path: Path, name: str, array: h5py.Dataset) -> int:
    """Bytes of an array in memory, judged without reading it."""
    dtype = array.dtype
    if not (dtype.kind in "iuf" or h5py.check_string_dtype(dtype)):
        raise ValueError(f"{path} is refused: {name!r} holds neither numbers nor text")
    return prod(array.shape) * dtype.itemsize


def _check_storage(path: Path, name: str, plist: h5py.h5p.PropDCID) -> None:
    layout = plist.get_layout()
    if layout == h5py.h5d.VIRTUAL or plist.get_external_count():
        raise ValueError(f"{path} is refused: {name!r} lies in other files")
    filters = {plist.get_filter(n)[0] for n in range(plist.get_nfilters())}
    if not filters <= _FILTERS:
        raise ValueError(f"{path} is refused: {name!r} needs filters that no results file has")
    if layout == h5py.h5d.CHUNKED and prod(plist.get_chunk()) > MAX_CHUNK // 8:
        raise ValueError(f"{path} is refused: {name!r} has chunks of more than {MAX_CHUNK} bytes")


def _check_text(path: Path, arrays: Mapping[str, h5py.Dataset], limit: int) -> None:
    """Many entries may share one text, which is then a bomb: no entry is longer than the file, so few are read at a time."""
    longest = max(path.stat().st_size, 1)
    step, total = max(1, limit // longest), 0
    for name, array in arrays.items():
        entries = prod(array.shape)
        if entries * longest <= limit or not h5py.check_string_dtype(array.dtype):
            continue
        for start in range(0, entries, step):
            for box, _ in boxes(array.shape, start, min(start + step, entries)):
                total += sum(len(text) for text in np.ravel(array[box]))
            if total > limit:
                raise ValueError(f"{path} is refused: the text of {name!r} takes more than {limit:.3g} bytes")
