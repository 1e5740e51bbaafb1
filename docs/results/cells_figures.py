"""Draw the figures and write the tables of ramp_or_identical.md, year_on_the_shelf.md and neurosim_budget.md from the results files beside
them, and from nothing else.

    python docs/results/cells_figures.py                       everything there is a file for
    python docs/results/cells_figures.py ramp_or_identical     only this

Tables go between the marks of their names in the page. +- is one standard deviation over the seeds.
"""

import json
import sys
from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from pages import exists, filled, opened, saved, stated

from experiments.overrides import with_values
from experiments.spec import Spec

BLUE, RED, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#777777"


def ramp_or_identical() -> None:
    """Linearity of the trains, what it is worth, and what reads before writes cost."""
    ds = opened("ramp_or_identical")
    tree = json.loads(ds.attrs["spec"])
    fields, steps = ds["device_switching_up_field"].values, ds["device_switching_up_field_step"].values
    films = [_film(tree, float(field), float(step)) for field, step in zip(fields, steps, strict=True)]
    ways = [film.weight(film.settled().up) for film in films]
    bent = [float(np.abs(way - np.linspace(-1, 1, len(way))).max() / 2) for way in ways]
    names = [_named(field, step) for field, step in zip(fields, steps, strict=True)]
    inks = [GREY, BLUE, "#000000", GREEN, RED]
    figure, axes = plt.subplots(1, 3, figsize=(10.4, 3.5))
    for way, name, ink, step in zip(ways, names, inks, steps, strict=True):
        axes[0].plot(np.arange(len(way)), way, color=ink, lw=1.6, ls="--" if step else "-", label=name)
    axes[0].set(xlabel="pulse number", ylabel="weight", title="settled way up, without chance")
    axes[0].legend(fontsize=7.5, loc="lower right")
    axes[0].set_ylim(-2.4, 1.1)
    axes[0].set_yticks(np.linspace(-1, 1, 5))
    final = 100 * ds.test_accuracy.isel(epoch=-1)
    for rule, marker in (("bp", "o"), ("anp", "s")):
        for number, domains in enumerate(ds.device_switching_domains.values):
            chosen = final.sel(rule_name=rule, array_host="domains", device_switching_domains=domains)
            for at, (ink, x) in enumerate(zip(inks, bent, strict=True)):
                seeds = chosen.isel(device_switching_up_field=at).values
                face = ink if number else "white"
                axes[1].errorbar(100 * x, seeds.mean(), seeds.std(ddof=1), fmt=marker, color=ink, mfc=face, ms=6, capsize=2)
    shown = [plt.Line2D([], [], marker=m, color=GREY, mfc=f, lw=0) for m, f in (("o", GREY), ("o", "white"), ("s", GREY), ("s", "white"))]
    most, fewest = int(ds.device_switching_domains.max()), int(ds.device_switching_domains.min())
    words = [f"{rule}, {domains} domains" for rule in ("bp", "anp") for domains in (most, fewest)]
    axes[1].legend(shown, words, fontsize=7.5, loc="lower right", ncols=2, columnspacing=0.8, handletextpad=0.2)
    axes[1].set_ylim(bottom=float(final.min()) - 3.5)
    axes[1].set(xlabel="distance from a straight way [% of the window]", ylabel="test accuracy [%]", title="what linearity is worth")
    both = final.transpose("array_host", ...)
    for rule, marker in (("bp", "o"), ("anp", "s")):
        real, fitted = (both.sel(array_host=host, rule_name=rule).mean("train_seed") for host in ("domains", "pulsed"))
        for at, ink in enumerate(inks):
            x, y = (v.isel(device_switching_up_field=at).values for v in (real, fitted))
            axes[2].plot(x, y, marker, color=ink, ms=6, mfc="none")
    ends = [float(both.min()) - 1, 100]
    axes[2].plot(ends, ends, color=GREY, lw=0.8)
    axes[2].set(xlabel="every domain simulated [%]", ylabel="step fitted to the film [%]", title="does the fit foretell it?")
    saved(figure, "ramp_or_identical")
    rows = []
    for at, name in enumerate(names):
        row = [name, f"{100 * np.ptp(films[at].window()):.0f}", f"{100 * bent[at]:.0f}"]
        at_field = ds.isel(device_switching_up_field=at).isel(epoch=-1).sel(array_host="domains")
        for rule in ("bp", "anp"):
            row += [stated(at_field.test_accuracy.sel(rule_name=rule, device_switching_domains=d)) for d in (fewest, most)]
        chosen = at_field.sel(rule_name="bp", device_switching_domains=most)
        pulses, verified = float(chosen.pulses.mean()), float(chosen.verify_reads.mean())
        share = verified / float(chosen.adc_conversions.mean())
        row += [f"{float(chosen.pulses_per_cell.mean()):.2f}", f"{verified / pulses:.2f}", f"{100 * share:.2f}"]
        row += [f"{1e12 * float(chosen.energy.mean()):.0f}", f"{1e9 * share * float(chosen.energy_adc.mean()):.0f}"]
        rows.append([*row, f"{1e3 * float(chosen.latency.mean()):.1f}"])
    head = ["pulses", "window [% of the domains]", "bent [%]", f"bp, {fewest} domains", f"bp, {most}", f"anp, {fewest}", f"anp, {most}"]
    head += ["pulses per cell", "reads before writes, per pulse", "of all conversions [%]", "pulses [pJ]", "ADC of those reads [nJ]"]
    filled("ramp_or_identical", "table", [*head, "time [ms]"], rows)
    gaps = 100 * (ds.test_accuracy.sel(array_host="pulsed") - ds.test_accuracy.sel(array_host="domains")).isel(epoch=-1).mean("train_seed")
    body = []
    for rule in ("bp", "anp"):
        for domains in (fewest, most):
            gap = gaps.sel(rule_name=rule, device_switching_domains=domains)
            body.append([rule, str(domains), f"{float(gap.mean()):+.1f}", f"{float(gap.min()):+.1f} to {float(gap.max()):+.1f}"])
    filled("ramp_or_identical", "fit", ["rule", "domains", "fit minus domains, mean over the trains [points]", "least to most"], body)


