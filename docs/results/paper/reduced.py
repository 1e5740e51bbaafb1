"""The paper's protocol at a size for two cores."""

from matplotlib import pyplot as plt
from pages import best, saved

from paper.words import INK, RULES, curve, filled, last, loss, opened, rate

NEEDS = ("mlp_reduced",)


def draw() -> None:
    """A picture and a table."""
    ds = opened("mlp_reduced")
    figure, axes = plt.subplots(1, 4, figsize=(10, 2.7), sharey=True)
    rows = []
    for ax, (rule, words) in zip(axes, RULES.items(), strict=True):
        for on, name in (("none", "none"), ("digital", "scaled")):
            chosen = best(ds.sel(rule_name=rule, decorrelation_on=on), ("rule_lr", "decorrelation_lr"))
            curve(ax, 100 * chosen.test_accuracy, "no R" if on == "none" else "R, scaled", INK[name])
            rows.append([rule, name, rate(chosen), "" if on == "none" else rate(chosen, "decorrelation"), loss(chosen)])
            rows[-1] += [last(chosen[part]) for part in ("train_accuracy", "validation_accuracy", "test_accuracy")]
        ax.set_title(words, fontsize=9)
        ax.set_xlabel("epoch")
        ax.set_xticks(range(0, 11, 5))
    axes[0].set_ylabel("test accuracy [%]")
    axes[0].legend()
    saved(figure, "paper_mlp_reduced")
    filled("mlp_reduced", ["rule", "R", "rate", "rate of R", "train loss", "train [%]", "validation [%]", "test [%]"], rows)
