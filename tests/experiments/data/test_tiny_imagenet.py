"""The layout of the publisher's archive, made small: two classes, the real file names."""

import numpy as np
import pytest
from PIL import Image

from experiments.data.tiny_imagenet import load

CLASSES = ("n01443537", "n01629819")


def _picture(path, grey: int, side: int = 64) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), (grey, 0, 255)).save(path, quality=95)


@pytest.fixture
def root(tmp_path):
    for number, name in enumerate(CLASSES):
        for picture in range(3):
            _picture(tmp_path / "train" / name / "images" / f"{name}_{picture}.JPEG", 100 * number + 10 * picture)
        _picture(tmp_path / "val" / "images" / f"val_{number}.JPEG", 200)
    rows = [f"val_{number}.JPEG\t{name}\t0\t0\t63\t63" for number, name in enumerate(reversed(CLASSES))]
    (tmp_path / "val" / "val_annotations.txt").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_pictures_and_labels(root) -> None:
    parts = load(root=str(root))
    assert parts.train_inputs.shape == (6, 3, 64, 64)
    assert parts.train_labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert parts.test_labels.tolist() == [1, 0]
    assert parts.classes == 2
    red = parts.train_inputs[:, 0].astype(float).mean((1, 2))
    np.testing.assert_allclose(red, [0, 10, 20, 100, 110, 120], atol=3)  # JPEG at quality 95


def test_what_is_missing_or_damaged_is_named(root) -> None:
    with pytest.raises(ValueError, match="are not there"):
        load(root=str(root / "train"))
    _picture(root / "train" / CLASSES[0] / "images" / "small.JPEG", 0, side=32)
    with pytest.raises(ValueError, match=r"small.JPEG has 32 x 32 pixels"):
        load(root=str(root))
    (root / "val" / "val_annotations.txt").write_text("val_0.JPEG\tn9\n")
    with pytest.raises(ValueError, match=r"val_annotations.txt is damaged"):
        load(root=str(root))
