"""Pictures from a tar archive that may come from a stranger: it expands to no more than it may, whatever its headers say."""

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

ROOM = 2**32
EXPANSION = 100
"""Accepted: 4 GiB, or a hundred times the files, in memory."""

LARGEST = 2**26
"""Bytes of one file in the archive."""

_OPENERS: dict[bytes, Callable[[Any], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


def accepted(size: int) -> int:
    """Bytes that files of this size may expand to."""
    return max(ROOM, EXPANSION * size)


def members(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files whose names are wanted. Nothing is unpacked to the disk.

    Raises:
        ValueError: it is damaged, cut short or no archive, a wanted file is larger than ``LARGEST``, or all together expand too far.
    """
    try:
        with path.open("rb") as packed:
            bounded: Any = _Bounded(_opened(packed), accepted(path.stat().st_size))
            yield from _wanted(bounded, wanted)
    except (tarfile.TarError, lzma.LZMAError, EOFError, OSError) as error:
        raise ValueError(f"it is damaged, cut short, or no tar archive: {error}") from None


def _wanted(file: Any, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for member in archive:
            if member.isfile() and wanted(member.name):
                yield member.name, _content(archive, member)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > LARGEST:
        raise ValueError(f"{member.name} has {member.size} bytes; at most {LARGEST} are accepted")
    file = archive.extractfile(member)
    assert file is not None  # it is a file
    return file.read()


def _opened(packed: IO[bytes]) -> Any:
    start = packed.read(6)
    packed.seek(0)
    return next((opener(packed) for mark, opener in _OPENERS.items() if start.startswith(mark)), packed)


class _Bounded:
    """A file that ends in an error behind ``limit`` bytes: also where a header asks for more, or for one huge piece of it."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._limit = file, limit

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > LARGEST:
            raise ValueError(f"a header asks for {size} bytes at once; at most {LARGEST} are accepted")
        self._within(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        if whence == 0:
            self._within(place)
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def _within(self, place: int) -> None:
        if place > self._limit + tarfile.RECORDSIZE:  # an archive ends with a record that may be read beyond its end
            raise ValueError(f"it would take more than {self._limit} bytes, which is more than is accepted")
