"""The search for rates, which is a comparison of its own: rules, decorrelators and cells at four rates each."""

import pages
import xarray as xr
from matplotlib import pyplot as plt

from tolerance.words import CELLS, DASH, INK, MARK, WORDS, conditions, filled, there

NEEDS = ("rates_gradient", "rates_perturbation")
_DRAWN = ("bp", "fa", "anp")


def draw() -> None:
    """A table and the picture of three rules, and a table of the longer search on the FTJ."""
    _drawn()
    for ds in there("rates_perturbation_ftj"):
        _longer(ds)


def _longer(ds: xr.Dataset) -> None:
    rows = []
    for rule, on, one in conditions([ds]):
        last = 100 * one.validation_accuracy.isel(epoch=-1)
        rows.append([rule, WORDS[on], *(f"{float(value):.1f}" for value in last.sortby("rule_lr"))])
    filled("rates_ftj", ["rule", "R", *(f"rate {rate:g} [%]" for rate in sorted(ds.rule_lr.values))], rows)


def _drawn() -> None:
    sets = there(*NEEDS)
    cells = [str(cell) for cell in sets[0].device_preset.values]
    figure, axes = plt.subplots(1, len(cells), figsize=(10, 3.7), sharey=True, layout="constrained")
    rows = []
    for rule, on, found in conditions(sets):
        row = [rule, WORDS[on]]
        for ax, cell in zip(axes, cells, strict=True):
            one = found.sel(device_preset=cell)
            if rule in _DRAWN:
                curve = 100 * one.validation_accuracy.isel(epoch=-1)
                ax.semilogx(one.rule_lr, curve, DASH[on], marker=MARK[rule], color=INK[rule], markersize=3.5, linewidth=1.2)
            top = pages.best(one)
            row.append(f"{100 * float(top.validation_accuracy.isel(epoch=-1)):.1f} ({float(top.rule_lr):g})")
        rows.append(row)
    for ax, cell in zip(axes, cells, strict=True):
        ax.set_title(CELLS[cell], fontsize=9)
        ax.set_xlabel("rate")
        ax.grid(axis="y", color="#e6e8eb")
    for rule in _DRAWN:
        axes[0].plot([], [], "-", marker=MARK[rule], color=INK[rule], markersize=3.5, label=rule)
    for on, dash in DASH.items():
        axes[0].plot([], [], dash, color="#777777", label=WORDS[on])
    axes[0].set_ylabel("validation accuracy [%]")
    axes[0].set_ylim(60, 99)
    figure.legend(loc="outside lower center", ncols=6)
    pages.saved(figure, "write_tolerance_rates")
    filled("rates", ["rule", "R", *(f"{CELLS[cell]}: % (rate)" for cell in cells)], rows)
