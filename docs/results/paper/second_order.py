"""Decorrelation against batch normalisation, K-FAC, Shampoo and SOAP."""

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib import ticker
from pages import best, saved

from paper.words import curve, epochs_to, exists, filled, last, mean, opened, rate, reached

NEEDS = ("second_order",)
_METHODS = {
    "SGD": ("sgd", "none", "none", "#bbbbbb", "-"),
    "SGD, batch norm": ("sgd", "none", "batch", "#bbbbbb", "--"),
    "SGD, decorrelated": ("sgd", "digital", "none", "#56b4e9", "-"),
    "Adam": ("adam", "none", "none", "#444444", "-"),
    "Adam, batch norm": ("adam", "none", "batch", "#444444", "--"),
    "Adam, decorrelated": ("adam", "digital", "none", "#0072b2", "-"),
    "Adam, both": ("adam", "digital", "batch", "#0072b2", "--"),
    "K-FAC": ("kfac", "none", "none", "#009e73", "-"),
    "Shampoo": ("shampoo", "none", "none", "#cc79a7", "-"),
    "SOAP": ("soap", "none", "none", "#d55e00", "-"),
}
"""Optimizer, R, normalisation, ink and dash."""


def draw() -> None:
    """A picture and a table."""
    files = [opened(name) for name in ("second_order", "curvature") if exists(name)]
    timed = opened("seconds") if exists("seconds") else None
    methods = {name: how for name, how in _METHODS.items() if any(how[0] in ds.optimizer_name.values for ds in files)}
    figure, ax = plt.subplots(figsize=(6.4, 4.0))
    rows = []
    chosen = {name: best(_runs(files, *how[:3])) for name, how in methods.items()}
    level = float(mean(chosen["Adam"].train_loss).isel(epoch=-1))
    for name, (optimizer, on, norm, ink, dash) in methods.items():
        run = chosen[name]
        curve(ax, run.train_loss.isel(epoch=slice(1, None)), name, ink, dash)
        losses = mean(run.train_loss)
        rows.append([name, rate(run), *(f"{float(losses.sel(epoch=epoch)):.3f}" for epoch in (5, 10))])
        rows[-1] += [
            _least(_runs(files, optimizer, on, norm)),
            reached(epochs_to(-run.train_loss, -level)),
            last(run.validation_accuracy),
            last(run.test_accuracy),
        ]
        rows[-1].append(
            f"{_seconds(run if timed is None else timed.sel(optimizer_name=optimizer, decorrelation_on=on, network_norm=norm)):.2f}"
        )
    ax.set_xlabel("epoch")
    ax.set_ylabel("training loss [nats]")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    ax.yaxis.set_minor_formatter(ticker.FormatStrFormatter("%g"))
    ax.legend(fontsize=7, ncols=2)
    saved(figure, "paper_second_order")
    head = [
        "method",
        "rate",
        "train loss, epoch 5",
        "epoch 10",
        "least at any rate",
        "epochs to Adam's at 10",
        "validation [%]",
        "test [%]",
    ]
    filled("second_order", [*head, f"seconds per epoch, {'GPU' if timed is None else 'CPU'}"], rows)


def _runs(files: list[xr.Dataset], optimizer: str, on: str, norm: str) -> xr.Dataset:
    """A method at all its rates."""
    run = next(ds.sel(optimizer_name=optimizer) for ds in files if optimizer in ds.optimizer_name.values)
    return run.sel(decorrelation_on=on, network_norm=norm) if "network_norm" in run.dims else run


def _least(run: xr.Dataset) -> str:
    """The least training loss after the last epoch, and at which rate."""
    losses = mean(run.train_loss).isel(epoch=-1).fillna(np.inf)
    return f"{float(losses.min()):.3f} ({float(run.rule_lr[int(losses.argmin('rule_lr'))]):g})"


def _seconds(run: xr.Dataset) -> float:
    """The fastest of the epochs, mean over the seeds."""
    return float(np.diff(run.learning_time.transpose(..., "epoch").values.reshape(-1, run.sizes["epoch"])).min(1).mean())
