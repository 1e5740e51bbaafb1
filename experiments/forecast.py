"""How long a sweep will still take, from how long each kind of run took so far."""

import time
from collections import Counter
from collections.abc import Callable, Mapping

Clock = Callable[[], float]
"""Seconds from some beginning."""


class _Known:
    """How many runs of every kind have ended, and what they took."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}

    def add(self, kind: str, seconds: float) -> None:
        self.runs[kind] += 1
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds

    def total(self) -> float:
        """Seconds of all runs."""
        return sum(self.seconds.values())


class Forecast:
    """Runs differ: a kind takes what its runs took on average, and a kind of which none has ended what its cost lets expect. The first
    fleet of every process, which loads and compiles, counts for this only as long as there is no other.

    Work is measured in seconds of a worker. Where all workers may have been busy since the start, what has not ended of their time has
    gone into the fleets under way, and they go on at that rate. Where more time has passed than that (workers wait, or come later), every
    worker is taken to be in the middle of a fleet, and the rate to be what it has been so far. What passes before the first fleet that ends
    was begun (processes start) comes once and is no part of this.

    Args:
        costs: of every run to come: its kind, and its cost in any unit, by name.
        workers: how many run at a time.
        clock: now.
    """

    def __init__(self, costs: Mapping[str, tuple[str, float]], workers: int, clock: Clock = time.monotonic) -> None:
        self._costs, self._workers, self._clock = costs, workers, clock
        self._left = Counter(kind for kind, _ in costs.values())
        self._cost = {kind: cost for kind, cost in costs.values()}
        self._known, self._warming = _Known(), _Known()
        self._squares = self._longest = 0.0
        self._start = clock()
        self._begun: float | None = None

    def ended(self, name: str, seconds: float, chips: int = 1, *, warming: bool = False) -> None:
        """One run ended, in a fleet of so many chips; ``seconds`` are its share of the fleet's time."""
        if self._begun is None:
            self._begun = max(self._start, self._clock() - seconds * chips)
        kind, _ = self._costs[name]
        self._left[kind] -= 1
        (self._warming if warming else self._known).add(kind, seconds)
        self._longest = max(self._longest, seconds * chips)
        self._squares += seconds * seconds * chips  # all chips of a fleet together: the square of its time

    @property
    def rate(self) -> float:
        """Runs per second since the start."""
        return (self._known.runs.total() + self._warming.runs.total()) / max(self._clock() - self._start, 1e-9)

    def left(self) -> float | None:
        """Seconds until the end; None before the first run has ended."""
        runs_left = self._left.total()
        if not runs_left:
            return 0.0
        work_done = self._known.total() + self._warming.total()
        if not work_done:
            return None
        work_left = sum(count * self._expected(kind) for kind, count in self._left.items())
        spent = self._workers * self._elapsed()
        if spent <= work_done + self._workers * self._longest:
            return max(work_left + work_done - spent, 0.0) / self._workers
        met = self._squares / work_done  # the fleet that one meets a worker at: the longer, the likelier
        under_way = min(self._workers * met, work_left) / 2
        return (work_left - under_way) * self._elapsed() / (work_done + under_way)

    def _expected(self, kind: str) -> float:
        """Seconds of one run."""
        known = self._known if self._known.total() else self._warming
        if known.runs[kind]:
            return known.seconds[kind] / known.runs[kind]
        cost_done = sum(count * self._cost[other] for other, count in known.runs.items())
        return self._cost[kind] * known.total() / cost_done

    def _elapsed(self) -> float:
        """Seconds since the first fleet that ended was begun."""
        return 0.0 if self._begun is None else self._clock() - self._begun
