"""Draw the figures and write the tables of write_tolerance.md from the results files beside it, and from nothing else.

    python docs/results/write_tolerance_figures.py               everything there is a file for
    python docs/results/write_tolerance_figures.py full screen   only these

Where rates were searched, the one with the best accuracy on the validation part after the last epoch is taken, a diverged run counting as
0; all that is shown is of that run. Tables go between the marks of their names in write_tolerance.md.
"""

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import xarray as xr

mpl.use("Agg")
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
PAGE = HERE / "write_tolerance.md"
INK = {"bp": "#000000", "fa": "#0072b2", "dfa": "#56b4e9", "np": "#e69f00", "anp": "#d55e00"}
DASH = {"none": "-", "digital": ":", "crossbar": "--"}
MARK = {"bp": "o", "fa": "s", "dfa": "D", "np": "^", "anp": "v"}
WORDS = {"none": "no R", "digital": "digital R", "crossbar": "R on cells"}
CELLS = {
    "fefet_jerry2017_mirror": "FeFET, mirrored",
    "fefet_jerry2017_retrace": "FeFET, retracing",
    "ftj_luo2022": "FTJ",
    "fetft_kwon2023": "FeTFT",
    "reram_sb": "ReRAM",
    "ecram": "ECRAM",
    "ideal": "ideal",
}
SCHEMES = ("direct", "accumulate", "transfer", "verify")
mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 9, "figure.dpi": 150, "legend.frameon": False})


def opened(name: str) -> xr.Dataset:
    """A results file in memory."""
    with xr.open_dataset(HERE / f"write_tolerance_{name}.h5", engine="h5netcdf") as ds:
        return ds.drop_vars([v for v in ("message", "spec_hash") if v in ds]).load()


def there(*names: str) -> list[xr.Dataset]:
    """The results files among these that exist."""
    return [opened(name) for name in names if (HERE / f"write_tolerance_{name}.h5").is_file()]


def best(ds: xr.Dataset, over: Sequence[str] = ("rule_lr",)) -> xr.Dataset:
    """At the values of some axes that are best on the validation part, averaged over the seeds."""
    names = [name for name in over if name in ds.dims]
    worth = averaged(ds.validation_accuracy.isel(epoch=-1).fillna(0.0))
    return ds.isel({name: int(index) for name, index in worth.argmax(names).items()}) if names else ds


def averaged(values: xr.DataArray) -> xr.DataArray:
    """Over the seeds, where there are several; a diverged seed counts as chance."""
    return values.fillna(0.1).mean("train_seed") if "train_seed" in values.dims else values


def text(values: xr.DataArray) -> str:
    """Test accuracy after the last epoch in per cent, mean and standard deviation over the seeds."""
    final = 100 * values.isel(epoch=-1).values.reshape(-1)
    if np.isnan(final).all():
        return "diverged"
    lost = f", {int(np.isnan(final).sum())} diverged" if np.isnan(final).any() else ""
    spread = f" ± {np.nanstd(final, ddof=1):.1f}" if len(final) > 1 + int(np.isnan(final).sum()) else ""
    return f"{np.nanmean(final):.1f}{spread}{lost}"


def number(values: xr.DataArray, digits: int = 2) -> str:
    """Mean over the seeds after the last epoch."""
    final = values.isel(epoch=-1).values.reshape(-1)
    found = np.nan if np.isnan(final).all() else float(np.nanmean(final))
    return "" if np.isnan(found) else f"{found:.{digits}g}" if found < 100 else f"{found:.0f}"


def saved(figure: plt.Figure, name: str) -> None:
    """Write a picture."""
    figure.tight_layout()
    figure.savefig(HERE / f"write_tolerance_{name}.png")
    plt.close(figure)


