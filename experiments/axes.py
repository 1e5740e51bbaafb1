"""A study: a spec with axes; and the points of their product."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

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


Point = tuple[dict[str, Value], Spec]
"""Coordinates, and the spec that they make."""


class Points(Sequence[Point]):
    """The points of a study in order, first axis slowest. Only their hashes are kept; a spec is made when it is asked for.

    Args:
        study: has been checked.
        digests: the SHA-256 of every point's spec, one after the other.
    """

    def __init__(self, study: Study, digests: bytes) -> None:
        self._study, self._digests = study, digests
        self._shape = tuple(len(values) for values in study.axes.values())

    def __len__(self) -> int:
        return len(self._digests) // _DIGEST

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> list[Point]: ...
    def __getitem__(self, index: int | slice) -> Point | list[Point]:
        places = range(len(self))[index]
        return self._point(places) if isinstance(places, int) else [self._point(place) for place in places]

    def __iter__(self) -> Iterator[Point]:
        return map(self._point, range(len(self)))

    def _point(self, place: int) -> Point:
        at = self.at(place)
        return at, _spec(self._study, _settings(self._study, at))

    def spec(self, place: int) -> Spec:
        """The spec of a point."""
        return self._point(place)[1]

    def at(self, place: int) -> dict[str, Value]:
        """The coordinates of a point."""
        indices: list[int] = []
        for length in reversed(self._shape):
            place, index = divmod(place, length)
            indices.insert(0, index)
        return {key: values[index] for (key, values), index in zip(self._study.axes.items(), indices, strict=True)}

    def hashes(self) -> Iterator[str]:
        """The hash of every point's spec, in order."""
        return (self._digests[start : start + _DIGEST].hex() for start in range(0, len(self._digests), _DIGEST))

    def runs(self) -> dict[str, int]:
        """Every run once: the hash of its spec, and its first point. Along a conditional axis a run can be at many."""
        found: dict[str, int] = {}
        for place, name in enumerate(self.hashes()):
            found.setdefault(name, place)
        return found


_DIGEST = 32


def points(study: Study) -> Points:
    """Every point of the product of the axes, first axis slowest: its coordinates and its spec.

    Conditions look at the spec as file, command line and other axes made it, not at one another. Along a conditional axis, a run that
    does not fulfil the condition is at every point.

    Raises:
        ValueError: a key is unknown, a value is not accepted, conditional settings collide, or two points are the same run.
    """
    _check_size(study)
    _check_whens(study)
    if study.conditional:
        _check_used(study, _all_settings(study))
    digests, seen = bytearray(), dict[bytes, int]()
    for place, settings in enumerate(_all_settings(study)):
        digest = bytes.fromhex(_spec(study, settings).hash)
        digests += digest
        _check_distinct(study, seen.setdefault(digest, place), place, settings)
    return Points(study, bytes(digests))


def _spec(study: Study, settings: Mapping[str, Any]) -> Spec:
    return Spec.from_tree(with_values(study.tree, list(settings.items())))


def _all_settings(study: Study) -> Iterator[dict[str, Any]]:
    every = itertools.product(*study.axes.values())
    return (_settings(study, dict(zip(study.axes, values, strict=True))) for values in every)


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
    used = set().union(*effective)
    for key in sorted(study.conditional - used):
        raise ValueError(f"sweep.{key} is not accepted: at no point of the sweep does its condition hold")


def _check_distinct(study: Study, first: int, place: int, settings: Mapping[str, Any]) -> None:
    """An axis along which nothing changes would give one shard to two points: most likely a mistake."""
    if first != place:
        other = _settings(study, Points(study, b"").at(first))
        if other != settings or not study.conditional:
            raise ValueError(f"two points of the sweep are the same run: {_named(other)} and {_named(settings)}")


def _named(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in settings.items())
