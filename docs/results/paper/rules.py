"""scaled, copi and dbp: training and test accuracy against the epoch."""

from itertools import product

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from pages import best, saved

from paper.words import INK, curve, epochs_to, filled, last, mean, opened, rate, reached

NEEDS = ("rules_reduced",)
_RATES = ("rule_lr", "decorrelation_lr")


def draw() -> None:
    """A picture of the fastest rates, and a table with those and the ones best on held-out images."""
    ds = opened("rules_reduced")
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 2.9))
    rows = []
    for name in ("none", "scaled", "copi", "dbp"):
        condition = ds.sel(decorrelation_name=name)
        fastest = min(_runs(condition), key=_epochs)
        rows += [_row(name, "held-out images", best(condition, _RATES)), _row(name, "epochs to 99 %", fastest)]
        words, dash = "no R" if name == "none" else name, "--" if name == "dbp" else "-"  # dbp lies on copi
        curve(axes[0], 100 * fastest.train_accuracy, words, INK[name], dash)
        curve(axes[1], 100 * fastest.test_accuracy, words, INK[name], dash)
    for ax, words in zip(axes, ("training accuracy [%]", "test accuracy [%]"), strict=True):
        ax.set_xlabel("epoch")
        ax.set_ylabel(words)
    axes[1].set_ylim(bottom=20)
    axes[0].legend()
    saved(figure, "paper_rules")
    head = ["R", "rates chosen by", "rate", "rate of R", "peak train [%]", "epochs to 99 % of it", "best test [%]", "last test [%]"]
    filled("rules", head, rows)


def _runs(ds: xr.Dataset) -> list[xr.Dataset]:
    """At every pair of rates."""
    return [ds.sel(rule_lr=lr, decorrelation_lr=lr_of_r) for lr, lr_of_r in product(*(ds[name].values for name in _RATES))]


def _epochs(run: xr.Dataset) -> float:
    """Until 99 % of the peak training accuracy."""
    return epochs_to(run.train_accuracy, 0.99 * float(mean(run.train_accuracy).max()))


def _row(name: str, why: str, run: xr.Dataset) -> list[str]:
    peak, top = float(mean(run.train_accuracy).max()), mean(run.test_accuracy).values
    found = [name, why, rate(run), "" if name == "none" else rate(run, "decorrelation"), f"{100 * peak:.1f}", reached(_epochs(run))]
    return [*found, f"{100 * top.max():.1f} (epoch {int(np.argmax(top))})", last(run.test_accuracy)]
