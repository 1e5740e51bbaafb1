import gzip
import struct

import numpy as np
import pytest

from experiments.data import fashion_mnist, mnist
from experiments.idx import FILES, read_idx


def idx(array: np.ndarray) -> bytes:
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture(params=["plain", "gzipped"])
def root(tmp_path, request):
    generator = np.random.default_rng(0)
    for folder in ("MNIST", "FashionMNIST"):
        raw = tmp_path / folder / "raw"
        raw.mkdir(parents=True)
        for count, names in zip((12, 5), FILES.values(), strict=True):
            for name, shape in zip(names, ((count, 28, 28), (count,)), strict=True):
                content = idx(generator.integers(0, 10, shape, dtype=np.uint8))
                plain = request.param == "plain"
                (raw / (name if plain else f"{name}.gz")).write_bytes(content if plain else gzip.compress(content))
    return tmp_path


@pytest.mark.parametrize("module", [mnist, fashion_mnist])
def test_reads_torchvisions_layout(root, module) -> None:
    parts = module.load(root=str(root))
    assert parts.train_inputs.shape == (12, 1, 28, 28)
    assert parts.test_inputs.shape == (5, 1, 28, 28)
    assert parts.train_inputs.dtype == np.uint8
    assert parts.train_labels.shape == (12,)
    assert parts.source == module.SOURCE


def test_values_and_order_survive(tmp_path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "a").write_bytes(idx(array))
    assert np.array_equal(read_idx(tmp_path / "a"), array)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\[\.gz\] is missing; set data\.root"):
        mnist.load(root=str(tmp_path))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a", idx(np.zeros((3, 4), np.uint8))[:-1], "is damaged: 11 bytes"),
        ("a", idx(np.zeros((3, 4), np.uint8)) + b"x", "is damaged: more bytes"),
        ("a", idx(np.zeros((3, 4), np.uint8))[:6], "ends inside its header"),
        ("a", b"hello world", "is not an idx file"),
        ("a", b"", "is not an idx file"),
        ("a.gz", gzip.compress(idx(np.zeros((3, 4), np.uint8)), mtime=0)[:-9], "is damaged or cut short"),
        ("a.gz", b"hello", "is damaged or cut short"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, expected) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=expected):
        read_idx(tmp_path / name)


def test_a_file_that_expands_for_ever_is_refused(tmp_path) -> None:
    """2 MB of zeros behind a header that says 4 bytes, and a header that says 2 GB above nothing."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"\x00\x00\x08\x01" + struct.pack(">I", 4) + bytes(2 * 10**6)))
    with pytest.raises(ValueError, match="more bytes of data where its header says 4"):
        read_idx(path)
    path.write_bytes(gzip.compress(b"\x00\x00\x08\x02" + struct.pack(">II", 2**31, 2**10)))
    with pytest.raises(ValueError, match="which such a small file does not hold"):
        read_idx(path)
