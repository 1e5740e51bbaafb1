"""Draw the figures and write the tables of paper.md from the results files beside it, and from nothing else.

    python docs/results/paper_figures.py            everything there is a file for
    python docs/results/paper_figures.py mlp chips  only these

A rate is chosen by the accuracy on the validation part after the last epoch, averaged over the seeds; a diverged run counts as 0. Tables go
between the marks of their names in paper.md.
"""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import xarray as xr

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib import ticker
from matplotlib.axes import Axes

HERE = Path(__file__).parent
RULES = {"bp": "backpropagation", "fa": "feedback alignment", "np": "node perturbation", "anp": "activity node perturbation"}
INK = {"none": "#777777", "scaled": "#0072b2", "copi": "#d55e00", "dbp": "#009e73", "digital": "#0072b2", "crossbar": "#d55e00"}
mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 9, "figure.dpi": 150, "legend.frameon": False})


def opened(study: str) -> xr.Dataset:
    """A study's results in memory."""
    with xr.open_dataset(HERE / f"{study}.h5", engine="h5netcdf") as ds:
        return ds.load()


def best(ds: xr.Dataset, over: Sequence[str], measure: str = "validation_accuracy") -> xr.Dataset:
    """The dataset at the rates that are best on the validation part."""
    names = [name for name in over if name in ds.dims]
    worth = mean(ds[measure].isel(epoch=-1).fillna(0.0))
    place = worth.argmax(names) if names else {}
    return ds.isel({name: int(index) for name, index in place.items()})


def mean(values: xr.DataArray) -> xr.DataArray:
    """Over the seeds, where there are several."""
    return values.mean("train_seed") if "train_seed" in values.dims else values


def last(values: xr.DataArray) -> str:
    """Mean over the seeds after the last epoch in per cent, with the spread."""
    final = 100 * values.isel(epoch=-1).values.reshape(-1)
    if np.isnan(final).all():
        return "diverged"
    spread = f" ± {np.nanstd(final, ddof=1):.1f}" if len(final) > 1 else ""
    return f"{np.nanmean(final):.1f}{spread}"


def finished(ds: xr.Dataset) -> bool:
    """Whether any run of a condition has ended."""
    return bool(ds.test_accuracy.notnull().any())


def curve(ax: Axes, values: xr.DataArray, label: str, ink: str, *, x: np.ndarray | None = None, dash: str = "-") -> None:
    """Mean over the seeds against the epoch, a band from the least to the most."""
    seeds = values.transpose("train_seed", ...).values if "train_seed" in values.dims else values.values[None]
    along = values["epoch"].values if x is None else x
    ax.plot(along, seeds.mean(0), dash, color=ink, label=label, linewidth=1.6)
    ax.fill_between(along, seeds.min(0), seeds.max(0), color=ink, alpha=0.18, linewidth=0)


def saved(figure: plt.Figure, name: str) -> None:
    """Write a picture."""
    figure.tight_layout()
    figure.savefig(HERE / f"paper_{name}.png")
    plt.close(figure)


def table(name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table into paper.md, between its marks."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    page = HERE / "paper.md"
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = page.read_text(encoding="utf-8")
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    assert found.search(text), f"paper.md has no place for the table {name}"
    page.write_text(found.sub(lambda _: "\n".join([begin, *lines, end]), text), encoding="utf-8")


def epochs_to(values: xr.DataArray, level: float) -> float:
    """First epoch at which the mean over the seeds reaches a level; nan where it does not."""
    above = np.flatnonzero(mean(values).values >= level)
    return float(values["epoch"].values[above[0]]) if len(above) else float("nan")


def reached(epoch: float) -> str:
    """An epoch, or that it was not reached."""
    return "not reached" if np.isnan(epoch) else f"{epoch:g}"


def rate(ds: xr.Dataset) -> str:
    """The rates of a chosen condition."""
    found = [f"{float(ds[name]):g}" for name in ("rule_lr", "decorrelation_lr") if name in ds.coords and ds[name].ndim == 0]
    return " / ".join(found)


def small() -> None:
    """Four rules on ideal arrays, with and without two kinds of decorrelator."""
    ds = opened("paper_small")
    figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), sharex=True, sharey="row")
    rows = []
    for column, (rule, words) in enumerate(RULES.items()):
        for name in ("none", "scaled", "copi"):
            chosen = best(ds.sel(rule_name=rule, decorrelation_name=name), ("rule_lr",))
            curve(axes[0, column], 100 * chosen.test_accuracy, name, INK[name])
            curve(axes[1, column], chosen.train_loss.isel(epoch=slice(1, None)), name, INK[name])
            rows.append([rule, name, rate(chosen), f"{float(mean(chosen.train_loss).isel(epoch=-1)):.3f}", last(chosen.train_accuracy)])
            rows[-1] += [last(chosen.validation_accuracy), last(chosen.test_accuracy)]
        axes[0, column].set_title(words, fontsize=9)
        axes[1, column].set_xlabel("epoch")
    axes[0, 0].set_ylabel("test accuracy [%]")
    axes[1, 0].set_ylabel("training loss [nats]")
    axes[0, 3].legend()
    saved(figure, "small")
    table("small", ["rule", "R", "rate", "train loss", "train [%]", "validation [%]", "test [%]"], rows)


