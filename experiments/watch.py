"""Keeps account of a sweep while it runs, for those who look at it: display, status file, forecast."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from experiments.beats import beats
from experiments.cost import cost_of, kind_of
from experiments.forecast import Forecast
from experiments.progress import Display, display
from experiments.spec import Spec
from experiments.status import Progress, Stage, write_status
from experiments.task import Ended

TICK = 1.0
"""Seconds between two looks at what is running."""


class Watch:
    """The account of one sweep.

    Args:
        folder: of the shards.
        names: what the runs are called, by hash; of those that had ended before, too.
        missing: the runs to come.
        workers: how many fleets run at a time.
        shown: what a person sees.
    """

    def __init__(self, folder: Path, names: Mapping[str, str], missing: Sequence[Spec], workers: int, shown: Display) -> None:
        self.stage: Stage = "running"
        self._folder, self._names, self._workers, self._shown = folder, names, workers, shown
        self._before = len(names) - len(missing)
        self._counts: Counter[str] = Counter()
        self._forecast = Forecast(_costs(missing), workers)
        self._lock = threading.Lock()

    def ended(self, fleet: Sequence[Ended]) -> None:
        """A fleet ended."""
        with self._lock:
            for one in fleet:
                self._counts[one.status] += 1
                self._forecast.ended(one.spec_hash, one.seconds, len(fleet), warming=one.warming)
            left = self._forecast.left()
        for one in fleet:
            self._shown.ended(f"{self._names[one.spec_hash]}: {one.status}{f': {one.reason}' if one.reason else ''}", left)

    def tick(self) -> None:
        """Show what is running, and write the status file."""
        running = beats(self._folder)
        with self._lock:
            state = self._state()
        self._shown.running(running, self._names, state.seconds_left)
        with contextlib.suppress(OSError):  # a full disk stops the sweep where a result is lost, not here
            write_status(self._folder, state, running)

    def _state(self) -> Progress:
        return Progress(
            stage=self.stage,
            runs=len(self._names),
            before=self._before,
            ok=self._counts["ok"],
            diverged=self._counts["diverged"],
            failed=self._counts["failed"],
            runs_per_second=self._forecast.rate,
            seconds_left=self._forecast.left(),
            workers=self._workers,
        )


def _costs(specs: Sequence[Spec]) -> dict[str, tuple[str, float]]:
    """Kind and cost of every run; both are worked out, and lie in memory, once per kind."""
    kinds: dict[str, tuple[str, float]] = {}
    costs: dict[str, tuple[str, float]] = {}
    for spec in specs:
        kind = kind_of(spec)
        if kind not in kinds:
            kinds[kind] = kind, cost_of(spec)
        costs[spec.hash] = kinds[kind]
    return costs


@contextmanager
def watching(folder: Path, names: Mapping[str, str], missing: Sequence[Spec], workers: int, *, quiet: bool) -> Iterator[Watch]:
    """Keep account until the end, good or bad."""
    with display(len(names), len(names) - len(missing), quiet=quiet) as shown:
        watch, over = Watch(folder, names, missing, workers, shown), threading.Event()
        watch.tick()
        ticking = threading.Thread(target=_tick, args=(watch, over), daemon=True)
        ticking.start()
        try:
            yield watch
            watch.stage = "finished"
        except BaseException:
            watch.stage = "stopped"
            raise
        finally:
            over.set()
            ticking.join()
            watch.tick()


def _tick(watch: Watch, over: threading.Event) -> None:
    while not over.wait(TICK):
        watch.tick()