def _film(tree: dict, field: float, step: float):
    """The film of a condition, from the spec in the file."""
    values = [("device.switching.up.field", field), ("device.switching.up.field_step", step)]
    film = Spec.from_tree(with_values(tree, values)).device.switching.made().film
    assert film is not None
    return film


def _named(field: float, step: float) -> str:
    start = f"{field / 1e8:.1f}"
    return f"ramp, {start} + {step / 1e8:.2f} MV/cm" if step else f"identical, {start} MV/cm"


def year_on_the_shelf() -> None:
    """Accuracy against time and write cycles, and after learning on."""
    ds = opened("year_on_the_shelf")
    rates = ds["ageing_retention_r"].values
    rules = {"bp": BLUE, "fa": GREEN, "anp": RED}
    figure, axes = plt.subplots(2, 3, figsize=(10.4, 6.0), sharey="row")
    for column, r in enumerate(rates):
        for rule, ink in rules.items():
            for on, dash in (("none", "-"), ("crossbar", "--")):
                at = {"rule_name": rule, "decorrelation_on": on, "ageing_retention_r": r}
                _band(axes[0, column], ds.shelf_time.values, 100 * ds.shelf_accuracy.sel(at), ink, dash, f"{rule}{', R' * (on != 'none')}")
                _band(axes[1, column], ds.healing_epoch.values, 100 * ds.healing_accuracy.sel(at), ink, dash, "")
                axes[1, column].plot(ds.healing_epoch, 100 * ds.unaged_accuracy.sel(at).mean("train_seed"), color=ink, lw=0.8, ls=":")
        axes[0, column].set(xscale="log", xlabel="time on the shelf", title=f"{100 * r:.0f} % lost per decade")
        axes[0, column].set_xticks([1, 3600, 86400, 3.15576e7, 3.15576e8], ["1 s", "1 h", "1 d", "1 y", "10 y"])
        axes[0, column].minorticks_off()
        axes[1, column].set(xlabel="epochs of learning on after a year")
    axes[0, 0].set_ylabel("test accuracy [%]")
    axes[1, 0].set_ylabel("test accuracy [%]")
    axes[0, 0].legend(fontsize=7.5, loc="lower left", ncols=2)
    dotted = plt.Line2D([], [], color=GREY, ls=":", lw=0.8)
    axes[1, 0].legend([dotted], ["learns on at once, no shelf"], fontsize=7.5, loc="lower right")
    saved(figure, "year_on_the_shelf")
    rows = []
    for r in rates:
        for rule in rules:
            for on in ("none", "crossbar"):
                one = ds.sel(rule_name=rule, decorrelation_on=on, ageing_retention_r=r)
                row = [f"{100 * r:.0f}", rule, {"none": "no", "crossbar": "yes"}[on], stated(one.test_accuracy.isel(epoch=-1))]
                row += [stated(one.shelf_accuracy.sel(shelf_time=t)) for t in (1e6, 3.15e7, 3.15e8)]
                row += [stated(one.healing_accuracy.isel(healing_epoch=n)) for n in (1, -1)]
                row += [stated(one.unaged_accuracy.isel(healing_epoch=-1))]
                row += [f"{float(one.healing_pulses_per_cell.isel(healing_epoch=-1).mean()):.2f}"]
                rows.append(row)
    head = [
        "lost per decade [%]",
        "rule",
        "R",
        "trained",
        "12 days",
        "1 year",
        "10 years",
        "healed, 1 epoch",
        "healed, 5",
        "no shelf, 5 more",
    ]
    filled("year_on_the_shelf", "table", [*head, "pulses per cell of healing"], rows)
    cycles = ds.sel(rule_name="bp", decorrelation_on="none", ageing_retention_r=rates[0])
    shown = [("broken cells [%]", 100 * cycles.wear_broken), ("bp", 100 * cycles.wear_accuracy)]
    shown += [("anp, R", 100 * ds.wear_accuracy.sel(rule_name="anp", decorrelation_on="crossbar", ageing_retention_r=rates[0]))]
    body = [[name, *(f"{float(v):.1f}" for v in values.mean("train_seed").values)] for name, values in shown]
    filled("year_on_the_shelf", "cycles", ["further write cycles", *(f"{c:.0e}".replace("e+0", "e") for c in ds.wear_cycles.values)], body)


