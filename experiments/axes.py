"""A study: a spec with axes; and the points of their product."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.axis import Value
from experiments.overrides import with_values
from experiments.spec import Spec, Tree
from experiments.tune import Tune
from experiments.whens import When
from experiments.zips import Zips

MOST = 1_000_000
"""Points of a sweep."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """A spec with axes.

    Attributes:
        tree: nested tables, without [sweep] and [[when]].
        axes: dotted key -> values, in the order of the results' dimensions; conditional axes are among them.
        zips: an axis -> the keys that follow it in step.
        whens: conditional settings and axes.
        fixed: dotted keys set on the command line, axes too; no condition acts on them.
        tune: what is searched before the sweep, if anything.
    """

    tree: Tree
    axes: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    zips: Zips = field(default_factory=dict)
    whens: Sequence[When] = ()
    fixed: frozenset[str] = frozenset()
    tune: Tune | None = None

    @property
    def conditional(self) -> frozenset[str]:
        """Axes along which only those runs change that fulfil a condition."""
        return frozenset(key for when in self.whens for key in when.axes if key in self.axes) - self.fixed


def points(study: Study) -> list[tuple[dict[str, Value], Spec]]:
    """Every point of the product of the axes, first axis slowest: its coordinates and its spec.

    Conditions look at the spec as file, command line and other axes made it, not at one another. Along a conditional axis, a run that
    does not fulfil the condition is at every point.

    Raises:
        ValueError: a key is unknown, a value is not accepted, conditional settings collide, or two points are the same run.
    """
    _check_size(study)
    _check_whens(study)
    effective = [_settings(study, dict(zip(study.axes, values, strict=True))) for values in itertools.product(*study.axes.values())]
    _check_used(study, effective)
    specs = [Spec.from_tree(with_values(study.tree, list(settings.items()))) for settings in effective]
    _check_distinct(study, effective, specs)
    coordinates = (dict(zip(study.axes, values, strict=True)) for values in itertools.product(*study.axes.values()))
    return list(zip(coordinates, specs, strict=True))


def _check_size(study: Study) -> None:
    size = math.prod(len(values) for values in study.axes.values())
    if size > MOST:
        raise ValueError(f"the sweep has {size} points; at most {MOST} are accepted")


def _check_whens(study: Study) -> None:
    """A condition that no spec could fulfil is a typing error, not one that never holds."""
    for when in study.whens:
        Spec.from_tree(with_values({}, list(when.condition.items())))
        for key in when.settings:
            if key in study.axes and key not in study.fixed:
                raise ValueError(f"when sets {key}, which is also an axis of the sweep")


def _settings(study: Study, at: Mapping[str, Value]) -> dict[str, Any]:
    """What a point sets: its coordinates, what follows them, and what holds there."""
    conditional = study.conditional
    settings: dict[str, Any] = {}
    for key, value in at.items():
        if key not in conditional:
            settings[key] = value
            place = study.axes[key].index(value) if key in study.zips else 0
            settings |= {follower: values[place] for follower, values in study.zips.get(key, {}).items()}
    return {**settings, **_conditional(study, at, settings)} if study.whens else settings


def _conditional(study: Study, at: Mapping[str, Value], settings: Mapping[str, Any]) -> dict[str, Any]:
    complete = Spec.from_tree(with_values(study.tree, list(settings.items()))).tree()
    found: dict[str, Any] = {}
    for when in study.whens:
        if when.holds(complete):
            _collide(found, when)
            found |= {key: value for key, value in when.settings.items() if key not in study.fixed}
            found |= {key: at[key] for key in when.axes if key in study.conditional}
    return found


def _collide(settings: Mapping[str, Any], when: When) -> None:
    for key in (*when.settings, *when.axes):
        if key in settings:
            raise ValueError(f"two 'when' tables that hold at once both set {key}")


def _check_used(study: Study, effective: Iterable[Mapping[str, Any]]) -> None:
    used = set().union(*effective) if study.conditional else study.conditional
    for key in sorted(study.conditional - used):
        raise ValueError(f"sweep.{key} is not accepted: at no point of the sweep does its condition hold")


def _check_distinct(study: Study, effective: Sequence[Mapping[str, Any]], specs: Sequence[Spec]) -> None:
    """An axis along which nothing changes would give one shard to two points: most likely a mistake."""
    seen: dict[str, Mapping[str, Any]] = {}
    for settings, spec in zip(effective, specs, strict=True):
        other = seen.setdefault(spec.hash, settings)
        if other is not settings and (other != settings or not study.conditional):
            raise ValueError(f"two points of the sweep are the same run: {_named(other)} and {_named(settings)}")


def _named(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in settings.items())
