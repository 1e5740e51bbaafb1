"""Alignment with the natural gradient over training."""

from matplotlib import pyplot as plt
from pages import saved

from paper.words import INK, RULES, curve, filled, last, opened

NEEDS = ("natural",)
_SHOWN = {
    "natural_alignment": "update",
    "natural_alignment_euclidean": "update, Euclidean",
    "gradient_alignment": "update with bp's",
    "natural_of_gradient": "gradient",
    "natural_of_inputs": "input side",
    "natural_of_deltas": "delta side",
    "natural_of_both": "both (K-FAC)",
    "delta_correlation": "delta correlation",
}


def draw() -> None:
    """A picture and a table."""
    ds = opened("natural")
    figure, axes = plt.subplots(1, 4, figsize=(10, 2.8), sharey=True)
    rows = []
    for ax, (rule, words) in zip(axes, RULES.items(), strict=True):
        for label in ("none", "scaled", "copi"):
            chosen = ds.sel(rule_name=rule, decorrelation_name=label)
            curve(ax, chosen.natural_alignment, label, INK[label])
            final = chosen.isel(epoch=-1).mean("train_seed")
            rows.append([rule, label, last(chosen.test_accuracy), *(f"{float(final[name]):.2f}" for name in _SHOWN)])
        ax.set_title(words, fontsize=9)
        ax.set_xlabel("epoch")
    axes[0].set_ylabel("cosine with the natural\ngradient, Fisher metric")
    axes[0].legend()
    saved(figure, "paper_natural")
    filled("natural", ["rule", "R", "test [%]", *_SHOWN.values()], rows)
