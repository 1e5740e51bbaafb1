"""[tune]: what is searched for each condition before a sweep, so that rules are compared at their own best rates.

::

    [tune]
    "rule.lr" = "1e-3:10:log"                  # from:to, or from:to:log; or a list: each of its values is tried once
    per = ["rule.name", "decorrelation.on"]    # axes of the sweep: one search for each combination of their values
    trials = 16                                # not with lists
    seeds = [1000, 1001]                       # none of the sweep's own
    set.data.train_size = 2500                 # settings of the trials alone: a search may be smaller than the sweep

Axes that are not in ``per`` keep the value of the file's own tables. A trial is worth the accuracy on the validation part after the last
epoch, averaged over the seeds; a diverged run is worth 0.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.axis import Value
from experiments.overrides import flat

_OWN = ("per", "trials", "seeds")


@dataclass(frozen=True)
class Range:
    """Where a number is searched.

    Attributes:
        low: least.
        high: most.
        log: whether its logarithm is searched.
        values: the only ones that are tried, each once; empty where any between the ends may be.
    """

    low: float
    high: float
    log: bool
    values: tuple[float, ...] = ()

    @property
    def how(self) -> str:
        """How it is searched, in words."""
        return "values " + ", ".join(f"{value:g}" for value in self.values) if self.values else "log" if self.log else "linear"

    def share(self, value: float) -> float:
        """How far up a value lies: 0 at the lower end, 1 at the upper."""
        if self.low == self.high:
            return 0.5
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, kw_only=True)
class Tune:
    """A [tune] table.

    Attributes:
        ranges: dotted key -> where it is searched.
        per: axes; each combination of their values has its own search.
        trials: per search.
        seeds: of the runs of a trial.
        settings: dotted key -> its value in the trials alone.
    """

    ranges: Mapping[str, Range]
    per: tuple[str, ...]
    trials: int
    seeds: tuple[int, ...]
    settings: Mapping[str, Value] = field(default_factory=dict)

    def listed(self) -> list[dict[str, float]]:
        """The settings to try, in order, where lists say them all; else none."""
        if not all(at.values for at in self.ranges.values()):
            return []
        return [dict(zip(self.ranges, values, strict=True)) for values in itertools.product(*(at.values for at in self.ranges.values()))]

    def conditions(self, axes: Mapping[str, Sequence[Value]]) -> list[dict[str, Value]]:
        """Every combination of the values of the axes in ``per``."""
        return [dict(zip(self.per, values, strict=True)) for values in itertools.product(*(axes[key] for key in self.per))]


def tune_of(table: Any) -> Tune | None:
    """The search that a [tune] table asks for; None where there is none.

    Raises:
        ValueError: something in it is not accepted.
    """
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ValueError(f"tune = {table!r} is not accepted: a table is")
    given = dict(flat(table))
    settings = {key.removeprefix("set."): value for key, value in given.items() if key.startswith("set.")}
    ranges = {key: _range(key, value) for key, value in given.items() if key not in _OWN and not key.startswith("set.")}
    if not ranges:
        raise ValueError("tune is not accepted: it names no key to search, such as \"rule.lr\" = '1e-3:10:log'")
    per, seeds = _list(table, "per", str, []), _list(table, "seeds", int, [])
    if not seeds or min(seeds) < 0:
        raise ValueError(f"tune.seeds = {seeds} is not accepted: at least one whole number from 0 on is")
    if twice := [key for key in settings if key in (*ranges, *per, "train.seed")]:
        raise ValueError(f"tune.set.{twice[0]} is not accepted: the search itself says what {twice[0]} is")
    return Tune(ranges=ranges, per=tuple(per), trials=_trials(table, ranges), seeds=tuple(seeds), settings=settings)


def _trials(table: Mapping[str, Any], ranges: Mapping[str, Range]) -> int:
    listed = [key for key, at in ranges.items() if at.values]
    if not listed:
        trials = table.get("trials", 16)
        if type(trials) is not int or trials < 1:
            raise ValueError(f"tune.trials = {trials!r} is not accepted: a whole number from 1 on is")
        return trials
    if len(listed) < len(ranges):
        other = next(key for key in ranges if key not in listed)
        raise ValueError(f"tune.{other} is not accepted beside tune.{listed[0]}: either all are lists or all are ranges")
    if "trials" in table:
        raise ValueError(f"tune.trials = {table['trials']!r} is not accepted: tune.{listed[0]} is a list, and each value is tried once")
    return math.prod(len(ranges[key].values) for key in listed)


def _list(table: Mapping[str, Any], name: str, kind: type, default: list[Any]) -> list[Any]:
    value = table.get(name, default)
    if not isinstance(value, list) or any(type(one) is not kind for one in value) or len(set(value)) < len(value):
        raise ValueError(f"tune.{name} = {value!r} is not accepted: a list of different values of type {kind.__name__} is")
    return value


def _range(key: str, text: Any) -> Range:
    if isinstance(text, list):
        return _choice(key, text)
    ends, log = (text.split(":")[:2], text.split(":")[2:]) if isinstance(text, str) else ([], [])
    try:
        low, high = (float(end) for end in ends)
    except ValueError:
        low, high = 1.0, 0.0
    if log not in ([], ["log"]) or not low < high or (log and low <= 0) or high == float("inf") or low == -float("inf"):
        raise ValueError(f"tune.{key} = {text!r} is not accepted: from:to, from:to:log or a list is, for example '1e-3:10:log'")
    return Range(low, high, bool(log))


def _choice(key: str, values: list[Any]) -> Range:
    if not values or any(type(value) not in (int, float) or not math.isfinite(value) for value in values) or len(set(values)) < len(values):
        raise ValueError(f"tune.{key} = {values!r} is not accepted: a list of different numbers is")
    return Range(float(min(values)), float(max(values)), False, tuple(float(value) for value in values))
