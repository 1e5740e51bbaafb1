"""Correlated pictures: steps to the training loss that the network without R ends with."""

import json

import numpy as np
import pages
import xarray as xr
from matplotlib import pyplot as plt

from tolerance.words import CELLS, ON, WORDS, filled, opened

NEEDS = ("pictures",)
_HUE = {"none": "#777777", "digital": "#0072b2", "crossbar": "#d55e00"}


def draw() -> None:
    """A picture and a table. Without R the run with the least training loss sets the level; with R that which reaches it first is shown."""
    ds = opened("pictures")
    per_epoch = -(-_setting(ds, "data", "train_size") // _setting(ds, "train", "batch_size"))
    cells = [str(cell) for cell in ds.device_preset.values]
    figure, axes = plt.subplots(1, len(cells), figsize=(8, 3.2), sharey=True)
    rows = []
    for ax, cell in zip(axes, cells, strict=True):
        level, base = np.nan, np.nan
        for on in ON:
            each = _runs(ds.sel(device_preset=cell, decorrelation_on=on))
            one = min(each, key=lambda run: (_reached(run, level), _last(run)))
            curve = one.train_loss.values
            if on == "none":
                level, base = float(np.nanmin(curve[1:])), 1.0 + int(np.nanargmin(curve[1:]))
            epochs = _reached(one, level)
            ax.plot(one.epoch, curve, color=_HUE[on], label=WORDS[on])
            row = [CELLS[cell], WORDS[on], pages.used(one), "" if on == "none" else pages.used(one, "decorrelation", "lr")]
            row += ["" if on != "crossbar" else pages.used(one, "decorrelation", "range"), f"{curve[-1]:.3f}"]
            row += [f"{100 * float(one.test_accuracy.isel(epoch=-1)):.1f}", f"{100 * float(one.test_accuracy.max()):.1f}"]
            row.append(f"{epochs * per_epoch:,.0f} ({epochs / base:.2f})" if np.isfinite(epochs) else "not reached")
            first, last = (float(one.decorrelation_loss.isel(epoch=at)) for at in (0, -1))
            rows.append([*row, f"{first:.2f} → {last:.2f}"])
        ax.axhline(level, color="#999999", linewidth=0.8, linestyle=":")
        ax.set_title(CELLS[cell], fontsize=9)
        ax.set_xlabel("epoch")
        ax.set_xticks(range(0, 21, 5))
        ax.set_ylim(0, 2.4)
        ax.grid(axis="y", color="#e6e8eb")
    axes[0].set_ylabel("training loss [nats]")
    axes[0].legend()
    pages.saved(figure, "write_tolerance_pictures")
    head = ["cell", "R", "rate", "rate of R", "range of A", "last training loss", "test, last [%]", "best [%]"]
    filled("pictures", [*head, "steps to the level (share)", "correlation"], rows)


def _runs(ds: xr.Dataset) -> list[xr.Dataset]:
    """Every run of a condition, along all its axes."""
    flat = ds.stack(run=[name for name in ds.test_accuracy.dims if name != "epoch"])
    return [flat.isel(run=index) for index in range(flat.sizes["run"])]


def _last(one: xr.Dataset) -> float:
    return float(np.nan_to_num(one.train_loss.isel(epoch=-1), nan=np.inf))


def _reached(one: xr.Dataset, level: float) -> float:
    """The first epoch whose training loss is at most the level; infinite where none is, also where there is no level yet."""
    at = np.flatnonzero(one.train_loss.values[1:] <= level)
    return 1.0 + int(at[0]) if len(at) else np.inf


def _setting(ds: xr.Dataset, section: str, key: str) -> int:
    return int(json.loads(str(ds.run_spec.values.reshape(-1)[0]))[section][key])
