"""tiny_imagenet: photographs in 200 classes, 64 x 64, 100,000 + 10,000, from the folder that the publisher's archive unpacks to."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from experiments.splits import Parts

SOURCE = "Le, Yang, Tiny ImageNet visual recognition challenge, CS 231N, Stanford 2015; its validation part is the test part here"


def load(*, root: str = "data/tiny-imagenet-200") -> Parts:
    """Inputs [N, 3, 64, 64] as pixels; classes are the WordNet numbers in alphabetical order.

    Args:
        root: the folder tiny-imagenet-200, with train/CLASS/images/*.JPEG, val/images/*.JPEG and val/val_annotations.txt. Nothing is
            downloaded.

    Raises:
        ValueError: it is missing or damaged.
    """
    folder = Path(root)
    train = sorted(folder.glob("train/*/images/*.JPEG"))
    listed = folder / "val" / "val_annotations.txt"
    if not train or not listed.is_file():
        raise ValueError(f"data.root = {root!r} is not accepted: train/CLASS/images/*.JPEG and val/val_annotations.txt are not there")
    names = sorted({path.parts[-3] for path in train})
    rows = [line.split("\t") for line in listed.read_text(encoding="utf-8").splitlines()]
    if not rows or any(len(row) < 2 or row[1] not in names for row in rows):
        raise ValueError(f"{listed} is damaged: every line is a picture's name and the name of a class of the training part")
    test = [folder / "val" / "images" / row[0] for row in rows]
    return Parts(
        train_inputs=np.stack([_pixels(path) for path in train]),
        train_labels=np.array([names.index(path.parts[-3]) for path in train]),
        test_inputs=np.stack([_pixels(path) for path in test]),
        test_labels=np.array([names.index(row[1]) for row in rows]),
        classes=len(names),
        source=SOURCE,
    )


def _pixels(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as opened:
            pixels = np.asarray(opened.convert("RGB"))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, ValueError) as error:
        raise ValueError(f"{path} is damaged or no picture: {error}") from None
    if pixels.shape != (64, 64, 3):
        raise ValueError(f"{path} has {pixels.shape[1]} x {pixels.shape[0]} pixels: all pictures have 64 x 64")
    return pixels.transpose(2, 0, 1)
