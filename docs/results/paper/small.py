"""Four rules on ideal arrays, with and without two kinds of decorrelator."""

from matplotlib import pyplot as plt
from pages import best, saved

from paper.words import INK, RULES, curve, filled, last, loss, opened, rate

NEEDS = ("small",)


def draw() -> None:
    """A picture and a table."""
    ds = opened("small")
    figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), sharex=True, sharey="row")
    rows = []
    for column, (rule, words) in enumerate(RULES.items()):
        for name in ("none", "scaled", "copi"):
            chosen = best(ds.sel(rule_name=rule, decorrelation_name=name))
            curve(axes[0, column], 100 * chosen.test_accuracy, name, INK[name])
            curve(axes[1, column], chosen.train_loss.isel(epoch=slice(1, None)), name, INK[name])
            rows.append([rule, name, rate(chosen), loss(chosen), last(chosen.train_accuracy)])
            rows[-1] += [last(chosen.validation_accuracy), last(chosen.test_accuracy)]
        axes[0, column].set_title(words, fontsize=9)
        axes[1, column].set_xlabel("epoch")
    axes[0, 0].set_ylabel("test accuracy [%]")
    axes[1, 0].set_ylabel("training loss [nats]")
    axes[0, 3].legend()
    saved(figure, "paper_small")
    filled("small", ["rule", "R", "rate", "train loss", "train [%]", "validation [%]", "test [%]"], rows)
