"""One sweep per output: the lock file in the folder of its shards names who is at work.

The file is written whole under another name and linked to its own: link(2) is exclusive on local file systems and on NFS. A lock whose
process no longer lives on this machine is taken over; this one step is guarded by flock(2), between processes of this machine. Whether a
process of another machine lives cannot be seen from here, so its lock stays until somebody removes it. Assumed: machines that
share a folder have different host names, and processes that share it on one machine see each other's numbers.
"""

import fcntl
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments import provenance

NAME = "sweep.lock"
_GUARD = "sweep.lock.guard"


@dataclass(frozen=True)
class Owner:
    """Who holds a lock.

    Attributes:
        host: name of the machine.
        pid: number of the process.
        born: when the process started, as the kernel counts it, so that a number used again is not taken for it; "" where unknown.
        since: when the lock was taken, UTC.
    """

    host: str
    pid: int
    born: str
    since: str

    def dead(self) -> bool:
        """Whether the process is known to have ended."""
        return self.host == socket.gethostname() and (not _alive(self.pid) or _born(self.pid) != self.born)


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        ValueError: another sweep holds it.
    """
    path, me = folder / NAME, Owner(socket.gethostname(), os.getpid(), _born(os.getpid()), provenance.now())
    if not _taken(path, me):
        _take_over(path, me)
    try:
        yield
    finally:
        if owner_of(path) == me:  # somebody may have removed it by hand and begun
            path.unlink()


def _taken(path: Path, me: Owner) -> bool:
    """Whether the lock was free and is now ours."""
    handle, name = tempfile.mkstemp(prefix=f".{NAME}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(asdict(me), file)
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(name)
    return True


def _take_over(path: Path, me: Owner) -> None:
    """Take the lock of a dead process, in one step with finding that it is dead."""
    _refuse(path)
    with _guard(path.with_name(_GUARD)):
        _refuse(path)
        path.unlink(missing_ok=True)
        if not _taken(path, me):  # somebody was faster between these two lines: it has just begun and lives
            raise ValueError(f"another sweep on {path.parent} has just begun; wait for it, or choose another output with -o")


def _refuse(path: Path) -> None:
    owner = owner_of(path)
    if owner is not None and not owner.dead():
        raise ValueError(refusal(path, owner))


@contextmanager
def _guard(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def owner_of(path: Path) -> Owner | None:
    """Who holds a lock, or None where nobody does.

    Raises:
        ValueError: the file is no lock.
    """
    try:
        return Owner(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (json.JSONDecodeError, TypeError):
        raise ValueError(f"{path} is not a lock; remove it if no sweep is running") from None


def refusal(path: Path, owner: Owner) -> str:
    """The sentence for whoever comes second."""
    elsewhere = "" if owner.host == socket.gethostname() else f"; if it is dead, remove {path}"
    return f"another sweep writes here since {owner.since}: process {owner.pid} on {owner.host}{elsewhere}; choose another output with -o"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _born(pid: int) -> str:
    """Boot and start tick of a process; "" where there is no /proc, and for one that has ended and whose parent has not looked yet."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()  # from field 3 of proc_pid_stat(5) on
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else f"{boot}:{fields[19]}"
