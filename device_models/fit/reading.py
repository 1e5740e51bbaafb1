"""Measured pulse trains from a CSV file, in the forms that people have.

Long form, with a header: ``cycle, pulse, polarity, conductance`` and, for several devices, ``device``, in any order. One row is one read;
its polarity is that of the pulse just before (+1 or up, -1 or down, 0 for a read without a pulse). ``pulse`` counts the pulses and
may start again with each polarity; where it skips numbers, those reads are missing. ``cycle`` and ``pulse`` may be left out.

Two columns, with or without a header: successive conductances under up pulses on the left, under down pulses on the right, as in
aihwkit's example 21. Where a column falls back by more than half of its range, a new cycle begins.

An empty conductance, or NaN, is a missing read. The unit stands in the header: ``conductance [uS]``.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device_models.fit.table import Row, Table, number, read_table
from device_models.fit.units import SIEMENS, name_and_unit

Floats = NDArray[np.float64]

_UP = ("up", "ltp", "pot", "potentiation", "set", "program", "p", "+")
_DOWN = ("down", "ltd", "dep", "depression", "reset", "erase", "d", "-")
_NONE = ("none", "read")
_ALIASES = {
    "device": ("device", "device id", "device_id", "dev", "cell"),
    "cycle": ("cycle", "cycle number", "cycle_number"),
    "pulse": ("pulse", "pulse number", "pulse_number", "n"),
    "polarity": ("polarity", "direction", "sign"),
    "conductance": ("conductance", "g"),
}


@dataclass(frozen=True, kw_only=True)
class Train:
    """Successive reads of one device in one cycle.

    Attributes:
        device: its label.
        cycle: its label.
        polarity_T: direction of the pulse before each read, +1, -1, or 0 without a pulse; what the first pulse started from is unknown.
        conductance_T: the reads [S, or 1 where the file has no unit]; NaN where one is missing.
        row_T: the row of each read in the file, that of the read before for one that is not in the file.
    """

    device: str
    cycle: str
    polarity_T: NDArray[np.int8]
    conductance_T: Floats
    row_T: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a file holds: trains, and the unit their conductances were written in (None: no unit)."""

    trains: tuple[Train, ...]
    unit: str | None


def read_trains(path: Path) -> Measurement:
    """The pulse trains in a CSV file; the forms are described at the top of the module.

    Raises:
        ValueError: the file has none of these forms, or a row is wrong; the message names it.
    """
    table = read_table(path)
    titles = [name_and_unit(title) for title in table.header or ()]
    names = [name for name, _ in titles]
    if len(table.rows[0].cells if table.rows else names) == 2 and not set(names) & set(_ALIASES["conductance"]):
        return _two_columns(table, titles)
    if table.header is None:
        raise ValueError(f"a file without a header has two columns, up and down, not {len(table.rows[0].cells)}")
    return _long_form(table, titles)


def _two_columns(table: Table, titles: list[tuple[str, str | None]]) -> Measurement:
    up = 0
    if titles:
        if {_direction(name) for name, _ in titles} != {1, -1}:
            raise ValueError(f"two columns are called up and down, not {titles[0][0]!r} and {titles[1][0]!r}")
        if titles[0][1] != titles[1][1]:
            raise ValueError(f"the columns have different units: {titles[0][1]} and {titles[1][1]}")
        up = [_direction(name) for name, _ in titles].index(1)
    unit = titles[0][1] if titles else None
    for row in table.rows:
        if all(math.isnan(number(row, column, "conductance")) for column in (0, 1)):
            raise ValueError(f"row {row.number} holds no number")
    scale = SIEMENS[unit] if unit else 1.0
    trains = [*_column(table.rows, up, 1, scale), *_column(table.rows, 1 - up, -1, scale)]
    return Measurement(trains=tuple(trains), unit=unit)


def _column(rows: tuple[Row, ...], column: int, polarity: int, scale: float) -> Iterable[Train]:
    g = scale * np.array([number(row, column, "conductance") for row in rows])
    seen = np.flatnonzero(~np.isnan(g))
    if seen.size == 0:
        raise ValueError(f"the column of {'up' if polarity > 0 else 'down'} pulses is empty")
    ends = [*seen[1:][-polarity * np.diff(g[seen]) > 0.5 * np.ptp(g[seen])], seen[-1] + 1]
    for cycle, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True), 1):
        yield Train(
            device="1",
            cycle=f"{cycle} {'up' if polarity > 0 else 'down'}",
            polarity_T=np.full(end - start, polarity, dtype=np.int8),
            conductance_T=g[start:end],
            row_T=np.array([row.number for row in rows[start:end]]),
        )


