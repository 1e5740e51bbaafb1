import tarfile

import numpy as np
import pytest
from PIL import Image

from experiments.data.images import load


def picture(path, colour, size=(6, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "pictures"
    for part, count in (("train", 3), ("test", 2)):
        for label, colour in (("cat", (200, 0, 0)), ("ant", (0, 100, 0))):
            for number in range(count):
                picture(folder / part / label / f"{number}.png", colour)
    return folder


def test_classes_are_folders_in_alphabetical_order(root) -> None:
    parts = load(root=str(root))
    assert parts.train_inputs.shape == (6, 3, 6, 6)
    assert parts.classes == 2
    assert parts.train_labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert parts.train_inputs[0, :, 0, 0].tolist() == [0, 100, 0]
    assert parts.test_inputs[-1, :, 5, 5].tolist() == [200, 0, 0]


@pytest.mark.parametrize(("mode", "suffix"), [("w", "tar"), ("w:gz", "tar.gz"), ("w:xz", "tar.xz")])
def test_an_archive_gives_the_same(root, tmp_path, mode, suffix) -> None:
    with tarfile.open(tmp_path / f"a.{suffix}", mode) as archive:
        archive.add(root, arcname="pictures")
    whole, packed = load(root=str(root)), load(root=str(tmp_path / f"a.{suffix}"))

    def rows(parts):
        return sorted((label, x.tobytes()) for label, x in zip(parts.train_labels.tolist(), parts.train_inputs, strict=True))

    assert rows(whole) == rows(packed)


def test_resize_and_grey(root) -> None:
    picture(root / "train" / "cat" / "big.png", (200, 0, 0), (9, 12))
    parts = load(root=str(root), resize=4, grey=True)
    assert parts.train_inputs.shape == (7, 1, 4, 4)
    assert set(np.unique(parts.train_inputs[3:])) == {round(0.299 * 200)}
    with pytest.raises(ValueError, match=r"different sizes.*set data\.resize"):
        load(root=str(root))


def test_what_is_missing_or_damaged_is_named(root, tmp_path) -> None:
    with pytest.raises(ValueError, match="no such folder or archive"):
        load(root=str(tmp_path / "nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no pictures in train/CLASS/"):
        load(root=str(tmp_path / "empty"))
    picture(root / "test" / "dog" / "0.png", (0, 0, 9))
    with pytest.raises(ValueError, match="class 'dog' is in test/ but not in train/"):
        load(root=str(root))
    (root / "test" / "dog" / "0.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"dog/0\.png is damaged"):
        load(root=str(root))


@pytest.mark.parametrize(("mode", "suffix"), [("w", "tar"), ("w:gz", "tar.gz"), ("w:xz", "tar.xz")])
def test_a_truncated_archive_is_named(root, tmp_path, mode, suffix) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    for number in range(20):
        Image.fromarray(np.roll(noise, number)).save(root / "test" / "cat" / f"{number}.png")
    path = tmp_path / f"a.{suffix}"
    with tarfile.open(path, mode) as archive:
        archive.add(root, arcname="pictures")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 100])
    with pytest.raises(ValueError, match="is damaged, cut short"):
        load(root=str(path))


def test_a_picture_of_very_many_pixels_is_refused(root, monkeypatch) -> None:
    """Pillow warns above its limit, and refuses above twice as many; we refuse both."""
    picture(root / "train" / "cat" / "large.png", (0, 0, 0), (90, 120))
    for most in (9_000, 5_000):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
        with pytest.raises(ValueError, match=r"large\.png is damaged or no picture: Image size \(10800 pixels\) exceeds limit"):
            load(root=str(root), resize=4)


def test_few_bytes_that_become_very_many_pixels_are_refused(root, monkeypatch) -> None:
    monkeypatch.setattr("experiments.archive.ROOM", 1000)
    monkeypatch.setattr("experiments.archive.EXPANSION", 1)
    with pytest.raises(ValueError, match=r"bytes of pictures become more than \d+ of pixels"):
        load(root=str(root), resize=200)
