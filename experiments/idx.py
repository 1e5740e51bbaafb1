"""The idx format of the MNIST family: read from torchvision's folder layout, plain or gzipped, never unpacked to disk."""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from experiments.archive import accepted
from experiments.splits import Parts

FILES = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")}


def load_family(root: str, folder: str, source: str) -> Parts:
    """A data set of the MNIST family from ``root/folder/raw``: inputs [N, 1, 28, 28] as uint8 pixels, labels 0 to 9.

    Raises:
        ValueError: a file is missing or damaged.
    """
    raw = Path(root) / folder / "raw"
    arrays = {part: tuple(read_idx(_find(raw, name)) for name in names) for part, names in FILES.items()}
    return Parts(
        train_inputs=arrays["train"][0][:, None],
        train_labels=arrays["train"][1],
        test_inputs=arrays["test"][0][:, None],
        test_labels=arrays["test"][1],
        classes=10,
        source=source,
    )


def _find(raw: Path, name: str) -> Path:
    for path in (raw / name, raw / f"{name}.gz"):
        if path.is_file():
            return path
    raise ValueError(f"data.root: {raw / name}[.gz] is missing; set data.root, or data.download = true where there is a network")


def read_idx(path: Path) -> np.ndarray:
    """An array of unsigned bytes: magic 0x0000 08 ndim, ndim big-endian sizes, then the bytes.

    Raises:
        ValueError: the file is no idx file of bytes, or shorter or longer than it says.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _array(path, file)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged or cut short: {error}") from None


def _array(path: Path, file: BinaryIO | gzip.GzipFile) -> np.ndarray:
    magic = file.read(4)
    if len(magic) < 4 or magic[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} is not an idx file of unsigned bytes")
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise ValueError(f"{path} is cut short: it ends inside its header")
    shape = struct.unpack(f">{magic[3]}I", header)
    wanted = math.prod(shape)
    if wanted > accepted(path.stat().st_size):
        raise ValueError(f"{path} is damaged: its header says {wanted} bytes, which such a small file does not hold")
    content = file.read(wanted + 1)  # no more of what may expand for ever
    if len(content) != wanted:
        more = "more" if len(content) > wanted else str(len(content))
        raise ValueError(f"{path} is damaged: {more} bytes of data where its header says {' x '.join(map(str, shape))}")
    return np.frombuffer(content, np.uint8).reshape(shape)
