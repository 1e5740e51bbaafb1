"""Tasks on a Dask cluster, whatever it runs on. Results travel through the scheduler as the bytes of shards; no folder need be shared.

The cluster's workers need this package and, where the data are not embedded, the same files under the same paths. Dask sends code that
the workers execute: use a cluster that you trust, on a network that you trust.
"""

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from distributed import Client, Future, KilledWorker, as_completed
from distributed.comm import CommClosedError

from experiments.executors.waiting import Waiting
from experiments.shard import shard_image, shard_path
from experiments.task import Ended, Task, died, timed
from experiments.whole import write_bytes

AHEAD = 2
"""Tasks on their way per worker: one that runs, and one so that nobody waits."""

PATIENCE = "30 s"
"""How long to look for the scheduler."""

DIED = "the cluster's workers died one after the other with this run (killed, or for lack of memory)"
_ALONE = threading.Lock()

Images = list[tuple[Ended, bytes]]
"""How every run of a fleet ended, and its shard."""


@dataclass(frozen=True)
class Cluster:
    """The workers of a Dask scheduler; they may come and go.

    Attributes:
        client: the connection.
        expected: how many there will be, at least: fleets are divided for them before they have joined.
    """

    client: Client
    expected: int = 1

    @property
    def workers(self) -> int:
        """How many there are now, or are expected."""
        return max(len(self.client.nthreads()), self.expected)

    def run(self, tasks: Iterable[Task], folder: Path) -> Generator[Sequence[Ended], None, None]:
        """See ``Executor``."""
        waiting, flying = Waiting(iter(tasks)), dict[Future, Task]()
        landed = as_completed(loop=self.client.loop)
        try:
            while True:
                most = AHEAD * self.workers  # asks the scheduler
                while len(flying) < most and (task := waiting.next()[0]) is not None:
                    future = self.client.submit(run_far, task, pure=False)
                    flying[future] = task
                    landed.add(future)
                if not flying:
                    return
                future = next(landed)
                ended = _written(future, flying.pop(future), folder, waiting)
                if ended:
                    yield ended
        except (CommClosedError, CancelledError, TimeoutError) as error:
            raise OSError(f"the scheduler is lost ({error})") from error
        finally:
            self.client.cancel(list(flying), force=True)


@contextmanager
def connected(address: str, expected: int = 1) -> Iterator[Cluster]:
    """The cluster at an address, for as long as the sweep lasts.

    Args:
        address: of its scheduler.
        expected: workers that will join.

    Raises:
        ValueError: there is no scheduler.
    """
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"scheduler = {address!r} is not accepted: no Dask scheduler answers there ({reason})") from None
    with client:
        yield Cluster(client, expected)


def run_far(task: Task) -> Images:
    """On a worker: run one fleet, one at a time, because runs of one process share the compiled kernels' threads."""
    with _ALONE:
        torch.set_num_threads(1)
        return [(ended, shard_image(record)) for ended, record in timed(task)]


def _written(future: Future, task: Task, folder: Path, waiting: Waiting) -> list[Ended]:
    try:
        images: Images = future.result()
    except KilledWorker:
        if len(task.trees) == 1:
            return died(task, DIED, folder)
        waiting.again.extend(task.alone())
        return []
    for ended, image in images:
        write_bytes(shard_path(folder, ended.spec_hash), image)
    return [ended for ended, _ in images]
