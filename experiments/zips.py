"""Axes that go together: [[sweep.zip]] tables, whose lists are as long as one another and advance in step.

The first key of a table is the axis, and its values must differ; the others follow it.
"""

from collections.abc import Mapping
from typing import Any

from experiments.axis import Value, values_of
from experiments.overrides import flat

Zips = Mapping[str, Mapping[str, list[Value]]]
"""The axis -> the keys that follow it, with their values."""


def zips_of(tables: Any) -> tuple[dict[str, list[Value]], dict[str, dict[str, list[Value]]]]:
    """The axes of [[sweep.zip]] tables, and what follows them.

    Raises:
        ValueError: a table has fewer than two keys, its lists differ in length, or a key is in two tables.
    """
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise ValueError("sweep.zip is not accepted: write [[sweep.zip]] tables with at least two axes of the same length")
    axes: dict[str, list[Value]] = {}
    zips: dict[str, dict[str, list[Value]]] = {}
    for table in tables:
        leading, followers = _zip(dict(flat(table)))
        _check_new(axes, zips, [*leading, *followers])
        axes |= leading
        zips |= dict.fromkeys(leading, followers)
    return axes, zips


def _zip(table: Mapping[str, Any]) -> tuple[dict[str, list[Value]], dict[str, list[Value]]]:
    if len(table) < 2:
        raise ValueError(f"sweep.zip = {table!r} is not accepted: at least two axes go together")
    columns = {key: values_of(key, value, distinct=key == next(iter(table))) for key, value in table.items()}
    lengths = {key: len(values) for key, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"sweep.zip is not accepted: its axes have different lengths, {lengths}")
    first, *_ = columns
    return {first: columns.pop(first)}, columns


def _check_new(axes: Mapping[str, Any], zips: Zips, keys: list[str]) -> None:
    known = {*axes, *(key for followers in zips.values() for key in followers)}
    for key in keys:
        if key in known:
            raise ValueError(f"sweep.zip has {key} twice")
