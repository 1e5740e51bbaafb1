"""Axes of a sweep: the [sweep] table, conditional settings, and their product."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from experiments.overrides import is_range, spaced, with_values
from experiments.spec import Spec, Tree

Value = str | int | float | bool | list[Any]
"""What an axis runs over."""


@dataclass(frozen=True)
class When:
    """One [[when]] table: settings that hold where other settings have certain values.

    Attributes:
        condition: dotted keys and the values that they must all have.
        settings: dotted keys and what they are then set to.
    """

    condition: Mapping[str, Any]
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Study:
    """A spec with axes.

    Attributes:
        tree: nested tables, without [sweep] and [[when]].
        axes: dotted key -> values, in the order of the results' dimensions.
        whens: conditional settings.
        fixed: dotted keys set on the command line, axes too; no conditional setting changes them.
    """

    tree: Tree
    axes: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    whens: Sequence[When] = ()
    fixed: frozenset[str] = frozenset()


def axes_of(table: Mapping[str, Any]) -> dict[str, list[Value]]:
    """The axes of a [sweep] table: lists, or ``"start:stop:steps"`` with both ends included.

    Raises:
        ValueError: an axis is no list, is empty, or has a value twice.
    """
    flat = dict(_flat(table))
    return {key: _values(key, value) for key, value in flat.items()}


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """``"device.c2c" = [...]`` and ``device.c2c = [...]`` are the same axis."""
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        pairs += _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(f"{prefix}{name}", value)]
    return pairs


def _values(key: str, value: Any) -> list[Value]:
    values = spaced(value) if is_range(value) else value
    if not isinstance(values, list):
        raise ValueError(f"sweep.{key} = {value!r} is not accepted: a list of values or 'start:stop:steps' is")
    if not values:
        raise ValueError(f"sweep.{key} = [] is not accepted: an axis needs at least one value")
    texts = [json.dumps(float(v) if type(v) is int else v, default=str) for v in values]
    for position, text in enumerate(texts):
        if text in texts[:position]:
            raise ValueError(f"sweep.{key} has the value {values[position]!r} twice")
    return list(values)


def whens_of(tables: Any) -> tuple[When, ...]:
    """The conditional settings of a study: tables with ``if`` and ``set``.

    Raises:
        ValueError: a table has other keys, or one of the two is missing or empty.
    """
    if not isinstance(tables, list):
        raise ValueError("when is not accepted: write [[when]] tables with 'if' and 'set'")
    return tuple(_when(table) for table in tables)


def _when(table: Any) -> When:
    parts = table if isinstance(table, Mapping) else {}
    if set(parts) != {"if", "set"} or not all(isinstance(part, Mapping) and part for part in parts.values()):
        raise ValueError(f"when = {table!r} is not accepted: tables 'if' and 'set' are, as in if.rule.name = 'fa' with set.rule.lr = 0.1")
    return When(dict(_flat(table["if"])), dict(_flat(table["set"])))


def points(study: Study) -> list[tuple[dict[str, Value], Spec]]:
    """Every point of the product of the axes, first axis slowest: its coordinates and its spec.

    Conditional settings look at the spec as file, command line and axes made it, not at one another.

    Raises:
        ValueError: a key is unknown, a value is not accepted, or conditional settings collide.
    """
    product = itertools.product(*study.axes.values())
    coordinates = [dict(zip(study.axes, values, strict=True)) for values in product]
    _check_whens(study)
    found = [(at, Spec.from_tree(_conditional(study, with_values(study.tree, list(at.items()))))) for at in coordinates]
    _check_distinct(found)
    return found


def _check_whens(study: Study) -> None:
    """A condition that no spec could fulfil is a typing error, not one that never holds."""
    for when in study.whens:
        Spec.from_tree(with_values({}, list(when.condition.items())))
        for key in when.settings:
            if key in study.axes and key not in study.fixed:
                raise ValueError(f"when sets {key}, which is also an axis of the sweep")


def _check_distinct(found: Sequence[tuple[dict[str, Value], Spec]]) -> None:
    """An axis along which nothing changes would give one shard to two points: most likely a mistake."""
    seen: dict[str, dict[str, Value]] = {}
    for at, spec in found:
        if spec.hash in seen:
            raise ValueError(f"two points of the sweep are the same run: {_named(seen[spec.hash])} and {_named(at)}")
        seen[spec.hash] = at


def _named(at: Mapping[str, Value]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in at.items())


def _conditional(study: Study, tree: Tree) -> Tree:
    if not study.whens:
        return tree
    complete = Spec.from_tree(tree).tree()
    settings: dict[str, Any] = {}
    for when in study.whens:
        if all(_at(complete, key) == value for key, value in when.condition.items()):
            _collide(settings, when)
            settings.update(when.settings)
    return with_values(tree, [(key, value) for key, value in settings.items() if key not in study.fixed])


def _collide(settings: Mapping[str, Any], when: When) -> None:
    for key in when.settings:
        if key in settings:
            raise ValueError(f"two 'when' tables that hold at once both set {key}")


def _at(tree: Tree, key: str) -> Any:
    """The value under a dotted key; None where this spec has no such key, which equals no value of a condition."""
    value: Any = tree
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
