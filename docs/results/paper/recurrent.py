"""How many reads the recurrent form needs."""

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
        rows.append([name, "", "", rate(chosen, "decorrelation_lr") if name != "none" else "", last(chosen.test_accuracy)])
        rows[-1] += ["", "", f"{reads:.3g}"]
        axes[1].axhline(100 * float(chosen.test_accuracy.isel(epoch=-1).mean()), color=INK[name], linewidth=1, label=name)
    for damping, dash in zip(ds.decorrelation_damping.values, ("--", "-"), strict=True):
        points = []
        for iterations in ds.decorrelation_iterations.values:
            one = ds.sel(decorrelation_name="recurrent", decorrelation_iterations=iterations, decorrelation_damping=damping)
            chosen = best(one, ("decorrelation_lr",))
            final = chosen.isel(epoch=-1).mean("train_seed")
            points.append((float(final.settling_error), 100 * float(final.test_accuracy)))
            reads = float(final.forward_reads + final.backward_reads)
            rows.append(["recurrent", str(int(iterations)), f"{float(damping):g}", rate(chosen, "decorrelation_lr")])
            rows[-1] += [last(chosen.test_accuracy), f"{points[-1][0]:.1e}", f"{float(final.settling_rate):.3f}", f"{reads:.3g}"]
        for ax, values in zip(axes, zip(*points, strict=True), strict=True):
            words = f"recurrent, step {damping:g}"
            ax.plot(ds.decorrelation_iterations.values, values, f"o{dash}", color="#333333", markersize=3, label=words)
    for ax, words in zip(axes, ("settling error", "test accuracy [%]"), strict=True):
        ax.set_xscale("log")
        ax.set_xlabel("reads per settling")
        ax.set_ylabel(words)
    axes[0].set_yscale("log")
    axes[1].legend(fontsize=7)
    saved(figure, "paper_recurrent")
    head = ["R", "reads per settling", "step", "rate of R", "test [%]", "settling error", "slowest rate", "vectors read in 10 epochs"]
    filled("recurrent", head, rows)
