"""scaled, copi and dbp: training and test accuracy against the epoch."""

from matplotlib import pyplot as plt
from pages import best, saved

from paper.words import INK, curve, epochs_to, filled, last, mean, opened, rate, reached

NEEDS = ("rules_reduced",)


def draw() -> None:
    """A picture and a table."""
    ds = opened("rules_reduced")
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 2.9))
    rows = []
    for name in ("none", "scaled", "copi", "dbp"):
        chosen = best(ds.sel(decorrelation_name=name), ("rule_lr", "decorrelation_lr"))
        curve(axes[0], 100 * chosen.train_accuracy, "no R" if name == "none" else name, INK[name])
        curve(axes[1], 100 * chosen.test_accuracy, name, INK[name])
        peak, top = float(mean(chosen.train_accuracy).max()), mean(chosen.test_accuracy)
        rows.append([name, rate(chosen), "" if name == "none" else rate(chosen, "decorrelation_lr"), f"{100 * peak:.1f}"])
        rows[-1] += [reached(epochs_to(chosen.train_accuracy, 0.99 * peak)), reached(epochs_to(chosen.train_accuracy, 0.9))]
        rows[-1] += [f"{100 * float(top.max()):.1f} (epoch {int(top.argmax())})", last(chosen.test_accuracy)]
    for ax, words in zip(axes, ("training accuracy [%]", "test accuracy [%]"), strict=True):
        ax.set_xlabel("epoch")
        ax.set_ylabel(words)
    axes[0].legend()
    saved(figure, "paper_rules")
    head = ["R", "rate", "rate of R", "peak train [%]", "epochs to 99 % of it", "epochs to 90 % train", "best test [%]", "last test [%]"]
    filled("rules", head, rows)