def feedback() -> None:
    """Feedback against weights under feedback alignment, with and without decorrelation."""
    ds = opened("paper_feedback")
    figure, axes = plt.subplots(1, 4, figsize=(10, 2.7))
    shown = {
        "feedback_alignment": "cos(B, W)",
        "effective_feedback_alignment": "cos(B R, W R)",
        "gradient_alignment": "cosine of the update with bp's",
        "train_loss": "training loss [nats]",
    }
    rows = []
    for name in ("none", "scaled", "copi"):
        chosen = best(ds.sel(decorrelation_name=name), ("rule_lr",))
        for ax, (measure, words) in zip(axes, shown.items(), strict=True):
            curve(ax, chosen[measure].isel(epoch=slice(int(measure == "train_loss"), None)), name, INK[name])
            ax.set_title(words, fontsize=9)
            ax.set_xlabel("epoch")
        for lr in ds.rule_lr.values:
            final = ds.sel(decorrelation_name=name, rule_lr=lr)
            numbers = [f"{float(final[measure].isel(epoch=-1).mean()):.3f}" for measure in shown]
            rows.append([name, f"{float(lr):g}", *numbers, last(final.test_accuracy)])
    axes[0].legend()
    saved(figure, "feedback")
    table("feedback", ["R", "rate", *shown.values(), "test [%]"], rows)


def mlp() -> None:
    """The paper's MLP at full size: the conditions that have ended."""
    ds = opened("paper_mlp")
    rows = []
    for rule in RULES:
        for on in ("none", "digital"):
            condition = ds.sel(rule_name=rule, decorrelation_on=on)
            if not finished(condition):
                rows.append([rule, "none" if on == "none" else "scaled", *["not run"] * 6])
                continue
            chosen = best(condition, ("rule_lr", "decorrelation_lr"))
            used = rate(chosen).split(" / ")
            rows.append([rule, "none" if on == "none" else "scaled", used[0], "" if on == "none" else used[1]])
            rows[-1] += [last(chosen.train_accuracy), last(chosen.validation_accuracy), last(chosen.test_accuracy)]
            rows[-1] += [f"{float(chosen.gradient_alignment.isel(epoch=-1).mean()):.2f}"]
    head = ["rule", "R", "rate", "rate of R", "train [%]", "validation [%]", "test [%]", "cosine with bp"]
    table("mlp", head, rows)


def notebook() -> None:
    """The example notebook's two networks beside its printed numbers."""
    ds = opened("paper_notebook")
    published = {("mlp", "none"): "49.3", ("mlp", "digital"): "51.0", ("convnet", "none"): "65.8", ("convnet", "digital"): "70.5"}
    rows = []
    for (layers, on), printed in published.items():
        chosen = ds.sel(network_layers=layers, decorrelation_on=on)
        name = {"mlp": "3072-256-256-10", "convnet": "two strided convolutions, dense 256"}[layers]
        ninth = 100 * chosen.validation_accuracy.sel(epoch=9).mean("train_seed")
        rows.append([name, "none" if on == "none" else "scaled", printed, f"{float(ninth):.1f}", last(chosen.validation_accuracy)])
        rows[-1].append(last(chosen.test_accuracy))
    head = ["network", "R", "notebook, validation [%]", "ours, validation after 9 epochs", "after 10", "ours, test after 10"]
    table("notebook", head, rows)