def table(name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table into the page, between its marks."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = PAGE.read_text(encoding="utf-8")
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    assert found.search(page), f"the page has no place for the table {name}"
    PAGE.write_text(found.sub(lambda _: "\n".join([begin, *lines, end]), page), encoding="utf-8")


def full() -> None:
    """All images, 5 epochs, several seeds, the mirrored FeFET."""
    ds = opened("full")
    rows = []
    for rule in ds.rule_name.values:
        for on in ds.decorrelation_on.values:
            one = ds.sel(rule_name=rule, decorrelation_on=on)
            best_epoch = 100 * averaged(one.test_accuracy).isel(epoch=slice(1, None)).max()
            rows.append([str(rule), WORDS[str(on)], _used(one), text(one.test_accuracy), f"{float(best_epoch):.1f}"])
            rows[-1] += [
                number(one.pulses_per_cell),
                number(one.writes_largest, 3),
                f"{float(one.decorrelation_loss.isel(epoch=-1).mean()):.2f}",
            ]
    head = ["rule", "R", "rate", "test, last epoch [%]", "best epoch [%]", "pulses per cell", "pulses, busiest cell", "correlation left"]
    table("full", head, rows)


def _used(one: xr.Dataset) -> str:
    """The rate in the spec of a run, from its own JSON."""
    found = {json.loads(str(spec))["rule"]["lr"] for spec in np.atleast_1d(one.run_spec.values).reshape(-1)}
    return " ".join(f"{rate:g}" for rate in sorted(found))


def rates() -> None:
    """The search for rates, which is a comparison of its own: rules, decorrelators and cells at four rates each."""
    sets = there("rates_gradient", "rates_perturbation")
    cells = [str(cell) for cell in sets[0].device_preset.values]
    figure, axes = plt.subplots(1, len(cells), figsize=(10, 3.2), sharey=True)
    rows: dict[tuple[str, str], list[str]] = {}
    for ds in sets:
        for rule in ds.rule_name.values if "rule_name" in ds.dims else ["anp"]:
            for on in ds.decorrelation_on.values:
                entry = rows.setdefault((str(rule), str(on)), [str(rule), WORDS[str(on)]])
                for ax, cell in zip(axes, cells, strict=True):
                    if cell not in ds.device_preset.values:
                        entry.append("not run")
                        continue
                    one = ds.sel(device_preset=cell, decorrelation_on=on)
                    one = one.sel(rule_name=rule) if "rule_name" in ds.dims else one
                    curve = 100 * one.validation_accuracy.isel(epoch=-1).values
                    if rule in ("bp", "fa"):
                        ink, dash = {"bp": "#000000", "fa": "#d55e00"}[str(rule)], DASH[str(on)]
                        ax.semilogx(one.rule_lr.values, curve, dash, marker=MARK[str(rule)], color=ink, markersize=3.5)
                    top = best(one)
                    entry.append(f"{100 * float(top.validation_accuracy.isel(epoch=-1)):.1f} ({float(top.rule_lr):g})")
    for ax, cell in zip(axes, cells, strict=True):
        ax.set_title(CELLS[cell], fontsize=9)
        ax.set_xlabel("rate")
        ax.grid(axis="y", color="#e6e8eb")
    for rule, ink in (("bp", "#000000"), ("fa", "#d55e00")):
        axes[0].plot([], [], "-", marker=MARK[rule], color=ink, markersize=3.5, label=rule)
    for on, dash in DASH.items():
        axes[0].plot([], [], dash, color="#777777", label=WORDS[on])
    axes[0].set_ylabel("validation accuracy [%]")
    axes[0].set_ylim(80, 98)
    axes[0].legend(loc="lower center", fontsize=8, ncols=2)
    saved(figure, "rates")
    table("rates", ["rule", "R", *(f"{CELLS[cell]}: % (rate)" for cell in cells)], list(rows.values()))


def screen() -> None:
    """Write schemes on six cells, for bp and for anp."""
    sets = {rule: ds for rule, name in (("bp", "gradient"), ("anp", "perturbation")) for ds in there(name)}
    cells = [str(cell) for cell in sets["bp"].device_preset.values]
    figure, axes = plt.subplots(1, len(sets), figsize=(4.2 * len(sets), 3.2), sharey=True, squeeze=False)
    rows = []
    for ax, (rule, ds) in zip(axes[0], sets.items(), strict=True):
        grid = np.full((len(cells), len(SCHEMES)), np.nan)
        for i, cell in enumerate(cells):
            for j, scheme in enumerate(SCHEMES):
                if scheme in ds.write_scheme.values:
                    one = best(ds.sel(device_preset=cell, write_scheme=scheme))
                    grid[i, j] = 100 * float(one.test_accuracy.isel(epoch=-1))
                    rows.append(
                        [rule, CELLS[cell], scheme, f"{float(one.rule_lr):g}", text(one.test_accuracy), number(one.pulses_per_cell)]
                    )
                    rows[-1] += [number(one.writes_largest, 3), number(one.endurance_used_largest), number(one.energy)]
                    rows[-1] += [number(one.forward_reads, 3), number(one.verify_reads, 3)]
        _heat(ax, grid, SCHEMES, rule)
    axes[0][0].set_yticks(range(len(cells)), [CELLS[cell] for cell in cells])
    saved(figure, "screen")
    head = [
        "rule",
        "cell",
        "scheme",
        "rate",
        "test [%]",
        "pulses per cell",
        "pulses, busiest cell",
        "share of endurance",
        "pulse energy [J]",
    ]
    table("screen", [*head, "forward reads", "cells verified"], rows)


def _heat(ax: plt.Axes, grid: np.ndarray, names: Sequence[str], title: str) -> None:
    ax.imshow(grid, vmin=40, vmax=92, cmap="viridis", aspect="auto")
    for (i, j), value in np.ndenumerate(grid):
        words = "–" if np.isnan(value) else f"{value:.0f}"
        ax.text(j, i, words, ha="center", va="center", fontsize=8, color="white" if np.isnan(value) or value < 75 else "black")
    ax.set_xticks(range(len(names)), names)
    ax.set_title(title, fontsize=9)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


NOISES = {
    "c2c": ("cycle-to-cycle spread", "device_c2c"),
    "d2d": ("device-to-device spread", "device_response_dw_min_dtod"),
    "read": ("noise of reads", "array_out_noise"),
}
"""Study -> what is multiplied, and its axis; each at 0, 2 and 8 times the published value."""


def noise() -> None:
    """One noise at a time, 0, 2 and 8 times the published one."""
    ideal = {}
    for reference in there("ideal_gradient", "ideal_perturbation"):
        for rule in reference.rule_name.values if "rule_name" in reference.dims else ["anp"]:
            for on in reference.decorrelation_on.values:
                one = reference.sel(decorrelation_on=on)
                one = best(one.sel(rule_name=rule) if "rule_name" in reference.dims else one)
                ideal[str(rule), str(on)] = 100 * float(one.test_accuracy.isel(epoch=-1))
    found = {name: opened(name) for name in NOISES if (HERE / f"write_tolerance_{name}.h5").is_file()}
    figure, axes = plt.subplots(1, len(found), figsize=(1 + 3.2 * len(found), 3.3), sharey=True, squeeze=False)
    rows: dict[tuple[str, str], list[str]] = {}
    for ax, (name, ds) in zip(axes[0], found.items(), strict=True):
        words, axis = NOISES[name]
        for rule in ds.rule_name.values:
            for on in ds.decorrelation_on.values:
                one = ds.sel(rule_name=rule, decorrelation_on=on).test_accuracy.isel(epoch=-1)
                final = 100 * one.transpose(axis).values
                ax.plot(range(3), final, DASH[str(on)], marker=MARK[str(rule)], color=INK[str(rule)], markersize=4, linewidth=1.3)
                exact = ideal[str(rule), "none" if on == "none" else "digital"]
                entry = rows.setdefault((str(rule), str(on)), [str(rule), WORDS[str(on)], f"{exact:.1f}"])
                entry += [" / ".join("diverged" if np.isnan(v) else f"{v:.1f}" for v in final), f"{100 * float(final[1]) / exact:.1f}"]
        ax.set_xticks(range(3), ["0", "2", "8"])
        ax.set_xlabel(f"{words}, times the published value")
        ax.grid(axis="y", color="#e6e8eb")
    for rule in ("bp", "fa", "anp"):
        axes[0][0].plot([], [], "-", marker=MARK[rule], color=INK[rule], markersize=4, label=rule)
    axes[0][0].plot([], [], "-", color="#777777", label="no R")
    axes[0][0].plot([], [], "--", color="#777777", label="R on cells")
    axes[0][0].set_ylabel("test accuracy [%]")
    axes[0][0].set_ylim(70, 97)
    axes[0][0].legend(fontsize=8, ncols=2, loc="lower left")
    saved(figure, "noise")
    head = ["rule", "R", "ideal writes [%]"]
    for name in found:
        head += [f"{NOISES[name][0]}: 0 / 2 / 8 [%]", "kept at 2 [%]"]
    table("noise", head, list(rows.values()))


def pictures() -> None:
    """Steps to the undecorrelated run's final training loss."""
    ds = opened("pictures")
    steps = int(np.ceil(5000 / 64))
    cells = ds.device_preset.values
    figure, axes = plt.subplots(1, len(cells), figsize=(8, 3.2), sharey=True)
    rows = []
    for ax, cell in zip(axes, cells, strict=True):
        level, base = np.nan, np.nan
        for on in ds.decorrelation_on.values:
            one = _fastest(ds.sel(device_preset=cell, decorrelation_on=on))
            curve = one.train_loss.values
            if on == "none":
                level, base = float(np.nanmin(curve[1:])), float(1 + np.nanargmin(curve[1:]))
            reached = np.flatnonzero(curve[1:] <= level)
            epochs = 1 + int(reached[0]) if len(reached) else None
            ax.plot(
                one.epoch.values,
                curve,
                color={"none": "#777777", "digital": "#0072b2", "crossbar": "#d55e00"}[str(on)],
                label=WORDS[str(on)],
            )
            rows.append([CELLS[str(cell)], WORDS[str(on)], f"{float(one.rule_lr):g}", f"{curve[-1]:.3f}"])
            rows[-1] += [f"{100 * float(one.test_accuracy.isel(epoch=-1)):.1f}", f"{100 * float(one.test_accuracy.max()):.1f}"]
            rows[-1] += [f"{level:.3f}", f"{epochs * steps:,} ({epochs / base:.2f})" if epochs else "not reached"]
            rows[-1] += [f"{float(one.decorrelation_loss.isel(epoch=0)):.2f} → {float(one.decorrelation_loss.isel(epoch=-1)):.2f}"]
        ax.set_title(CELLS[str(cell)], fontsize=9)
        ax.set_xlabel("epoch")
        ax.set_xticks(range(0, 21, 5))
        ax.grid(axis="y", color="#e6e8eb")
    axes[0].set_ylabel("training loss [nats]")
    axes[0].legend()
    saved(figure, "pictures")
    head = ["cell", "R", "rate", "last training loss", "test, last [%]", "best [%]", "level", "steps to the level (share)", "correlation"]
    table("pictures", head, rows)


def _fastest(ds: xr.Dataset) -> xr.Dataset:
    """At the rate with the least training loss after the last epoch: this study asks how fast a loss falls."""
    return ds.isel(rule_lr=int(ds.train_loss.isel(epoch=-1).fillna(np.inf).argmin("rule_lr")))


def compounds() -> None:
    """aihwkit's schemes and ours, side by side."""
    names = {"": "plain pulsed SGD", "ChoppedTransferCompound": "Tiki-Taka v2", "DynamicTransferCompound": "AGAD"}
    names["MixedPrecisionCompound"] = "mixed precision"
    ds = opened("compounds")
    rows = []
    for compound in ds.device_compound.values:
        one = best(ds.sel(device_compound=compound))
        top = 100 * float(one.test_accuracy.isel(epoch=slice(1, None)).max())
        rows.append(["aihwkit", names[str(compound)], "bp", f"{float(one.rule_lr):g}", text(one.test_accuracy), f"{top:.1f}"])
    for ours in there("beside"):
        for rule in ours.rule_name.values:
            for on in ours.decorrelation_on.values:
                one = ours.sel(rule_name=rule, decorrelation_on=on)
                top = 100 * float(one.test_accuracy.isel(epoch=slice(1, None)).max())
                rows.append(["here", f"accumulate, {WORDS[str(on)]}", str(rule), _used(one), text(one.test_accuracy), f"{top:.1f}"])
    table("compounds", ["arrays", "scheme", "rule", "rate", "test, last epoch [%]", "best epoch [%]"], rows)


def perturbing() -> None:
    """Injected and intrinsic noise, antithetic passes, averaging."""
    ds = opened("perturbing")
    rows = []
    for passes in ds.rule_passes.values:
        one = best(ds.sel(rule_passes=passes, rule_noise="read").isel(rule_antithetic=0, rule_sigma=0))
        rows.append([str(passes), "its own", "no", "–", str(1 + passes), f"{float(one.rule_lr):g}", text(one.test_accuracy)])
        for anti in ds.rule_antithetic.values:
            for sigma in ds.rule_sigma.values:
                one = best(ds.sel(rule_passes=passes, rule_noise="injected", rule_antithetic=anti, rule_sigma=sigma))
                reads = 1 + passes * (2 if _true(anti) else 1)
                rows.append([str(passes), "injected", "yes" if _true(anti) else "no", f"{sigma:g}", str(reads)])
                rows[-1] += [f"{float(one.rule_lr):g}", text(one.test_accuracy)]
    table("perturbing", ["passes", "noise", "antithetic", "sigma", "reads per step", "rate", "test [%]"], rows)


def _true(value: object) -> bool:
    return str(value).lower() in ("true", "1")


def feedback() -> None:
    """B in registers and on cells."""
    ds = opened("feedback")
    rows = []
    for rule in ds.rule_name.values:
        digital = ds.sel(rule_name=rule, feedback_on="digital").isel(feedback_rounds=0)
        rows.append([str(rule), "digital", "–", text(digital.test_accuracy)])
        for rounds in ds.feedback_rounds.values:
            one = ds.sel(rule_name=rule, feedback_on="crossbar", feedback_rounds=rounds)
            rows.append([str(rule), "on cells", str(rounds), text(one.test_accuracy)])
    table("feedback", ["rule", "B", "rounds of correction", "test [%]"], rows)


def cells() -> None:
    """Kinds of weights."""
    ds = opened("cells")
    rows = []
    for kind in ds.weight_kind.values:
        for scheme in ds.write_scheme.values:
            one = best(ds.sel(weight_kind=kind, write_scheme=scheme))
            rows.append([str(kind), str(scheme), f"{float(one.rule_lr):g}", text(one.test_accuracy), number(one.pulses_per_cell)])
            rows[-1] += [number(one.forward_reads, 3)]
    table("cells", ["weight", "scheme", "rate", "test [%]", "pulses per cell", "forward reads"], rows)


DRAWN: dict[str, tuple[Callable[[], None], str]] = {
    "full": (full, "full"),
    "rates": (rates, "rates_gradient"),
    "screen": (screen, "gradient"),
    "noise": (noise, "c2c"),
    "pictures": (pictures, "pictures"),
    "compounds": (compounds, "compounds"),
    "perturbing": (perturbing, "perturbing"),
    "feedback": (feedback, "feedback"),
    "cells": (cells, "cells"),
}


def main(names: Sequence[str]) -> None:
    """See the module."""
    for name, (draw, needed) in DRAWN.items():
        if name in names or (not names and (HERE / f"write_tolerance_{needed}.h5").is_file()):
            draw()
            print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
