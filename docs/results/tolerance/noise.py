"""One noise at a time, 0 to 8 times the published one."""

import numpy as np
import pages
from matplotlib import pyplot as plt

from tolerance.words import DASH, INK, MARK, RULES, WORDS, conditions, filled, opened, there

NEEDS = ("c2c", "ideal_gradient", "ideal_perturbation")
_AXES = {
    "c2c": ("cycle-to-cycle spread", "device_c2c"),
    "d2d": ("device-to-device spread", "device_response_dw_min_dtod"),
    "read": ("noise of reads", "array_out_noise"),
}
_TIMES = (0, 1, 2, 4, 8)


def draw() -> None:
    """A picture of three axes and a table; what is kept is judged against ideal writes at their best of three rates."""
    ideal = {
        (rule, on): 100 * float(pages.best(one).test_accuracy.isel(epoch=-1))
        for rule, on, one in conditions(there("ideal_gradient", "ideal_perturbation"))
    }
    found = {name: there(name) for name in _AXES if there(name)}
    figure, axes = plt.subplots(1, len(found), figsize=(1 + 3.3 * len(found), 4), sharey=True, squeeze=False, layout="constrained")
    rows: dict[tuple[str, str], list[str]] = {}
    for ax, (name, sets) in zip(axes[0], found.items(), strict=True):
        words, axis = _AXES[name]
        for rule, on, one in conditions(sets):
            final = 100 * one.test_accuracy.isel(epoch=-1).transpose(axis).values
            ax.plot(range(len(_TIMES)), final, DASH[on], marker=MARK[rule], color=INK[rule], markersize=4, linewidth=1.3)
            exact = ideal[rule, "none" if on == "none" else "digital"]
            row = rows.setdefault((rule, on), [rule, WORDS[on], f"{exact:.1f}"])
            row += [" / ".join("diverged" if np.isnan(value) else f"{value:.1f}" for value in final), f"{100 * final[2] / exact:.1f}"]
        ax.set_xticks(range(len(_TIMES)), [str(times) for times in _TIMES])
        ax.set_xlabel(f"{words}, times the published value")
        ax.grid(axis="y", color="#e6e8eb")
    for rule in RULES:
        axes[0][0].plot([], [], "-", marker=MARK[rule], color=INK[rule], markersize=4, label=rule)
    for on in ("none", "crossbar"):
        axes[0][0].plot([], [], DASH[on], color="#777777", label=WORDS[on])
    axes[0][0].set_ylabel("test accuracy [%]")
    axes[0][0].set_ylim(60, 98)
    figure.legend(loc="outside lower center", ncols=7)
    pages.saved(figure, "write_tolerance_noise")
    head = ["rule", "R", "ideal writes [%]"]
    for name in found:
        head += [f"{_AXES[name][0]}: 0 / 1 / 2 / 4 / 8 [%]", "kept at 2 [%]"]
    filled("noise", head, list(rows.values()))
    if there("long"):
        _long()


def _long() -> None:
    """R on cells beside digital R over 20 epochs."""
    rows = []
    found = {(rule, on): one for rule, on, one in conditions([opened("long")])}
    for rule in RULES:
        digital, crossbar = (100 * found[rule, on].test_accuracy for on in ("digital", "crossbar"))
        row = [rule, *(f"{float(curve.isel(epoch=at)):.1f}" for curve in (digital, crossbar) for at in (5, 20))]
        left = [float(found[rule, on].decorrelation_loss.isel(epoch=-1)) for on in ("digital", "crossbar")]
        rows.append([*row, f"{float(crossbar.isel(epoch=-1) - digital.isel(epoch=-1)):+.1f}", f"{left[0]:.2f}, {left[1]:.2f}"])
    head = ["rule", "digital R: epoch 5 [%]", "epoch 20 [%]", "R on cells: epoch 5 [%]", "epoch 20 [%]", "difference at 20 [points]"]
    filled("long", [*head, "correlation left: digital, on cells"], rows)