def rules() -> None:
    """scaled, copi and dbp: training accuracy against the epoch."""
    ds = opened("paper_rules")
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 2.9))
    rows = []
    for name in ("none", "scaled", "copi", "dbp"):
        chosen = best(ds.sel(decorrelation_name=name), ("rule_lr", "decorrelation_lr"))
        curve(axes[0], 100 * chosen.train_accuracy, name, INK[name])
        curve(axes[1], 100 * chosen.test_accuracy, name, INK[name])
        peak = float(mean(chosen.train_accuracy).max())
        used = rate(chosen).split(" / ")
        rows.append([name, used[0], "" if name == "none" else used[1], f"{100 * peak:.2f}"])
        rows[-1] += [reached(epochs_to(chosen.train_accuracy, 0.99 * peak)), reached(epochs_to(chosen.train_accuracy, 0.9))]
        top = mean(chosen.test_accuracy)
        rows[-1] += [f"{100 * float(top.max()):.1f} (epoch {int(top.argmax())})", last(chosen.test_accuracy)]
    for ax, words in zip(axes, ("training accuracy [%]", "test accuracy [%]"), strict=True):
        ax.set_xlabel("epoch")
        ax.set_ylabel(words)
    axes[0].legend()
    saved(figure, "rules")
    head = ["R", "rate", "rate of R", "peak train [%]", "epochs to 99 % of it", "epochs to 90 % train", "best test [%]", "last test [%]"]
    table("rules", head, rows)


def convnet() -> None:
    """The paper's ConvNet: the conditions that have ended."""
    ds = opened("paper_convnet")
    rows = []
    for rule in ds.rule_name.values:
        for on in ("none", "digital"):
            condition = ds.sel(rule_name=rule, decorrelation_on=on)
            if not finished(condition):
                rows.append([str(rule), "none" if on == "none" else "scaled", *["not run"] * 4])
                continue
            chosen = best(condition, ("rule_lr",))
            rows.append([str(rule), "none" if on == "none" else "scaled", rate(chosen).split(" / ")[0]])
            rows[-1] += [last(chosen.train_accuracy), last(chosen.validation_accuracy), last(chosen.test_accuracy)]
    table("convnet", ["rule", "R", "rate", "train [%]", "validation [%]", "test [%]"], rows)


def blocks() -> None:
    """A whole R against blocks."""
    ds = opened("paper_blocks")
    sizes = sorted((int(size) for size in ds.decorrelation_block.values), key=lambda size: -(size or 10**6))
    rows = []
    for on, block in (("none", 0), *(("digital", size) for size in sizes)):
        chosen = best(ds.sel(decorrelation_on=on, decorrelation_block=block), ("rule_lr",))
        words = "no R" if on == "none" else f"at most {block}" if block else "whole"
        numbers = 0 if on == "none" else sum(lines * _block(lines, block) for lines in (1024, 128))
        rows.append([words, f"{numbers / 1e3:.0f}", rate(chosen).split(" / ")[0], f"{float(chosen.train_loss.isel(epoch=-1).mean()):.3f}"])
        rows[-1] += [last(chosen.validation_accuracy), last(chosen.test_accuracy)]
        rows[-1].append(f"{float(chosen.decorrelation_loss.isel(epoch=-1).mean()):.2f}")
    head = ["blocks of R", "numbers in R [10^3]", "rate", "train loss", "validation [%]", "test [%]", "correlation left"]
    table("blocks", head, rows)


