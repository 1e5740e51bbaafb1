"""All images, 5 epochs: the mirrored FeFET, the FTJ and the ideal cell."""

import pages
import xarray as xr

from tolerance.words import CELLS, WORDS, conditions, filled, there

NEEDS = ("full",)


def draw() -> None:
    """Two tables."""
    _mirror(there("full", "full_perturbation"))
    if cells := there("full_ftj", "full_ideal"):
        _cells(there("full", "full_perturbation"), cells)


def _mirror(sets: list[xr.Dataset]) -> None:
    rows = []
    for rule, on, found in conditions(sets):
        one = pages.best(found)
        top = one.test_accuracy.isel(epoch=slice(1, None)).max("epoch")
        row = [rule, WORDS[on], pages.used(one), pages.stated(one.test_accuracy.isel(epoch=-1)), pages.stated(top)]
        row += [pages.number(one.pulses_per_cell), pages.number(one.writes_largest, 3), pages.number(one.endurance_used_largest)]
        rows.append([*row, pages.number(one.energy), pages.number(one.decorrelation_loss, 3)])
    head = [
        "rule",
        "R",
        "rate",
        "test, last epoch [%]",
        "best epoch [%]",
        "pulses per cell",
        "busiest cell",
        "share of its endurance",
    ]
    filled("full", [*head, "pulse energy [J]", "correlation left"], rows)


def _cells(mirror: list[xr.Dataset], others: list[xr.Dataset]) -> None:
    rows: dict[tuple[str, str], list[str]] = {}
    for rule, on, one in conditions(mirror):
        rows[rule, on] = [rule, WORDS[on], pages.stated(pages.best(one).test_accuracy.isel(epoch=-1))]
    for ds in others:
        for rule, on, one in conditions([ds]):
            rows[rule, on].append(f"{pages.stated(one.test_accuracy.isel(epoch=-1))} ({pages.used(one)})")
    names = [CELLS[pages.used(ds, "device", "preset")] for ds in others]
    filled("full_cells", ["rule", "R", "FeFET, mirrored [%]", *(f"{name} [%] (rate)" for name in names)], list(rows.values()))
