"""The values of one axis."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.overrides import flat
from experiments.spacing import is_range, spaced

Value = str | int | float | bool | list[Any]
"""What an axis runs over."""

DIMENSIONS = ("shelf.times", "shelf.cycles")
"""Settings whose values are measured at in every run."""


def axes_of(table: Mapping[str, Any]) -> dict[str, list[Value]]:
    """The axes of a [sweep] table: lists, or ranges as ``spacing`` reads them.

    Raises:
        ValueError: an axis is no list, is empty, or has a value twice.
    """
    return {key: values_of(key, value) for key, value in flat(table)}


def values_of(key: str, value: Any, *, distinct: bool = True) -> list[Value]:
    """The values of one axis; ``distinct`` forbids that one comes twice."""
    if key in DIMENSIONS:
        raise ValueError(f"{key} is no axis: its values are a dimension of the results already; give one list for all runs")
    values = spaced(value, key) if is_range(value) else value
    if not isinstance(values, list):
        raise ValueError(f"sweep.{key} = {value!r} is not accepted: a list of values or 'start:stop:steps' is")
    if not values:
        raise ValueError(f"sweep.{key} = [] is not accepted: an axis needs at least one value")
    if distinct:
        _check_distinct(key, values)
    return list(values)


def _check_distinct(key: str, values: Sequence[Any]) -> None:
    seen: set[str] = set()
    for value in values:
        text = json.dumps(float(value) if type(value) is int else value, default=str)
        if text in seen:
            raise ValueError(f"sweep.{key} has the value {value!r} twice")
        seen.add(text)
