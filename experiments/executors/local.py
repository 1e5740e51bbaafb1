"""Tasks on processes of this machine. Each process has its own pool of one, so that one that dies is known and takes nobody along."""

import os
import signal
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from loky import ProcessPoolExecutor

from experiments.executors.waiting import Waiting
from experiments.task import Ended, Task, died, run_task

DIED = "its worker process died, and died again with this run alone (killed, or for lack of memory)"
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

    folder: Path
    pool: ProcessPoolExecutor = field(default_factory=lambda: _pool())
    task: Task | None = None
    again: bool = False

    def start(self, waiting: Waiting) -> "Future[list[Ended]] | None":
        """Take the next task, if there is one."""
        self.task, self.again = waiting.next()
        return None if self.task is None else self.pool.submit(run_task, self.task, self.folder)

    def bury(self, waiting: Waiting) -> list[Ended]:
        """The process has died: the task is tried again, or has failed."""
        assert self.task is not None
        self.stop()
        self.pool = _pool()
        if self.again:
            return died(self.task, DIED, self.folder)
        waiting.again.extend(self.task.alone())
        return []

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
    waiting, busy = Waiting(tasks), dict[Future[list[Ended]], _Lane]()
    try:
        for _ in range(workers):
            _go_on(_Lane(folder), waiting, busy)
        while busy:
            for future in wait(busy, return_when=FIRST_COMPLETED).done:
                try:
                    ended = future.result()
                except BrokenProcessPool:
                    ended = busy[future].bury(waiting)
                _go_on(busy.pop(future), waiting, busy)
                if ended:
                    yield ended
    finally:
        for lane in busy.values():
            lane.stop()


def _go_on(lane: _Lane, waiting: Waiting, busy: dict["Future[list[Ended]]", _Lane]) -> None:
    future = lane.start(waiting)
    if future is None:
        lane.stop()
    else:
        busy[future] = lane
