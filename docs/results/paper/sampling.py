"""The share of the batch that R is estimated on, and an update at every n-th step."""

from pages import best

from paper.words import filled, last, loss, opened, rate

NEEDS = ("sampling",)


def draw() -> None:
    """A table."""
    ds = opened("sampling")
    rows = []
    for share in ds.decorrelation_share.values:
        for every in ds.decorrelation_every.values:
            chosen = best(ds.sel(decorrelation_share=share, decorrelation_every=every))
            rows.append([f"{100 * float(share):g} %", str(int(every)), rate(chosen), loss(chosen)])
            rows[-1] += [last(chosen.validation_accuracy), last(chosen.test_accuracy)]
            rows[-1].append(f"{float(chosen.decorrelation_loss.isel(epoch=-1).mean()):.2f}")
    filled("sampling", ["share of the batch", "every", "rate", "train loss", "validation [%]", "test [%]", "correlation left"], rows)
