"""The same rules on FeFET cells: accuracy, pulses and energy."""

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from pages import best, saved

from paper.words import INK, RULES, curve, epochs_to, exists, filled, last, loss, opened, rate, reached

NEEDS = ("chips",)
_ON = {"none": "no R", "digital": "R digital", "crossbar": "R on cells"}


def draw() -> None:
    """A picture of the best of each rule, and a table of all."""
    conditions = _conditions()
    rows = [row for rule, sigma, passes, ds in conditions for row in _rows(rule, sigma, passes, ds)]
    shown = {rule: ds for rule, _, _, ds in conditions}  # of a rule the last, with the most passes
    figure, axes = plt.subplots(1, len(shown), figsize=(2.6 * len(shown), 2.9), sharey=True)
    for ax, rule in zip(axes, (rule for rule in RULES if rule in shown), strict=True):
        for on, words in _ON.items():
            curve(ax, 100 * best(shown[rule].sel(decorrelation_on=on)).test_accuracy, words, INK[on])
        ax.set_title(RULES[rule] + (",\nfour noisy passes" if rule in ("np", "anp") and exists(f"chips_{rule}") else ""), fontsize=9)
        ax.set_xlabel("epoch")
    axes[0].set_ylabel("test accuracy [%]")
    axes[0].legend()
    saved(figure, "paper_chips")
    head = ["rule", "sigma", "passes", "R", "rate", "train loss", "test [%]", "pulses per cell", "epochs to the accuracy without R"]
    filled("chips", [*head, "pulses until then", "energy until then [J]"], rows)


def _conditions() -> list[tuple[str, str, str, xr.Dataset]]:
    """Rule, sigma, noisy passes and the runs."""
    ds = opened("chips")
    found = [(rule, "", "", ds.sel(rule_name=rule)) for rule in ("bp", "fa")]
    if exists("chips_np"):
        perturbed = opened("chips_np")
        for sigma, passes in ((0.01, 1), (0.1, 1), (0.1, 4)):
            found.append(("np", f"{sigma:g}", str(passes), perturbed.sel(rule_sigma=sigma, rule_passes=passes)))
    found.append(("anp", "0.01", "1", ds.sel(rule_name="anp")))
    if exists("chips_anp"):
        found.append(("anp", "0.01", "4", opened("chips_anp")))
    return found


def _rows(rule: str, sigma: str, passes: str, ds: xr.Dataset) -> list[list[str]]:
    level = float(best(ds.sel(decorrelation_on="none")).test_accuracy.isel(epoch=-1).mean("train_seed"))
    rows = []
    for on in _ON:
        chosen = best(ds.sel(decorrelation_on=on))
        averaged, needed = chosen.mean("train_seed"), epochs_to(chosen.test_accuracy, level)
        rows.append([rule, sigma, passes, on, rate(chosen), loss(chosen), last(chosen.test_accuracy)])
        rows[-1] += [f"{float(averaged.pulses_per_cell.isel(epoch=-1)):.2f}", reached(needed)]
        rows[-1] += ["" if np.isnan(needed) else f"{float(averaged[name].sel(epoch=needed)):.2e}" for name in ("pulses", "energy")]
    return rows
