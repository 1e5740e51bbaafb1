"""The checksum: every change is seen, and no reader is disturbed."""

import hashlib
import subprocess

import h5py
import numpy as np
import pytest
import xarray as xr

from experiments import checksum
from experiments.checksum import DamagedError
from experiments.record import Record, Variable
from experiments.shard import done, load_shards, read_record, status_of, write_record


@pytest.fixture
def shard(tmp_path):
    path = tmp_path / "a.h5"
    variables = {"test_accuracy": Variable(np.array([0.1, 0.9]), "1", "test accuracy")}
    write_record(path, Record(spec="{}", spec_hash="0" * 64, status="ok", variables=variables, attributes={"seed": "3"}))
    return path


def test_the_line_is_what_sha256sum_says(shard) -> None:
    by_hand = subprocess.run(f"head -c -{checksum.LENGTH} {shard} | sha256sum", shell=True, capture_output=True, text=True, check=True)
    assert shard.read_bytes()[-checksum.LENGTH :].decode() == f"sha256 {by_hand.stdout.split()[0]}\n"
    checksum.check(shard)


def test_sealing_a_file_and_sealing_bytes_are_the_same(tmp_path) -> None:
    data = bytes(range(256)) * 9000  # longer than one read
    path = tmp_path / "data"
    path.write_bytes(data)
    checksum.seal(path)
    assert path.read_bytes() == checksum.sealed(data)
    assert hashlib.sha256(data).hexdigest().encode() in path.read_bytes()
    assert checksum.state(path).startswith("whole")


def test_every_changed_byte_is_seen(shard) -> None:
    data = shard.read_bytes()
    for place in [*range(0, len(data), 97), *range(len(data) - checksum.LENGTH, len(data))]:
        changed = bytearray(data)
        changed[place] ^= 0x10
        shard.write_bytes(changed)
        with pytest.raises(DamagedError, match=r"a\.h5 is damaged"):
            read_record(shard)
    shard.write_bytes(data)
    assert read_record(shard).attributes == {"seed": "3"}


@pytest.mark.parametrize("keep", [0, 10, 71, 72, 100, 0.5, -1])
def test_a_file_that_is_cut_short_is_seen(shard, keep) -> None:
    data = shard.read_bytes()
    shard.write_bytes(data[: int(keep * len(data)) if isinstance(keep, float) else keep])
    for read in (read_record, status_of):
        with pytest.raises(DamagedError, match="cut short"):
            read(shard)
    assert checksum.state(shard).startswith(f"{shard} is damaged")


def test_a_library_that_changes_the_file_is_seen(shard) -> None:
    with h5py.File(shard, "r+") as file:
        file["test_accuracy"][1] = 1.0
    with pytest.raises(DamagedError):
        read_record(shard)


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_readers_do_not_see_it(shard, engine) -> None:
    with xr.open_dataset(shard, engine=engine) as ds:
        assert ds.test_accuracy.values.tolist() == [0.1, 0.9]


def test_a_damaged_shard_is_told_and_not_done(shard) -> None:
    told: list[str] = []
    assert done(shard, told.append)
    assert not told
    shard.write_bytes(shard.read_bytes()[:-200])
    assert not done(shard, told.append)
    assert len(told) == 1
    assert "\n" not in told[0]
    assert "run again" in told[0]
    assert not done(shard.with_name("none.h5"), told.append)
    assert len(told) == 1


def test_what_lies_at_paths(shard) -> None:
    damaged = shard.with_name("b.h5")
    damaged.write_bytes(shard.read_bytes()[:-1])
    whole, broken, nothing = load_shards([shard, damaged, shard.with_name("c.h5")])
    assert isinstance(whole, Record)
    assert isinstance(broken, str)
    assert nothing is None