def _block(lines: int, block: int) -> int:
    return lines if not block else -(-lines // -(-lines // block))


def sampling() -> None:
    """The share of the batch, and every n-th step."""
    ds = opened("paper_sampling")
    rows = []
    for share in ds.decorrelation_share.values:
        for every in ds.decorrelation_every.values:
            chosen = best(ds.sel(decorrelation_share=share, decorrelation_every=every), ("rule_lr",))
            rows.append([f"{100 * float(share):g} %", str(int(every)), rate(chosen).split(" / ")[0]])
            rows[-1] += [
                f"{float(chosen.train_loss.isel(epoch=-1).mean()):.3f}",
                last(chosen.validation_accuracy),
                last(chosen.test_accuracy),
            ]
            rows[-1].append(f"{float(chosen.decorrelation_loss.isel(epoch=-1).mean()):.2f}")
    table("sampling", ["share of the batch", "every", "rate", "train loss", "validation [%]", "test [%]", "correlation left"], rows)


def second_order() -> None:
    """Decorrelation against batch normalisation, K-FAC, Shampoo and SOAP."""
    ds = opened("paper_second_order")
    methods = {
        "SGD": ("sgd", "none", "none", "#bbbbbb"),
        "SGD, batch norm": ("sgd", "none", "batch", "#f0c070"),
        "SGD, decorrelated": ("sgd", "digital", "none", "#56b4e9"),
        "Adam": ("adam", "none", "none", "#555555"),
        "Adam, batch norm": ("adam", "none", "batch", "#e69f00"),
        "Adam, decorrelated": ("adam", "digital", "none", "#0072b2"),
        "Adam, both": ("adam", "digital", "batch", "#004060"),
    }
    chosen = {
        name: (best(ds.sel(optimizer_name=optimizer, decorrelation_on=on, network_norm=norm), ("rule_lr",)), ink)
        for name, (optimizer, on, norm, ink) in methods.items()
    }
    if (HERE / "paper_curvature.h5").is_file():
        curved = opened("paper_curvature")
        for name, optimizer, ink in (("K-FAC", "kfac", "#009e73"), ("Shampoo", "shampoo", "#cc79a7"), ("SOAP", "soap", "#d55e00")):
            chosen[name] = (best(curved.sel(optimizer_name=optimizer), ("rule_lr",)), ink)
    level = float(mean(chosen["Adam"][0].train_loss).isel(epoch=-1))
    figure, ax = plt.subplots(figsize=(6, 3.6))
    rows = []
    for name, (run, ink) in chosen.items():
        curve(ax, run.train_loss.isel(epoch=slice(1, None)), name, ink)
        losses = mean(run.train_loss)
        after = [f"{float(losses.sel(epoch=epoch)):.3f}" if epoch in losses.epoch else "" for epoch in (5, 10)]
        seconds = float(run.learning_time.isel(epoch=-1).mean()) / int(run.epoch[-1])
        rows.append([name, rate(run).split(" / ")[0], *after, reached(epochs_to(-run.train_loss, -level))])
        rows[-1] += [last(run.validation_accuracy), last(run.test_accuracy), f"{seconds:.2f}"]
    ax.set_xlabel("epoch")
    ax.set_ylabel("training loss [nats]")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    ax.yaxis.set_minor_formatter(ticker.FormatStrFormatter("%g"))
    ax.legend(fontsize=7, ncols=2)
    saved(figure, "second_order")
    head = [
        "method",
        "rate",
        "train loss, epoch 5",
        "epoch 10",
        "epochs to Adam's at 10",
        "validation [%]",
        "test [%]",
        "seconds per epoch",
    ]
    table("second_order", head, rows)


def natural() -> None:
    """Alignment with the natural gradient over training."""
    ds = opened("paper_natural")
    figure, axes = plt.subplots(1, 4, figsize=(10, 2.8), sharey=True)
    rows = []
    for ax, (rule, words) in zip(axes, RULES.items(), strict=True):
        for label in ("none", "scaled", "copi"):
            chosen = ds.sel(rule_name=rule, decorrelation_name=label)
            curve(ax, chosen.natural_alignment, label, INK[label])
            final = chosen.isel(epoch=-1).mean("train_seed")
            rows.append([rule, label, last(chosen.test_accuracy)])
            shown = ("natural_alignment", "natural_alignment_euclidean", "gradient_alignment", "natural_of_gradient", "natural_of_inputs")
            rows[-1] += [f"{float(final[name]):.2f}" for name in (*shown, "natural_of_deltas", "natural_of_both", "delta_correlation")]
        ax.set_title(words, fontsize=9)
        ax.set_xlabel("epoch")
    axes[0].set_ylabel("cosine with the natural\ngradient, Fisher metric")
    axes[0].legend()
    saved(figure, "natural")
    head = [
        "rule",
        "R",
        "test [%]",
        "update",
        "update, Euclidean",
        "update with bp's",
        "gradient",
        "input side",
        "delta side",
        "both (K-FAC)",
    ]
    table("natural", [*head, "delta correlation"], rows)


def recurrent() -> None:
    """How many reads the recurrent form needs."""
    ds = opened("paper_recurrent")
    figure, axes = plt.subplots(1, 2, figsize=(7.5, 2.9))
    rows = []
    for name in ("none", "copi"):
        chosen = best(ds.sel(decorrelation_name=name).isel(decorrelation_iterations=0, decorrelation_damping=0), ("decorrelation_lr",))
        reads = float((chosen.forward_reads + chosen.backward_reads).isel(epoch=-1).mean())
        rows.append(
            [name, "", "", rate(chosen).split(" / ")[-1] if name != "none" else "", last(chosen.test_accuracy), "", "", f"{reads:.3g}"]
        )
        axes[1].axhline(100 * float(chosen.test_accuracy.isel(epoch=-1).mean()), color=INK[name], linewidth=1, label=name)
    for damping, dash in zip(ds.decorrelation_damping.values, ("--", "-"), strict=True):
        points = []
        for iterations in ds.decorrelation_iterations.values:
            one = ds.sel(decorrelation_name="recurrent", decorrelation_iterations=iterations, decorrelation_damping=damping)
            chosen = best(one, ("decorrelation_lr",))
            final = chosen.isel(epoch=-1).mean("train_seed")
            points.append((float(final.settling_error), 100 * float(final.test_accuracy)))
            reads = float(final.forward_reads + final.backward_reads)
            rows.append(["recurrent", str(int(iterations)), f"{float(damping):g}", f"{float(chosen.decorrelation_lr):g}"])
            rows[-1] += [last(chosen.test_accuracy), f"{points[-1][0]:.1e}", f"{float(final.settling_rate):.3f}", f"{reads:.3g}"]
        for ax, values in zip(axes, zip(*points, strict=True), strict=True):
            ax.plot(
                ds.decorrelation_iterations.values, values, f"o{dash}", color="#333333", markersize=3, label=f"recurrent, step {damping:g}"
            )
    for ax, words in zip(axes, ("settling error", "test accuracy [%]"), strict=True):
        ax.set_xscale("log")
        ax.set_xlabel("reads per settling")
        ax.set_ylabel(words)
    axes[0].set_yscale("log")
    axes[1].legend(fontsize=7)
    saved(figure, "recurrent")
    head = ["R", "reads per settling", "step", "rate of R", "test [%]", "settling error", "slowest rate", "vectors read in 10 epochs"]
    table("recurrent", head, rows)


def chips() -> None:
    """The same rules on FeFET cells: accuracy against energy."""
    ds = opened("paper_chips")
    rules_of_chips = {rule: words for rule, words in RULES.items() if rule in ds.rule_name.values}
    figure, axes = plt.subplots(1, len(rules_of_chips), figsize=(8.5, 2.9), sharey=True)
    rows = []
    for ax, (rule, words) in zip(axes, rules_of_chips.items(), strict=True):
        plain = best(ds.sel(rule_name=rule, decorrelation_on="none"), ("rule_lr",))
        level = float(plain.test_accuracy.isel(epoch=-1).mean("train_seed"))
        for on in ("none", "digital", "crossbar"):
            chosen = best(ds.sel(rule_name=rule, decorrelation_on=on), ("rule_lr",))
            averaged = chosen.mean("train_seed")
            curve(ax, 100 * chosen.test_accuracy, {"none": "no R", "digital": "R digital", "crossbar": "R on cells"}[on], INK[on])
            needed = epochs_to(chosen.test_accuracy, level)
            rows.append(
                [rule, on, rate(chosen).split(" / ")[0], f"{float(averaged.train_loss.isel(epoch=-1)):.3f}", last(chosen.test_accuracy)]
            )
            rows[-1] += [f"{float(averaged.pulses_per_cell.isel(epoch=-1)):.2f}", reached(needed)]
            rows[-1] += ["" if np.isnan(needed) else f"{float(averaged[name].sel(epoch=needed)):.2e}" for name in ("pulses", "energy")]
        ax.set_title(words, fontsize=9)
        ax.set_xlabel("epoch")
    axes[0].set_ylabel("test accuracy [%]")
    axes[0].legend()
    saved(figure, "chips")
    head = ["rule", "R", "rate", "train loss", "test [%]", "pulses per cell", "epochs to the accuracy without R", "pulses until then"]
    table("chips", [*head, "energy until then [J]"], rows)


FIGURES: dict[str, Callable[[], None]] = {
    "small": small,
    "chips": chips,
    "mlp": mlp,
    "convnet": convnet,
    "notebook": notebook,
    "rules": rules,
    "natural": natural,
    "second_order": second_order,
    "recurrent": recurrent,
    "blocks": blocks,
    "sampling": sampling,
    "feedback": feedback,
}


def main(names: Sequence[str]) -> None:
    """Draw what is asked for, or everything there is a file for."""
    for name in names or [name for name in FIGURES if (HERE / f"paper_{name}.h5").is_file()]:
        FIGURES[name]()
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
