"""The table after a sweep."""

import io

import numpy as np
import pytest
from rich.console import Console

from experiments.table import number, results_table


def printed(table):
    console = Console(width=100, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()


def test_one_row_per_condition_with_mean_spread_pulses_and_status(results_file, curves):
    def run(at):
        return "failed: x" if at["rule.name"] == "fa" else curves(0.1, 0.9 + 0.02 * at["train.seed"])

    text = printed(results_table(results_file({"rule.name": ["bp", "fa"], "train.seed": [0, 1]}, run)))
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line.strip()}
    assert rows["bp"] == "91.0 ± 1.4 % 10 2 ok"
    assert rows["fa"] == "– – 2 failed"
    assert rows["4"] == "runs: 2 ok, 2 failed."


def test_words_are_not_read_as_markup(results_file, curves):
    text = printed(results_table(results_file({"data.root": ["[bold]a[/bold]", "b"]}, lambda at: curves(0.1, 0.9))))
    assert "[bold]a[/bold]" in text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.0, "", "1,230"),
        (0.05678, "", "0.0568"),
        (np.nan, "J", "–"),
        (4.56e-9, "J", "4.56 nJ"),
        (2e-6, "J", "2 µJ"),
        (0.0, "J", "0 J"),
        (1.5, "J", "1.5 J"),
        (7.2e4, "J", "72 kJ"),
        (3e-20, "J", "0.03 aJ"),
    ],
)
def test_numbers_have_three_digits_and_a_prefix(value, unit, text):
    assert number(value, unit) == text
