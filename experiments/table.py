"""The table that a sweep ends with, read from its results file."""

import math
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from experiments.summary import Condition, Results, read_results

STYLES = {"ok": "green", "diverged": "yellow", "failed": "bold red", "missing": "dim"}


def results_table(path: Path) -> Table:
    """One row per condition: test accuracy at the last epoch as mean and standard deviation over the seeds, pulses per cell, status.

    Raises:
        ValueError: the file is no results file.
    """
    results = read_results(path)
    table = Table(box=SIMPLE_HEAD, title="Test accuracy after the last epoch", title_style="bold", title_justify="left")
    table.caption_justify = "left"
    for axis in results.factors:
        table.add_column(axis.label, justify="right" if axis.numeric else "left", overflow="fold")
    for heading in ("accuracy", "pulses per cell"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("status")
    best = results.best()
    for condition in results.conditions:
        values = [Text(axis.text(condition.setting[axis.name])) for axis in results.factors]
        numbers = [Text(accuracy_text(condition)), Text(number(condition.pulses_per_cell))]
        table.add_row(*values, *numbers, _status(condition), style="bold" if condition is best else "")
    table.caption = runs_sentence(results)
    return table


def accuracy_text(condition: Condition) -> str:
    """``91.2 ± 0.4 %``; without the spread where fewer than two runs are ok; a dash where none is."""
    if np.isnan(condition.accuracy):
        return "–"
    spread = "" if np.isnan(condition.accuracy_sd) else f" ± {100 * condition.accuracy_sd:.1f}"
    return f"{100 * condition.accuracy:.1f}{spread} %"


def number(value: float, unit: str = "") -> str:
    """Three significant digits, with a prefix where there is a unit: ``1,230``, ``4.56 nJ``; a dash for nan."""
    if np.isnan(value):
        return "–"
    if not unit:
        return f"{float(f'{value:.3g}'):,g}"
    power = 0 if value == 0 else min(4, max(-6, math.floor(math.log10(abs(value)) / 3)))
    return f"{value / 1000.0**power:.3g} {'afpnµm kMGT'[power + 6].strip()}{unit}"


def status_text(condition: Condition) -> str:
    """How many runs of a condition ended how: ``2 ok, 1 diverged``."""
    return ", ".join(f"{n} {word}" for word, n in condition.statuses.items())


def runs_sentence(results: Results) -> str:
    """How many runs there are and how they ended, as one sentence."""
    counts = results.counts()
    total = sum(counts.values())
    if set(counts) == {"ok"}:
        return f"{total} runs, all ok." if total > 1 else "1 run, ok."
    return f"{total} run{'s' if total > 1 else ''}: {', '.join(f'{n} {word}' for word, n in counts.items())}."


def _status(condition: Condition) -> Text:
    parts = [Text(f"{n} {word}", style=STYLES[word]) for word, n in condition.statuses.items()]
    return Text(", ").join(parts)
