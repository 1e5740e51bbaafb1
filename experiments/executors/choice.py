"""Which executor a sweep gets from the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from experiments.executors.executor import Executor
from experiments.executors.local import Local


@contextmanager
def executor_for(workers: int | None, scheduler: str | None) -> Iterator[Executor]:
    """Processes of this machine, one per usable core where nothing is said, or the cluster of a scheduler.

    Args:
        workers: how many processes; of a cluster, how many will join at least.
        scheduler: address of a Dask scheduler, for example ``tcp://127.0.0.1:8786``.

    Raises:
        ValueError: there is to be no worker, Dask is not installed, or no scheduler answers.
    """
    if scheduler is None:
        yield Local(len(os.sched_getaffinity(0)) if workers is None else workers)
        return
    if workers is not None and workers < 1:
        raise ValueError(f"workers = {workers} is not accepted: at least 1 is")
    try:
        from experiments.executors.cluster import connected
    except ModuleNotFoundError as error:
        if error.name not in ("distributed", "dask"):
            raise
        raise ValueError("--scheduler needs Dask: pip install 'analogdecor[cluster]'") from None
    with connected(scheduler, workers or 1) as cluster:
        yield cluster
