"""images: your own pictures, one folder per class, as a folder or as one tar archive."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, UnidentifiedImageError

from experiments.archive import accepted, members
from experiments.splits import Parts

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")


def load(*, root: str, resize: int = 0, grey: bool = False) -> Parts:
    """Inputs [N, 3 or 1, height, width] as pixels; classes are the folders' names in alphabetical order.

    Args:
        root: a folder, or a .tar, .tar.gz or .tar.xz archive, with train/CLASS/*.jpg and test/CLASS/*.jpg (jpeg, png, bmp too).
        resize: side of the square that every picture is scaled to [pixels]; 0 keeps the size, which must then be the same for all.
        grey: one channel instead of three.

    Raises:
        ValueError: it is missing or damaged, sizes differ, a class of the test part is not in the training part, or few bytes become
            very many pixels.
    """
    found: dict[str, list[tuple[str, np.ndarray]]] = {"train": [], "test": []}
    packed = unpacked = 0
    for name, content in _files(Path(root)):
        part, label = PurePosixPath(name).parts[-3:-1]
        pixels = _pixels(name, content, resize, grey)
        packed, unpacked = packed + len(content), unpacked + pixels.nbytes
        if unpacked > accepted(packed):
            raise ValueError(
                f"data.root = {root!r} is not accepted: {packed} bytes of pictures become more than {accepted(packed)} of pixels"
            )
        found[part].append((label, pixels))
    names = sorted({label for label, _ in found["train"]})
    _check(root, found, names)
    (x_train, y_train), (x_test, y_test) = (_stack(root, found[part], names) for part in ("train", "test"))
    return Parts(
        train_inputs=x_train,
        train_labels=y_train,
        test_inputs=x_test,
        test_labels=y_test,
        classes=len(names),
        source=f"images from {Path(root).name}, {'grey' if grey else 'colour'}{f', scaled to {resize} x {resize}' if resize else ''}",
    )


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of all pictures that lie in .../train/CLASS/ or .../test/CLASS/, in alphabetical order for a folder."""
    if root.is_dir():
        for path in sorted(root.glob("*/*/*")):
            if _is_sample(path.as_posix()):
                yield path.as_posix(), path.read_bytes()
    elif root.is_file():
        yield from _archived(root)
    else:
        raise ValueError(f"data.root = {str(root)!r} is not accepted: there is no such folder or archive")


def _archived(root: Path) -> Iterator[tuple[str, bytes]]:
    try:
        yield from members(root, _is_sample)
    except ValueError as error:
        raise ValueError(f"data.root = {str(root)!r} is not accepted: {error}") from None


def _is_sample(name: str) -> bool:
    path = PurePosixPath(name)
    return len(path.parts) >= 3 and path.parts[-3] in ("train", "test") and path.suffix.lower() in SUFFIXES


def _pixels(name: str, content: bytes, resize: int, grey: bool) -> np.ndarray:
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning), Image.open(io.BytesIO(content)) as opened:
            picture = opened.convert("L" if grey else "RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning, ValueError) as error:
        raise ValueError(f"{name} is damaged or no picture: {error}") from None
    if resize:
        picture = picture.resize((resize, resize), Image.Resampling.BOX)
    pixels = np.asarray(picture)
    return pixels[None] if grey else pixels.transpose(2, 0, 1)


def _check(root: str, found: dict[str, list[tuple[str, np.ndarray]]], names: list[str]) -> None:
    for part in ("train", "test"):
        if not found[part]:
            raise ValueError(f"data.root = {root!r} is not accepted: it has no pictures in {part}/CLASS/")
    strangers = sorted({label for label, _ in found["test"]} - set(names))
    if strangers:
        raise ValueError(f"data.root = {root!r} is not accepted: class {strangers[0]!r} is in test/ but not in train/")


def _stack(root: str, samples: list[tuple[str, np.ndarray]], names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    shapes = sorted({pixels.shape for _, pixels in samples})
    if len(shapes) > 1:
        raise ValueError(f"data.root = {root!r}: pictures of different sizes, {shapes[0]} and {shapes[1]}; set data.resize")
    return np.stack([pixels for _, pixels in samples]), np.array([names.index(label) for label, _ in samples])
