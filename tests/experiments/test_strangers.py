"""Results files from strangers: what points elsewhere or expands is refused with one line, before it is read."""

import h5py
import numpy as np
import pytest

from experiments.record import Record
from experiments.results import attributes_of, opened
from experiments.shard import write_record
from experiments.strangers import accepted_bytes


@pytest.fixture
def path(tmp_path):
    write_record(tmp_path / "a.h5", Record(spec="{}", spec_hash="0", status="ok"))
    return tmp_path / "a.h5"


def _external_link(file: h5py.File) -> None:
    file["x"] = h5py.ExternalLink("/etc/passwd", "/")


def _soft_link(file: h5py.File) -> None:
    file["x"] = h5py.SoftLink("/status")


def _group(file: h5py.File) -> None:
    file.create_group("x")


def _external_storage(file: h5py.File) -> None:
    file.create_dataset("x", (16,), dtype="u1", external=[("/etc/passwd", 0, 16)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3,), dtype="f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(3,))
    file.create_virtual_dataset("x", layout)


def _terabyte(file: h5py.File) -> None:
    file.create_dataset("x", (2**37,), dtype="f8", chunks=(2**16,), compression="gzip")


def _large_chunk(file: h5py.File) -> None:
    file.create_dataset("x", (1,), maxshape=(None,), dtype="u1", chunks=(2**26,), compression="gzip")


def _foreign_filter(file: h5py.File) -> None:
    file.create_dataset("x", (100,), dtype="f8", chunks=(10,), compression="lzf")


def _reference(file: h5py.File) -> None:
    file.create_dataset("x", data=file["status"].ref, dtype=h5py.ref_dtype)


def _compound(file: h5py.File) -> None:
    file["x"] = np.zeros(3, dtype=[("a", "f8")])


def _many_names(file: h5py.File) -> None:
    for number in range(10_001):
        file[f"x{number}"] = h5py.SoftLink("/status")


BAD = (
    _external_link,
    _soft_link,
    _group,
    _external_storage,
    _virtual,
    _terabyte,
    _large_chunk,
    _foreign_filter,
    _reference,
    _compound,
    _many_names,
)


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__[1:])
def test_it_is_refused(path, spoil) -> None:
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(ValueError, match=r"a\.h5 is refused") as refused:
        attributes_of(path)
    assert "\n" not in str(refused.value)


def test_one_long_text_shared_by_many_entries_is_refused(path) -> None:
    """HDF5 itself writes a text for every entry; the entries' heap addresses are made equal in the file's bytes."""
    with h5py.File(path, "r+") as file:
        data = file.create_dataset("x", (1500,), dtype=h5py.string_dtype())
        data[0] = "a" * 2**19
        offset = data.id.get_offset()
    raw = bytearray(path.read_bytes())
    raw[offset : offset + 16 * 1500] = raw[offset : offset + 16] * 1500
    path.write_bytes(raw)
    assert accepted_bytes(path) < 1500 * 2**19
    with pytest.raises(ValueError, match="the text of 'x' takes more than"):
        attributes_of(path)


def test_what_is_written_by_us_is_accepted(path) -> None:
    with opened(path) as file:
        assert int(file["status"][()]) == 0
    assert attributes_of(path)["Conventions"].startswith("CF-")


def test_a_file_without_its_spec_is_none_of_ours(path) -> None:
    with h5py.File(path, "r+") as file:
        del file.attrs["spec"]
    with pytest.raises(ValueError, match=r"a\.h5 is not an analogdecor results file"):
        attributes_of(path)
