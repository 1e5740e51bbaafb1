"""Feedback against weights under feedback alignment, with and without decorrelation."""

from matplotlib import pyplot as plt
from pages import best, saved

from paper.words import INK, curve, filled, last, opened

NEEDS = ("feedback",)
_SHOWN = {
    "feedback_alignment": "cos(B, W)",
    "effective_feedback_alignment": "cos(B R, W R)",
    "gradient_alignment": "cosine of the update with bp's",
    "train_loss": "training loss [nats]",
}


def draw() -> None:
    """A picture and a table."""
    ds = opened("feedback")
    figure, axes = plt.subplots(1, 4, figsize=(10, 2.7))
    rows = []
    for name in ("none", "scaled", "copi"):
        chosen = best(ds.sel(decorrelation_name=name))
        for ax, (measure, words) in zip(axes, _SHOWN.items(), strict=True):
            curve(ax, chosen[measure].isel(epoch=slice(int(measure == "train_loss"), None)), name, INK[name])
            ax.set_title(words, fontsize=9)
            ax.set_xlabel("epoch")
        for lr in ds.rule_lr.values:
            final = ds.sel(decorrelation_name=name, rule_lr=lr)
            numbers = [f"{float(final[measure].isel(epoch=-1).mean()):.3f}" for measure in _SHOWN]
            rows.append([name, f"{float(lr):g}", *numbers, last(final.test_accuracy)])
    axes[3].legend()
    saved(figure, "paper_feedback")
    filled("feedback", ["R", "rate", *_SHOWN.values(), "test [%]"], rows)
