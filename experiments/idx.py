"""The idx format of the MNIST family: read from torchvision's folder layout, plain or gzipped, never unpacked to disk."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

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
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged or cut short: {error}") from None
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} is not an idx file of unsigned bytes")
    dims = content[3]
    start = 4 + 4 * dims
    if len(content) < start:
        raise ValueError(f"{path} is cut short: it ends inside its header")
    shape = struct.unpack(f">{dims}I", content[4:start])
    body = np.frombuffer(content, np.uint8, offset=start)
    if len(body) != int(np.prod(shape)):
        raise ValueError(f"{path} is damaged: {len(body)} bytes of data where its header says {' x '.join(map(str, shape))}")
    return body.reshape(shape)
