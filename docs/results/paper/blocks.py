"""A whole R against blocks and against low ranks."""

import xarray as xr
from pages import best

from experiments.sections import Decorrelation
from paper.words import exists, filled, last, loss, opened, rate

NEEDS = ("blocks",)
_LINES = (1024, 128)


def draw() -> None:
    """A table."""
    ds = opened("blocks")
    sizes = sorted((int(size) for size in ds.decorrelation_block.values), key=lambda size: -(size or 10**6))
    rows = [_row("no R", 0, best(ds.sel(decorrelation_on="none", decorrelation_block=0)))]
    for block in sizes:
        chosen = best(ds.sel(decorrelation_on="digital", decorrelation_block=block))
        words = f"blocks of at most {block}" if block else "whole"
        rows.append(_row(words, _numbers(Decorrelation(block=block)), chosen))
    if exists("low_rank"):
        thin = opened("low_rank")
        for rank in sorted((int(rank) for rank in thin.decorrelation_rank.values), reverse=True):
            chosen = best(thin.sel(decorrelation_rank=rank))
            rows.append(_row(f"rank {rank}", _numbers(Decorrelation(rank=rank)), chosen))
    head = ["R", "numbers in R [10^3]", "rate", "train loss", "validation [%]", "test [%]", "correlation left"]
    filled("blocks", head, rows)


def _row(words: str, numbers: int, chosen: xr.Dataset) -> list[str]:
    left = float(chosen.decorrelation_loss.isel(epoch=-1).mean())
    found = [rate(chosen), loss(chosen), last(chosen.validation_accuracy), last(chosen.test_accuracy)]
    return [words, f"{numbers / 1e3:.0f}", *found, f"{left:.2f}"]


def _numbers(section: Decorrelation) -> int:
    return sum(section.numbers(lines) for lines in _LINES)
