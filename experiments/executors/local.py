"""Tasks on processes of this machine. Each process has its own pool of one, so that one that dies is known and takes nobody along."""

import os
import signal
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from loky import ProcessPoolExecutor

from experiments.task import Ended, Task, died, run_task

DIED = "the worker process died twice with this run (killed, or for lack of memory)"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
_WATCH = 0.5
"""Seconds between two looks at whether the sweep is still alive."""


@dataclass(frozen=True)
class Local:
    """Processes of this machine; with one worker there is none, and runs happen here.

    Attributes:
        workers: how many.
    """

    workers: int

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers = {self.workers} is not accepted: at least 1 is")

    def run(self, tasks: Iterable[Task], folder: Path) -> Generator[Sequence[Ended], None, None]:
        """See ``Executor``."""
        return _here(tasks, folder) if self.workers == 1 else _on_lanes(iter(tasks), folder, self.workers)


def _here(tasks: Iterable[Task], folder: Path) -> Generator[Sequence[Ended], None, None]:
    for task in tasks:
        yield run_task(task, folder)


@dataclass
class _Lane:
    """One process and what it is doing."""

    pool: ProcessPoolExecutor = field(default_factory=lambda: _pool())
    task: Task | None = None
    retried: bool = False

    def start(self, task: Task, folder: Path, retried: bool = False) -> "Future[list[Ended]]":
        self.task, self.retried = task, retried
        future: Future[list[Ended]] = self.pool.submit(run_task, task, folder)
        return future

    def stop(self) -> None:
        self.pool.shutdown(kill_workers=True)


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, env=_ONE_THREAD, initializer=_settle, initargs=(os.getpid(),))


def _settle(parent: int) -> None:
    """In a new worker: Ctrl-C is the sweep's to handle, and a sweep that was killed leaves nobody running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(1)


def _on_lanes(tasks: Iterator[Task], folder: Path, workers: int) -> Generator[Sequence[Ended], None, None]:
    busy: dict[Future[list[Ended]], _Lane] = {}
    try:
        for task in islice(tasks, workers):  # no more processes than tasks
            lane = _Lane()
            busy[lane.start(task, folder)] = lane
        while busy:
            for future in wait(busy, return_when=FIRST_COMPLETED).done:
                ended = _next(future, busy, tasks, folder)
                if ended:
                    yield ended
    finally:
        for lane in busy.values():
            lane.stop()


def _next(future: "Future[list[Ended]]", busy: dict["Future[list[Ended]]", _Lane], tasks: Iterator[Task], folder: Path) -> list[Ended]:
    """What a lane brought, nothing where it has to try again; and its next task."""
    lane = busy[future]
    assert lane.task is not None
    ended: list[Ended] = []
    try:
        ended = future.result()
    except BrokenProcessPool:
        lane.stop()
        lane.pool = _pool()
        if not lane.retried:
            del busy[future]
            busy[lane.start(lane.task, folder, retried=True)] = lane
            return []
        ended = died(lane.task, DIED, folder)
    del busy[future]
    following = next(tasks, None)
    if following is None:
        lane.stop()
    else:
        busy[lane.start(following, folder)] = lane
    return ended
