"""The example notebook's two networks beside its printed numbers."""

import xarray as xr

from paper.words import exists, filled, opened

NEEDS = ("notebook",)
_PRINTED = {
    ("notebook", "none", 9): "49.3",
    ("notebook", "digital", 9): "51.0",
    ("notebook_convnet", "none", 1): "44.8",
    ("notebook_convnet", "digital", 1): "51.3",
}
"""File, R, epochs learnt -> accuracy on held-out images that the notebook prints."""


def draw() -> None:
    """A table."""
    rows = []
    for (file, on, epochs), printed in _PRINTED.items():
        if not exists(file):
            continue
        network = "3072-256-256-10" if file == "notebook" else "two strided convolutions, dense 256"
        ds = opened(file).sel(decorrelation_on=on)
        r = "none" if on == "none" else "scaled"
        rows.append([network, r, str(epochs), printed, *_accuracies(ds, epochs)])
        if int(ds.epoch[-1]) > epochs:
            rows.append([network, r, str(int(ds.epoch[-1])), "", *_accuracies(ds, int(ds.epoch[-1]))])
    filled("notebook", ["network", "R", "epochs", "notebook, held-out [%]", "ours, held-out [%]", "ours, test [%]"], rows)


def _accuracies(ds: xr.Dataset, epoch: int) -> list[str]:
    return [f"{100 * float(ds[name].sel(epoch=epoch)):.1f}" for name in ("validation_accuracy", "test_accuracy")]
