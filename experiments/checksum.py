"""The checksum of a file: SHA-256 of all bytes before it, in words, behind the end of the HDF5 contents.

HDF5 reads nothing beyond its own end, so that every reader opens the file all the same. By hand: ``head -c -72 FILE | sha256sum`` gives
what ``tail -c 72 FILE`` shows. A library that changes the file cuts the line off: a changed file has no checksum.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO

_MARK = b"sha256 "
LENGTH = len(_MARK) + 64 + 1
"""Bytes of the line."""


class DamagedError(ValueError):
    """A file is not what was written: cut short, or changed since."""


def seal(path: Path) -> None:
    """Append the checksum to a file that has none."""
    with path.open("r+b") as file:
        digest = _digest(file, file.seek(0, 2))
        file.write(_MARK + digest + b"\n")


def sealed(data: bytes) -> bytes:
    """The bytes of a file, with their checksum behind them."""
    return data + _MARK + hashlib.sha256(data).hexdigest().encode() + b"\n"


def check(path: Path) -> None:
    """Compare a file with its checksum. The contents are not looked at: a damaged file can do no harm.

    Raises:
        DamagedError: in one line, what is wrong.
    """
    with path.open("rb") as file:
        end = max(file.seek(0, 2) - LENGTH, 0)
        file.seek(end)
        line = file.read()
        if not (line.startswith(_MARK) and line.endswith(b"\n") and len(line) == LENGTH):
            raise DamagedError(f"{path} is damaged: it is cut short, or was changed since it was written (it has no checksum)")
        if _digest(file, end) != line[len(_MARK) : -1]:
            raise DamagedError(f"{path} is damaged: its checksum is not that of its contents")


def state(path: Path) -> str:
    """What the checksum says, in words."""
    try:
        check(path)
    except DamagedError as error:
        return str(error)
    return "whole: the checksum is that of the contents"


def _digest(file: BinaryIO, end: int) -> bytes:
    """SHA-256 of the first ``end`` bytes, as hexadecimal digits; the file then stands behind them."""
    file.seek(0)
    digest = hashlib.sha256()
    left = end
    while left and (part := file.read(min(left, 1 << 20))):
        digest.update(part)
        left -= len(part)
    return digest.hexdigest().encode()