def _band(ax: plt.Axes, x: np.ndarray, values: xr.DataArray, ink: str, dash: str, label: str) -> None:
    """Mean over the seeds, a band of one standard deviation."""
    mean, sd = values.mean("train_seed").values, values.std("train_seed", ddof=1).values
    ax.plot(x, mean, dash, color=ink, lw=1.6, label=label or None)
    ax.fill_between(x, mean - sd, mean + sd, color=ink, alpha=0.12, lw=0)


def neurosim_budget() -> None:
    """Energy and time of a million images beside the published ones."""
    ds = opened("neurosim_budget")
    images = 1e6  # 125 epochs of 8000
    epoch = float(json.loads(ds.attrs["spec"])["data"]["train_size"])
    rows = []
    for rounding in ds["write_rounding"].values:
        one = ds.sel(write_rounding=rounding).mean("train_seed")
        late = {name: float(one[name].isel(epoch=-1) - one[name].isel(epoch=-2)) / epoch for name in one if "epoch" in one[name].dims}
        row = [str(rounding), stated(ds.test_accuracy.sel(write_rounding=rounding).isel(epoch=-1)), f"{late['pulses']:.1f}"]
        row += [f"{1e3 * images * late[name]:.3g}" for name in _PARTS]
        rows.append([*row, f"{images * late['latency']:.2g}"])
    head = ["rounding", "test accuracy [%]", "pulses per image", *(f"{words} [mJ]" for words in _PARTS.values()), "time [s]"]
    filled("neurosim_budget", "table", head, rows)


_PARTS = {
    "energy": "pulses in the cells",
    "energy_wires": "wires",
    "energy_reads": "reads in the cells",
    "energy_dac": "DAC",
    "energy_adc": "ADC",
    "energy_digital": "digital",
}

PAGES: dict[str, Callable[[], None]] = {page.__name__: page for page in (ramp_or_identical, year_on_the_shelf, neurosim_budget)}

if __name__ == "__main__":
    for name in sys.argv[1:] or [name for name in PAGES if exists(name)]:
        PAGES[name]()
