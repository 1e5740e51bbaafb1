"""One owner at a time; the dead own nothing."""

import json
import multiprocessing
import os
import socket
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from experiments.lock import NAME, Owner, _born, lock, owner_of


def me() -> Owner:
    return Owner(socket.gethostname(), os.getpid(), _born(os.getpid()), "then")


def left_by(folder: Path, owner: Owner) -> Path:
    path = folder / NAME
    path.write_text(json.dumps(asdict(owner)))
    return path


def test_a_lock_names_its_owner_and_goes(tmp_path) -> None:
    with lock(tmp_path):
        owner = owner_of(tmp_path / NAME)
        assert owner is not None
        assert replace(owner, since="then") == me()
    assert owner_of(tmp_path / NAME) is None
    assert list(tmp_path.iterdir()) == []


def test_the_second_says_so_and_leaves_the_lock(tmp_path) -> None:
    with lock(tmp_path):
        with pytest.raises(ValueError, match=rf"another sweep writes here since .*: process {os.getpid()} on"), lock(tmp_path):
            pass
        assert (tmp_path / NAME).exists()


@pytest.mark.parametrize("dead", [{"pid": 2**22 + 1}, {"born": "another boot:1"}])
def test_a_lock_of_the_dead_is_taken_over(tmp_path, dead) -> None:
    left_by(tmp_path, replace(me(), **dead))  # Linux numbers processes up to 2^22; the same number may also have been used again
    with lock(tmp_path):
        owner = owner_of(tmp_path / NAME)
        assert owner is not None
        assert owner.pid == os.getpid()


def test_a_process_that_nobody_has_buried_is_dead(tmp_path) -> None:
    child = multiprocessing.get_context("forkserver").Process(target=int)
    child.start()
    assert child.pid is not None
    left_by(tmp_path, Owner(socket.gethostname(), child.pid, _born(child.pid), "then"))
    child.join()
    with lock(tmp_path):
        pass


def test_a_lock_from_elsewhere_stays(tmp_path) -> None:
    path = left_by(tmp_path, replace(me(), host="elsewhere", pid=1))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"process 1 on elsewhere; if it is dead, remove {path}"), lock(tmp_path):
        pass
    assert path.read_bytes() == before


def test_what_is_no_lock_is_told(tmp_path) -> None:
    (tmp_path / NAME).write_text("[]")
    with pytest.raises(ValueError, match="is not a lock"), lock(tmp_path):
        pass


@pytest.mark.parametrize("abandoned", [False, True])
def test_of_many_at_once_one_goes_in(tmp_path, abandoned: bool) -> None:
    """Twenty threads leave a barrier together; whoever is in stays there until all others have been refused."""
    if abandoned:
        left_by(tmp_path, replace(me(), pid=2**22 + 1))
    barrier, refused, inside = threading.Barrier(20), threading.Semaphore(0), []

    def enter() -> None:
        barrier.wait()
        try:
            with lock(tmp_path):
                inside.append(None)
                for _ in range(19):
                    refused.acquire(timeout=10)
        except ValueError:
            refused.release()

    threads = [threading.Thread(target=enter) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inside) == 1