@dataclass(frozen=True)
class _Read:
    row: int
    device: str
    cycle: str
    pulse: float
    polarity: int
    conductance: float


def _long_form(table: Table, titles: list[tuple[str, str | None]]) -> Measurement:
    names = [name for name, _ in titles]
    place = {key: _place(names, aliases) for key, aliases in _ALIASES.items()}
    for key in ("polarity", "conductance"):
        if place[key] is None:
            raise ValueError(f"no column {key!r} in the header; found: {', '.join(names)}; accepted: {', '.join(_ALIASES)}")
    unit = titles[place["conductance"] or 0][1]
    reads = [_read(row, place, SIEMENS[unit] if unit else 1.0) for row in table.rows]
    groups: dict[tuple[str, str], list[_Read]] = {}
    for label, members in groupby(reads, key=lambda r: (r.device, r.cycle)):
        groups.setdefault(label, []).extend(members)
    return Measurement(trains=tuple(_train(group) for group in groups.values()), unit=unit)


def _place(names: list[str], aliases: tuple[str, ...]) -> int | None:
    places = [i for i, name in enumerate(names) if name in aliases]
    if len(places) > 1:
        raise ValueError(f"the header has {len(places)} columns for {aliases[0]!r}: {', '.join(names[i] for i in places)}")
    return places[0] if places else None


def _read(row: Row, place: dict[str, int | None], scale: float) -> _Read:
    def label(key: str) -> str:
        column = place[key]
        if column is None:
            return "1"
        if row.cells[column].lower() in ("", "nan"):
            raise ValueError(f"row {row.number}: {key} is missing")
        return row.cells[column]

    assert place["polarity"] is not None
    assert place["conductance"] is not None
    return _Read(
        row=row.number,
        device=label("device"),
        cycle=label("cycle"),
        pulse=math.nan if place["pulse"] is None else _count(row, place["pulse"]),
        polarity=_polarity(row, place["polarity"]),
        conductance=scale * number(row, place["conductance"], "conductance"),
    )


def _count(row: Row, column: int) -> float:
    value = number(row, column, "pulse")
    if not value >= 0 or value != round(value):
        raise ValueError(f"row {row.number}: pulse {row.cells[column]!r} is not a whole number of 0 or more")
    return value


def _polarity(row: Row, column: int) -> int:
    text = row.cells[column].lower()
    direction = _direction(text)
    if direction is not None:
        return direction
    value = math.inf if text.isalpha() and text != "nan" else number(row, column, "polarity")
    if value not in (1, -1, 0):
        raise ValueError(f"row {row.number}: polarity {row.cells[column]!r} is not one of 1, -1, 0, up, down")
    return int(value)


def _direction(text: str) -> int | None:
    return 1 if text in _UP else -1 if text in _DOWN else 0 if text in _NONE else None


def _train(reads: list[_Read]) -> Train:
    """One train, with a missing read for each pulse number that is skipped."""
    rows: list[tuple[int, float, int]] = []
    for before, read in zip([None, *reads[:-1]], reads, strict=True):
        rows += [(read.polarity, math.nan, read.row)] * _skipped(before, read)
        rows.append((read.polarity, read.conductance, read.row))
    polarity, conductance, row = zip(*rows, strict=True)
    return Train(
        device=reads[0].device,
        cycle=reads[0].cycle,
        polarity_T=np.array(polarity, dtype=np.int8),
        conductance_T=np.array(conductance),
        row_T=np.array(row),
    )


def _skipped(before: _Read | None, read: _Read) -> int:
    if before is None or math.isnan(read.pulse) or read.polarity == 0:
        return 0
    gap = int(read.pulse - before.pulse)
    if before.polarity != read.polarity:
        return max(gap - 1, 0) if before.polarity else 0
    if gap < 1:
        raise ValueError(f"row {read.row}: pulse {read.pulse:g} follows pulse {before.pulse:g} of the same cycle and polarity")
    return gap - 1
