"""Archives from strangers: what is in them, and no more than they may hold."""

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc

import pytest

from experiments import archive
from experiments.archive import members

PACK = {"tar": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    made = tarfile.TarInfo(name)
    made.size, made.type = size, kind
    return made.tobuf(tarfile.USTAR_FORMAT)


def tar(**files: bytes) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as made:
        for name, content in files.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            made.addfile(one, io.BytesIO(content))
    return data.getvalue()


@pytest.mark.parametrize("kind", PACK)
def test_wanted_files_come_in_order(tmp_path, kind: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(PACK[kind](tar(a=b"1" * 700, b=b"2", c=b"")))
    assert list(members(path, lambda name: name != "b")) == [("a", b"1" * 700), ("c", b"")]


@pytest.fixture
def _little(monkeypatch) -> None:
    monkeypatch.setattr(archive, "ROOM", 10**6)
    monkeypatch.setattr(archive, "LARGEST", 10**5)


# names, sizes and kinds of what the archive says it holds; zeros follow, as many as it says
BOMBS = {
    "a wanted file": (header("wanted", 2 * 10**5), 2 * 10**5, "at most 100000 are accepted"),
    "a file beside": (header("other", 10**8), 10**8, r"more than \d+ bytes"),
    "a long name": (header("x", 2 * 10**5, tarfile.GNUTYPE_LONGNAME), 2 * 10**5, "at once"),
    "a pax header": (header("x", 2 * 10**5, tarfile.XHDTYPE), 2 * 10**5, "at once"),
    "a size that is a lie": (header("wanted", 2**32), 0, "at most 100000 are accepted"),
    "many small files": (header("wanted", 0) * 3000, 0, r"more than \d+ bytes"),
}


@pytest.mark.usefixtures("_little")
@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("kind", ["gz", "xz"])
def test_bombs_are_refused_in_little_memory(tmp_path, bomb: str, kind: str) -> None:
    head, zeros, why = BOMBS[bomb]
    path = tmp_path / "a"
    path.write_bytes(PACK[kind](head + bytes(zeros + 1024)))
    assert archive.accepted(path.stat().st_size) < 2 * 10**7
    tracemalloc.start()
    with pytest.raises(ValueError, match=why) as refused:
        list(members(path, lambda name: name == "wanted"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * 10**7  # an xz dictionary alone takes 8 MB
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", tar(a=b"1" * 600)[:900], gzip.compress(tar(a=b"1" * 9999))[:-20], lzma.compress(b"x")[:-3]],
    ids=["empty", "text", "tar", "gz", "xz"],
)
def test_damaged_ones_are_told(tmp_path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged, cut short, or no tar archive"):
        list(members(path, lambda name: True))
