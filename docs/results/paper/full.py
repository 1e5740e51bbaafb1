"""The paper's own sizes: the conditions that have ended."""

import xarray as xr
from pages import best

from paper.words import filled, finished, last, opened, rate

NEEDS = ("mlp", "convnet")


def draw() -> None:
    """A table of the MLP and one of the ConvNet."""
    for name in NEEDS:
        ds = opened(name)
        cosine = ["cosine with bp"] if "gradient_alignment" in ds else []
        rows = [_row(ds, str(rule), str(on)) for rule in ds.rule_name.values for on in ds.decorrelation_on.values]
        filled(name, ["rule", "R", "rate of R", "rate", "train [%]", "validation [%]", "test [%]", *cosine], [row for row in rows if row])


def _row(ds: xr.Dataset, rule: str, on: str) -> list[str]:
    condition = ds.sel(rule_name=rule, decorrelation_on=on)
    if not finished(condition):
        return []
    chosen = best(condition, ("rule_lr", "decorrelation_lr"))
    r = ["none", ""] if on == "none" else ["scaled", rate(chosen, "decorrelation")]
    found = [last(chosen[name]) for name in ("train_accuracy", "validation_accuracy", "test_accuracy")]
    cosine = [f"{float(chosen.gradient_alignment.isel(epoch=-1).mean()):.2f}"] if "gradient_alignment" in ds else []
    return [rule, *r, rate(chosen), *found, *cosine]
