"""Write schemes on six cells, every rule and decorrelator: a picture of all accuracies, and what each scheme costs on each cell."""

import numpy as np
import pages
from matplotlib import pyplot as plt

from tolerance.words import CELLS, ON, RULES, SCHEMES, WORDS, conditions, filled, there

NEEDS = ("gradient",)


def draw() -> None:
    """One heat map per cell, a table of the schemes that are best on validation images, and a table of costs."""
    sets = there("gradient", "perturbation", "gradient_reading", "perturbation_reading")
    cells = [str(cell) for cell in sets[0].device_preset.values]
    shape = len(cells), len(RULES), len(ON), len(SCHEMES)
    tested, validated = np.full(shape, np.nan), np.full(shape, np.nan)
    for rule, on, found in conditions(sets):
        for cell in (cell for cell in cells if cell in found.device_preset.values):
            for scheme in found.write_scheme.values:
                final = found.sel(device_preset=cell, write_scheme=scheme).isel(epoch=-1)
                at = cells.index(cell), RULES.index(rule), ON.index(on), SCHEMES.index(str(scheme))
                tested[at] = 100 * float(final.test_accuracy.fillna(0.1))
                validated[at] = float(final.validation_accuracy.fillna(0.1))
    _picture(cells, tested)
    ideal = {(rule, on): pages.stated(one.test_accuracy.isel(epoch=-1)) for rule, on, one in conditions(there("screen_ideal"))}
    rows = []
    for r, rule in enumerate(RULES):
        for o, on in enumerate(ON):
            row = [rule, WORDS[on]]
            for c in range(len(cells)):
                taken = int(np.nanargmax(validated[c, r, o]))
                row.append(f"{tested[c, r, o, taken]:.1f} ({SCHEMES[taken]})")
            rows.append([*row, ideal.get((rule, on), "")])
    filled("screen", ["rule", "R", *(f"{CELLS[cell]} [%]" for cell in cells), "ideal, direct [%]"], rows)
    _costs(cells, sets)


def _picture(cells: list[str], grid: np.ndarray) -> None:
    schemes = [s for s in range(len(SCHEMES)) if not np.isnan(grid[..., s]).all()]
    figure, axes = plt.subplots(2, 3, figsize=(11, 9.4), sharex=True, sharey=True)
    for ax, cell, part in zip(axes.flat, cells, grid, strict=True):
        values = part.reshape(-1, len(SCHEMES))[:, schemes]
        ax.imshow(values, vmin=40, vmax=96, cmap="viridis", aspect="auto")
        for (i, j), value in np.ndenumerate(values):
            words = "–" if np.isnan(value) else f"{value:.1f}"
            ax.text(j, i, words, ha="center", va="center", fontsize=7.5, color="white" if np.isnan(value) or value < 78 else "black")
        ax.set_xticks(range(len(schemes)), [SCHEMES[s] for s in schemes])
        ax.set_yticks(range(len(values)), [f"{rule}, {WORDS[on]}" for rule in RULES for on in ON])
        for border in range(3, len(values), 3):
            ax.axhline(border - 0.5, color="white", linewidth=2)
        ax.set_title(CELLS[cell], fontsize=9)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    pages.saved(figure, "write_tolerance_screen")


def _costs(cells: list[str], sets: list) -> None:
    rows = []
    for cell in cells:
        for scheme in SCHEMES:
            for rule, on, found in conditions(sets):
                there_too = cell in found.device_preset.values and scheme in found.write_scheme.values
                if (rule, on) not in (("bp", "none"), ("anp", "crossbar")) or not there_too:
                    continue
                one = found.sel(device_preset=cell, write_scheme=scheme)
                row = [CELLS[cell], scheme, f"{rule}, {WORDS[on]}", pages.used(one), pages.stated(one.test_accuracy.isel(epoch=-1))]
                row += [pages.number(one.pulses_per_cell), pages.number(one.writes_largest, 3), pages.number(one.endurance_used_largest)]
                rows.append([*row, pages.number(one.energy), pages.number(one.forward_reads, 3), pages.number(one.verify_reads, 3)])
    head = [
        "cell",
        "scheme",
        "rule",
        "rate",
        "test [%]",
        "pulses per cell",
        "pulses, busiest cell",
        "share of endurance",
        "pulse energy [J]",
    ]
    filled("screen_costs", [*head, "forward reads", "cells verified"], rows)
