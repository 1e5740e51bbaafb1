"""arrays: your own data in one .npz file."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from experiments.npz import read_arrays
from experiments.splits import Parts

NAMES = ("x_train", "y_train", "x_test", "y_test")


def load(*, path: str) -> Parts:
    """Inputs [N, features...], floating point or uint8 pixels, and integer labels [N] from 0.

    Args:
        path: of an .npz file with the arrays x_train, y_train, x_test and y_test. Pickled objects are refused.

    Raises:
        ValueError: the file is missing or damaged, or an array is missing or of the wrong shape or type.
    """
    if not Path(path).is_file():
        raise ValueError(f"data.path = {path!r} is not accepted: there is no such file")
    arrays = _read(path)
    for part in ("train", "test"):
        _check_pair(path, part, arrays[f"x_{part}"], arrays[f"y_{part}"])
    return Parts(
        train_inputs=arrays["x_train"],
        train_labels=arrays["y_train"],
        test_inputs=arrays["x_test"],
        test_labels=arrays["y_test"],
        classes=1 + int(max(arrays["y_train"].max(), arrays["y_test"].max())),
        source=f"arrays from {Path(path).name}",
    )


def _read(path: str) -> dict[str, np.ndarray]:
    try:
        return read_arrays(Path(path), NAMES)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"data.path = {path!r} is not accepted: an .npz file with {', '.join(NAMES)} is ({reason})") from None


def _check_pair(path: str, part: str, x: np.ndarray, y: np.ndarray) -> None:
    if x.ndim < 2 or y.shape != x.shape[:1] or not len(y):
        raise ValueError(f"{path}: x_{part} {x.shape} and y_{part} {y.shape} do not fit: [N, features...] and [N] do")
    if not (np.issubdtype(x.dtype, np.floating) or x.dtype == np.uint8) or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"{path}: x_{part} is {x.dtype} and y_{part} {y.dtype}: floating point or uint8, and integers, are accepted")
