"""A CSV file as rows of text with their row numbers: separators, byte-order marks, decimal commas, comments."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

_SEPARATORS = (";", "\t", ",")  # in this order: a file separated by semicolons may hold decimal commas


@dataclass(frozen=True)
class Row:
    """One row: its number in the file, counted from 1, and its cells, stripped."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A header, where there is one, and rows of equal length."""

    header: tuple[str, ...] | None
    rows: tuple[Row, ...]


def read_table(path: Path) -> Table:
    """Read a CSV file separated by commas, semicolons or tabs; rows that start with # and rows without any text are skipped.

    The first row is a header if one of its cells is neither a number nor empty.

    Raises:
        ValueError: the file is empty, not text, or its rows differ in length; the message names the row.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text file in UTF-8: {error}") from None
    kept = [(n, line) for n, line in enumerate(lines, 1) if line.strip(" ,;\t") and not line.lstrip().startswith("#")]
    if not kept:
        raise ValueError(f"{path} holds no rows")
    rows = _split(kept)
    for row in rows:
        if len(row.cells) != len(rows[0].cells):
            raise ValueError(f"row {row.number} has {len(row.cells)} columns, row {rows[0].number} has {len(rows[0].cells)}")
    named = any(cell and not _is_number(cell) for cell in rows[0].cells)
    return Table(rows[0].cells, tuple(rows[1:])) if named else Table(None, tuple(rows))


def _split(lines: list[tuple[int, str]]) -> list[Row]:
    separator = next((s for s in _SEPARATORS if s in lines[0][1]), ",")
    texts = csv.reader((line for _, line in lines), delimiter=separator)
    numbered = zip((number for number, _ in lines), texts, strict=True)
    comma = separator == ";"
    return [Row(number, tuple((c.replace(",", ".") if comma else c).strip() for c in cells)) for number, cells in numbered]


def number(row: Row, column: int, name: str) -> float:
    """The number in one cell, NaN where the cell is empty or says NaN.

    Raises:
        ValueError: the cell holds something else; the message names the row and the text.
    """
    text = row.cells[column]
    if not text:
        return math.nan
    if not _is_number(text) or math.isinf(float(text)):
        unit = text.split()[-1] if len(text.split()) == 2 and _is_number(text.split()[0]) else ""
        hint = f"; a unit stands in the header, for all rows: {name} [{unit}]" if unit else ""
        raise ValueError(f"row {row.number}: {name} {text!r} is not a finite number{hint}")
    return float(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
