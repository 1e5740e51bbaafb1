"""How many reads the recurrent form needs."""

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from pages import best, saved

from paper.words import INK, filled, last, opened, rate

NEEDS = ("recurrent",)


def draw() -> None:
    """A picture and a table."""
    ds = opened("recurrent")
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 2.9))
    rows = []
    for name in ("none", "copi"):
        chosen = best(ds.sel(decorrelation_name=name).isel(decorrelation_iterations=0, decorrelation_damping=0), ("decorrelation_lr",))
        reads = float((chosen.forward_reads + chosen.backward_reads).isel(epoch=-1).mean())
        rows.append([name, "", "", rate(chosen, "decorrelation") if name != "none" else "", last(chosen.test_accuracy)])
        rows[-1] += ["", "", f"{reads:.3g}"]
        axes[1].axhline(_accuracy(chosen)[0], color=INK[name], linewidth=1, label="no R" if name == "none" else "matrix form, copi")
    iterations = ds.decorrelation_iterations.values
    for damping, ink, shift in zip(ds.decorrelation_damping.values, ("#56b4e9", "#0072b2"), (0.97, 1.03), strict=True):
        errors, accuracies = [], []
        for count in iterations:
            one = ds.sel(decorrelation_name="recurrent", decorrelation_iterations=count, decorrelation_damping=damping)
            chosen = best(one, ("decorrelation_lr",))
            final = chosen.isel(epoch=-1).mean("train_seed")
            errors.append(float(final.settling_error))
            accuracies.append(_accuracy(chosen))
            reads = float(final.forward_reads + final.backward_reads)
            rows.append(["recurrent", str(int(count)), f"{float(damping):g}", rate(chosen, "decorrelation"), last(chosen.test_accuracy)])
            rows[-1] += ["", "", ""] if np.isnan(errors[-1]) else [f"{errors[-1]:.1e}", f"{float(final.settling_rate):.3f}", f"{reads:.3g}"]
        words = f"recurrent, step {damping:g}"
        axes[0].plot(iterations, errors, "o-", color=ink, markersize=3, label=words)
        means, spreads = zip(*accuracies, strict=True)
        axes[1].errorbar(iterations * shift, means, spreads, fmt="o", color=ink, markersize=4, capsize=2, label=words)
    for ax, words in zip(axes, ("settling error", "test accuracy [%]"), strict=True):
        ax.set_xscale("log")
        ax.set_xticks(iterations, [str(int(count)) for count in iterations])
        ax.minorticks_off()
        ax.set_xlabel("reads per settling")
        ax.set_ylabel(words)
    axes[0].set_yscale("log")
    axes[0].minorticks_off()
    axes[1].set_ylim(top=34.5)
    axes[1].legend(fontsize=7, ncols=2)
    saved(figure, "paper_recurrent")
    head = ["R", "reads per settling", "step", "rate of R", "test [%]", "settling error", "slowest rate", "vectors read in 10 epochs"]
    filled("recurrent", head, rows)


def _accuracy(run: xr.Dataset) -> tuple[float, float]:
    """Mean over the seeds, and one standard deviation [%]."""
    seeds = 100 * run.test_accuracy.isel(epoch=-1).values
    return float(seeds.mean()), float(seeds.std(ddof=1))
