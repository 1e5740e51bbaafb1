"""The protocol of an executor, and nothing else.

``executor.run(tasks, folder)`` runs every task once and yields how its runs ended, in whatever order they end. It takes the next task
only when there is somebody to run it, so that a long sweep never lies in memory. When a worker dies, the runs of its fleet are tried
again, each on its own; a run with which a worker dies again is a failed record. When the generator is closed or interrupted, the executor
stops what is running. An ``OSError`` means that a shard could not be written or that the workers cannot be reached: the sweep stops, and
what has its shard is kept.
"""

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from experiments.task import Ended, Task


class Executor(Protocol):
    """Runs tasks and writes their shards."""

    @property
    def workers(self) -> int:
        """How many tasks it runs at a time."""
        ...

    def run(self, tasks: Iterable[Task], folder: Path) -> Generator[Sequence[Ended], None, None]:
        """Run every task once, write the shards into the folder, yield how the runs ended."""
        ...
