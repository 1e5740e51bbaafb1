"""Files that are whole or absent, also when the disk is full."""

import os

import h5py
import pytest

from experiments import whole


def test_an_image_is_the_file(tmp_path) -> None:
    data = whole.image(lambda file: file.create_dataset("x", data=[1.0, 2.0]))
    whole.write_bytes(tmp_path / "a.h5", data)
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["x"][()].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_takes_the_place_of_the_old_one_with_the_usual_permissions(tmp_path, durable: bool) -> None:
    path, plain = tmp_path / "a", tmp_path / "plain"
    plain.touch()
    whole.write_bytes(path, b"old", durable=durable)
    whole.write_bytes(path, b"new", durable=durable)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode == plain.stat().st_mode
    assert len(list(tmp_path.iterdir())) == 2


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a"
    whole.write_bytes(path, b"old")

    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as raised:
        whole.write_bytes(path, b"new")
    assert raised.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (OSError(28, "No space left on device"), 28),
        (RuntimeError("Can't close (file write failed: time = Mon,\n filename = 'x', errno = 27, error message = 'File too large')"), 27),
        (RuntimeError("Can't close"), None),
        (OSError("no number"), None),
        (ValueError("file write failed: errno = 28"), None),
    ],
)
def test_what_the_system_refused_is_known_by_its_number(error: Exception, number: int | None) -> None:
    assert whole.refused(error) == number
