"""Names, inks and numbers that all sections use."""

from collections.abc import Sequence

import numpy as np
import pages
import xarray as xr
from matplotlib.axes import Axes

PAGE = "paper"
RULES = {"bp": "backpropagation", "fa": "feedback alignment", "np": "node perturbation", "anp": "activity node perturbation"}
INK = {"none": "#777777", "scaled": "#0072b2", "copi": "#d55e00", "dbp": "#009e73", "digital": "#0072b2", "crossbar": "#d55e00"}


def opened(name: str) -> xr.Dataset:
    """One of this page's results files in memory."""
    return pages.opened(f"{PAGE}_{name}")


def exists(name: str) -> bool:
    """Whether one of this page's results files is there."""
    return pages.exists(f"{PAGE}_{name}")


def filled(name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table into this page."""
    pages.filled(PAGE, name, head, rows)


def mean(values: xr.DataArray) -> xr.DataArray:
    """Over the seeds, where there are several."""
    return values.mean("train_seed") if "train_seed" in values.dims else values


def last(values: xr.DataArray) -> str:
    """Mean over the seeds after the last epoch in per cent, with the spread."""
    return pages.stated(values.isel(epoch=-1))


def loss(ds: xr.Dataset) -> str:
    """Training loss in the last epoch, mean over the seeds."""
    return f"{float(mean(ds.train_loss).isel(epoch=-1)):.3f}"


def rate(ds: xr.Dataset, section: str = "rule") -> str:
    """The rate of a chosen condition, from its own spec."""
    return pages.used(ds, section)


def finished(ds: xr.Dataset) -> bool:
    """Whether any run of a condition has ended."""
    return bool(ds.test_accuracy.notnull().any())


def epochs_to(values: xr.DataArray, level: float) -> float:
    """First epoch at which the mean over the seeds reaches a level; nan where it does not."""
    above = np.flatnonzero(mean(values).values >= level)
    return float(values["epoch"].values[above[0]]) if len(above) else float("nan")


def reached(epoch: float) -> str:
    """An epoch, or that it was not reached."""
    return "not reached" if np.isnan(epoch) else f"{epoch:g}"


def curve(ax: Axes, values: xr.DataArray, label: str, ink: str, dash: str = "-") -> None:
    """Mean over the seeds against the epoch, a band from the least to the most."""
    seeds = values.transpose("train_seed", ...).values if "train_seed" in values.dims else values.values[None]
    ax.plot(values["epoch"].values, seeds.mean(0), dash, color=ink, label=label, linewidth=1.6)
    ax.fill_between(values["epoch"].values, seeds.min(0), seeds.max(0), color=ink, alpha=0.18, linewidth=0)
