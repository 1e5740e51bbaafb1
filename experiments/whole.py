"""Small files that are whole or absent."""

import contextlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import h5py


def image(fill: Callable[[h5py.File], None], start: bytes | None = None) -> bytes:
    """The bytes of an HDF5 file, made in memory.

    Args:
        fill: writes the contents.
        start: the bytes of a file to begin with; an empty one where None.
    """
    with _in_memory(start) as file:
        fill(file)
        file.flush()
        return bytes(file.id.get_file_image())


def _in_memory(start: bytes | None) -> h5py.File:
    if start is None:
        return h5py.File("image", "w", driver="core", backing_store=False, track_order=True)
    return h5py.File(h5py.h5f.open_file_image(start, flags=h5py.h5f.FILE_IMAGE_OPEN_RW))


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file beside its place, bring it to the disk, and only then give it its name.

    Args:
        path: replaced if it exists.
        data: what it will hold.
        durable: also after a power cut; a file that is written every second need not be.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(handle, 0o666 & ~umask())
            if durable:
                file.flush()
                os.fsync(handle)
        os.replace(name, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise


def refused(error: BaseException) -> int | None:
    """The errno of a write that the system refused, such as 28 on a full disk; None for other errors. HDF5 puts it into its text."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    found = re.search(r"file write failed.*errno = (\d+)", str(error), re.DOTALL) if isinstance(error, OSError | RuntimeError) else None
    return int(found[1]) if found else None


def umask() -> int:
    """Permissions that new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
