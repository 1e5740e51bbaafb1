"""The time left, against what a simulated sweep then takes."""

import heapq
import random

import pytest

from experiments.axes import Study, points
from experiments.cost import cost_of
from experiments.forecast import Forecast

KINDS = {"bp": 1.0, "anp": 2.5, "wide": 12.0}


class Sweep:
    """Workers that take the next fleet as soon as they are free, on a clock of its own."""

    def __init__(self, fleets, workers: int, costs) -> None:
        self.now = 0.0
        names = {f"{number}.{chip}": kind for number, (kind, chips, _) in enumerate(fleets) for chip in range(chips)}
        self.fleets, self.workers = fleets, workers
        self.forecast = Forecast({name: (kind, costs[kind]) for name, kind in names.items()}, workers, lambda: self.now)

    def run(self):
        """(time, what was forecast, runs ended) after every fleet; the last one is the end."""
        busy, waiting, told, ended = [], list(enumerate(self.fleets)), [], 0
        while waiting or busy:
            while waiting and len(busy) < self.workers:
                number, fleet = waiting.pop(0)
                heapq.heappush(busy, (self.now + fleet[2], number, fleet))
            self.now, number, (_, chips, seconds) = heapq.heappop(busy)
            for chip in range(chips):
                self.forecast.ended(f"{number}.{chip}", seconds / chips, chips)
            ended += chips
            told.append((self.now, self.forecast.left(), ended))
        return told


def fleets(count: int, shuffled: bool, chips: int = 1):
    """Fleets of three kinds whose runs take 0.9 to 1.1 of what their kind does."""
    draws = random.Random(5)
    kinds = [kind for kind in KINDS for _ in range(count)]
    if shuffled:
        draws.shuffle(kinds)
    return [(kind, chips, chips * KINDS[kind] * draws.uniform(0.9, 1.1)) for kind in kinds]


@pytest.mark.parametrize("workers", [1, 2, 8])
@pytest.mark.parametrize("chips", [1, 4])
@pytest.mark.parametrize("costs", [KINDS, dict.fromkeys(KINDS, 1.0)], ids=["cost known", "cost unknown"])
def test_a_mixed_sweep_is_forecast_within_a_fifth(workers: int, chips: int, costs) -> None:
    """From a fifth of the work on, for as long as four of the longest fleets are left; kinds come in any order."""
    told = Sweep(fleets(40, shuffled=True, chips=chips), workers, costs).run()
    end = told[-1][0]
    longest = chips * max(KINDS.values())
    judged = [(left, end - now) for now, left, _ in told if now > end / 5 and end - now > 4 * longest]
    assert len(judged) > 10
    worst = max(abs(left / true - 1) for left, true in judged)
    assert worst <= 0.2, worst


@pytest.mark.parametrize("order", [1, -1])
def test_kinds_that_come_one_after_the_other_are_forecast_by_their_cost(order: int) -> None:
    told = Sweep(fleets(40, shuffled=False)[::order], 2, KINDS).run()
    end = told[-1][0]
    judged = [(left, end - now) for now, left, _ in told if now > end / 10 and end - now > 4 * max(KINDS.values())]
    worst = max(abs(left / true - 1) for left, true in judged)
    assert worst <= 0.2, worst


def test_what_compiles_first_is_no_measure() -> None:
    """The first fleet of each of two workers takes a minute more than its second."""
    costs = {str(number): (str(number), 1.0) for number in range(40)}
    now = 0.0
    forecast = Forecast(costs, 2, lambda: now)
    now = 61.0
    for name in "01":
        forecast.ended(name, 61.0, warming=True)
    assert forecast.left() == pytest.approx(19 * 61, rel=0.2)  # nothing better is known
    for number in range(2, 40, 2):
        now += 1.0
        for name in (number, number + 1):
            forecast.ended(str(name), 1.0)
        if number < 36:
            assert forecast.left() == pytest.approx(80.0 - now, rel=0.2)


def test_what_workers_take_to_start_comes_once() -> None:
    """A minute passes before two workers take their first of 40 runs of a second each."""
    now = 0.0
    forecast = Forecast({str(number): ("bp", 1.0) for number in range(40)}, 2, lambda: now)
    now = 60.0
    for number in range(0, 38, 2):
        now += 1.0
        for name in (number, number + 1):
            forecast.ended(str(name), 1.0)
        assert forecast.left() == pytest.approx(80.0 - now, abs=1.01)
        assert forecast.rate == pytest.approx((number + 2) / now)


# CPU seconds of real runs on the digits, on our own host: rule, hidden layers, epochs, activation, batch size; the last varies fastest
SECONDS = (
    0.108,
    0.059,
    0.087,
    0.052,
    0.293,
    0.184,
    0.293,
    0.145,
    0.084,
    0.052,
    0.086,
    0.057,
    0.292,
    0.162,
    0.296,
    0.178,
    0.118,
    0.078,
    0.126,
    0.078,
    0.421,
    0.248,
    0.431,
    0.273,
    0.09,
    0.061,
    0.085,
    0.057,
    0.292,
    0.176,
    0.312,
    0.18,
    0.094,
    0.056,
    0.091,
    0.06,
    0.318,
    0.179,
    0.32,
    0.186,
    0.133,
    0.089,
    0.133,
    0.087,
    0.499,
    0.292,
    0.495,
    0.286,
)
MIXED = {
    "rule.name": ["bp", "anp"],
    "network.hidden": [[16], [64], [128, 64]],
    "train.epochs": [1, 4],
    "network.activation": ["relu", "tanh"],
    "train.batch_size": [32, 64],
}


@pytest.mark.parametrize("workers", [1, 2])
def test_kinds_that_have_never_run_are_forecast_within_a_fifth(workers: int) -> None:
    """48 kinds, one run each: all that is known of the next kind is what its cost lets expect."""
    found = points(Study(tree={"data": {"name": "digits"}, "decorrelation": {"on": "none"}}, axes=MIXED))
    kinds = [f"{number}" for number in range(len(SECONDS))]
    costs = {kind: cost_of(spec) for kind, (_, spec) in zip(kinds, found, strict=True)}
    told = Sweep([(kind, 1, seconds) for kind, seconds in zip(kinds, SECONDS, strict=True)], workers, costs).run()
    end = told[-1][0]
    judged = [left / (end - now) for now, left, _ in told if now > end / 5 and end - now > 4 * max(SECONDS)]
    assert len(judged) > 10
    assert max(abs(ratio - 1) for ratio in judged) <= 0.2, judged


def test_workers_that_wait_are_seen() -> None:
    """Eight workers are counted, two of them work: after a fifth the forecast is that of two."""
    costs = {f"{n}": ("bp", 1.0) for n in range(400)}
    now = 0.0
    forecast = Forecast(costs, 8, lambda: now)
    for number in range(0, 400, 2):
        now += 1.0
        for name in (number, number + 1):
            forecast.ended(str(name), 1.0)
        left = forecast.left()
        if 40 <= now <= 180:
            assert left == pytest.approx(200 - now, rel=0.2)


def test_rates_count_runs_per_second() -> None:
    sweep = Sweep(fleets(40, shuffled=True), 2, KINDS)
    (end, left, ended) = sweep.run()[-1]
    assert sweep.forecast.rate == pytest.approx(ended / end)
    assert left == 0


def test_before_the_first_end_nothing_is_known() -> None:
    now = 0.0
    forecast = Forecast({"a": ("bp", 1.0)}, 2, lambda: now)
    assert forecast.left() is None
    now = 1.0
    forecast.ended("a", 1.0)
    assert forecast.left() == 0
