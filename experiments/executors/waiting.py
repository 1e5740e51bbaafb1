"""Tasks that wait for a worker: first the runs whose worker has died, each on its own, then what nobody has had yet."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from experiments.task import Task


@dataclass
class Waiting:
    """A queue that takes a new task only when it is asked for one.

    Attributes:
        tasks: what nobody has had yet.
        again: runs to be tried again.
    """

    tasks: Iterator[Task]
    again: deque[Task] = field(default_factory=deque)

    def next(self) -> tuple[Task | None, bool]:
        """A task, and whether its worker has died before; None where there is none."""
        return (self.again.popleft(), True) if self.again else (next(self.tasks, None), False)
