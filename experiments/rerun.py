"""One run of a results file once more: the same bits, or what differs and what was not seedable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from experiments import provenance
from experiments.grid import Grid, check_hash, read_grid, records
from experiments.nested import json_of
from experiments.record import Record, Variable
from experiments.run import run, seeding
from experiments.select import Selection, chosen, flat_indices
from experiments.spec import Spec

CLOCK = ("learning_time",)
GROUPING = ("fleet_chips", "fleet_position")
"""Depend on who else ran at the time, and on the clock; nothing else does."""

Runner = Callable[[Sequence[Spec]], Sequence[Record]]


@dataclass(frozen=True)
class Comparison:
    """A run, then and now.

    Attributes:
        then: the record of the file.
        now: that of the run just made.
        compared: names of the variables that both have.
        differing: variable -> the largest difference; nan where one has a number and the other none.
        lost: variables that only one of the two has.
        other: what was different then: packages, machine, commit; name -> (then, now).
        seeding: what follows the seed and what does not.
    """

    then: Record
    now: Record
    compared: tuple[str, ...]
    differing: Mapping[str, float]
    lost: tuple[str, ...]
    other: Mapping[str, tuple[str, str]]
    seeding: Mapping[str, str]

    @property
    def same(self) -> bool:
        """Whether all bits are the same."""
        return not self.differing and not self.lost and self.then.status == self.now.status

    def lines(self) -> list[str]:
        """What there is to say."""
        said = [f"run {self.then.spec_hash[:12]}: {self.then.status} then, {self.now.status} now"]
        if self.same:
            return [*said, f"the same bits in all {len(self.compared)} variables ({', '.join(CLOCK)} left out)"]
        said += [f"{name} differs by up to {gap:.3g}" for name, gap in self.differing.items()]
        said += [f"{name} is not in both" for name in self.lost]
        said += [f"{name}: {then} then, {now} now" for name, (then, now) in self.other.items()]
        return said + [f"{name.replace('_', ' ')}: {text}" for name, text in self.seeding.items()]


def rerun(path: Path, selection: Selection, runner: Runner = run) -> Comparison:
    """Run one run of a results file again, and compare.

    Args:
        path: the results file.
        selection: leaves one run; axes with one value need not be named.
        runner: runs one fleet.

    Raises:
        ValueError: the file is none of ours or damaged, or the selection does not leave one run that has been run.
    """
    grid = read_grid(path)
    then = _then(grid, selection)
    check_hash(path, then)
    spec = Spec.from_tree(json_of(then.spec))
    torch.set_num_threads(1)  # as in a sweep, for the same bits
    (now,) = runner([spec])
    return compare(then, now, grid.attributes, seeding(spec.array.host))


def _then(grid: Grid, selection: Selection) -> Record:
    flat = flat_indices(grid, chosen(grid, selection))
    if len(flat) != 1:
        open_axes = [key for key, indices in chosen(grid, selection).items() if len(indices) > 1]
        raise ValueError(f"{len(flat)} runs are selected, one is accepted: name {', '.join(open_axes)} with --select")
    (record,) = records(grid, flat)
    if record is None:
        raise ValueError(f"this run of {grid.path} is missing: there is nothing to compare with")
    return record


def compare(then: Record, now: Record, attributes: Mapping[str, str], seeded: Mapping[str, str]) -> Comparison:
    """A run, then and now.

    Args:
        then: from a results file, perhaps with more epochs than were run, which hold nan.
        now: as it was run.
        attributes: of the file.
        seeded: what follows the seed and what does not.
    """
    before, after = ({n: v for n, v in r.variables.items() if n not in (*CLOCK, *GROUPING) and _known(v)} for r in (then, now))
    both = tuple(name for name in after if name in before)
    gaps = {name: gap for name in both if (gap := _gap(before[name].values, after[name].values)) != 0}
    there = {name: text for name, text in provenance.environment().items() if attributes.get(name, text) != text}
    return Comparison(
        then=then,
        now=now,
        compared=both,
        differing=gaps,
        lost=tuple(sorted(set(before) ^ set(after))),
        other={name: (attributes[name], text) for name, text in there.items()},
        seeding=seeded,
    )


def _known(variable: Variable) -> bool:
    """Whether there is a number in it: a results file does not tell a quantity that is nan from one that is not there."""
    return bool(np.isfinite(variable.values).any())


def _gap(then: np.ndarray, now: np.ndarray) -> float:
    """0 for the same bits, else the largest difference; nan where only one is a number."""
    padded = np.full(then.shape, np.nan, dtype=now.dtype)
    if padded.ndim != now.ndim or any(have < want for have, want in zip(then.shape, now.shape, strict=True)):
        return np.nan
    padded[tuple(slice(length) for length in now.shape)] = now
    if np.array_equal(padded, then, equal_nan=True):
        return 0.0
    if (np.isnan(padded) != np.isnan(then)).any():
        return np.nan
    unequal = (padded != then) & ~np.isnan(then)
    return float(np.abs(padded[unequal] - then[unequal]).max())
