"""A results file in numbers: what was swept, how the runs ended, mean and spread over the seeds."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from experiments.nested import json_of
from experiments.record import STATUSES
from experiments.results import attributes_of

Setting = dict[str, int]
"""One value on each of some axes: dimension -> index."""

LABELS = {"rule_name": "rule", "decorrelation_name": "decorrelation rule", "decorrelation_on": "decorrelation"}


@dataclass(frozen=True)
class Axis:
    """A swept key.

    Attributes:
        name: its dimension, for example ``device_c2c``.
        values: the coordinate, numbers or words.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def label(self) -> str:
        """The name as people say it: ``rule`` for ``rule_name``, ``device c2c`` for ``device_c2c``."""
        return LABELS.get(self.name, self.name.replace("_", " "))

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return all(isinstance(value, int | float) for value in self.values)

    @property
    def varies(self) -> bool:
        """Whether there is more than one value."""
        return len(self.values) > 1

    def text(self, index: int) -> str:
        """One value as text."""
        return shown(self.values[index])


def shown(value: Any) -> str:
    """A coordinate's value as text: numbers without needless digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation over the seeds, of the runs that are ok.

    Attributes:
        mean: nan where no run is ok.
        sd: nan where fewer than two runs are ok.
        count: runs that are ok.
    """

    mean: xr.DataArray
    sd: xr.DataArray
    count: xr.DataArray


@dataclass(frozen=True)
class Condition:
    """One setting of every axis but the seeds, with what its runs gave at the last epoch.

    Attributes:
        setting: dimension -> index.
        accuracy: mean test accuracy [1].
        accuracy_sd: its standard deviation over the seeds [1].
        pulses_per_cell: mean number of pulses per cell since the start [1].
        energy: mean energy of all pulses [J].
        statuses: status -> number of runs, those that occur.
    """

    setting: Setting
    accuracy: float
    accuracy_sd: float
    pulses_per_cell: float
    energy: float
    statuses: dict[str, int]


@dataclass(frozen=True, eq=False)
class Results:
    """An opened results file.

    Attributes:
        ds: the whole file, in memory.
    """

    ds: xr.Dataset

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """All swept keys in the file's order."""
        return tuple(Axis(str(d), tuple(self.ds[d].values.tolist())) for d in self.ds["status"].dims)

    @property
    def seeds(self) -> tuple[Axis, ...]:
        """The axes that repeat a condition: their spread is the band."""
        return tuple(axis for axis in self.axes if axis.name.endswith("seed"))

    @property
    def factors(self) -> tuple[Axis, ...]:
        """The axes that make conditions: all but the seeds."""
        return tuple(axis for axis in self.axes if axis not in self.seeds)

    @cached_property
    def spec(self) -> Mapping[str, Any]:
        """The spec of the file as nested tables."""
        tree: Mapping[str, Any] = json_of(self.ds.attrs["spec"])
        return tree

    def has(self, variable: str) -> bool:
        """Whether the file holds this variable with at least one number."""
        return variable in self.ds and bool(self.ds[variable].notnull().any())

    def long_name(self, variable: str) -> str:
        """What a variable is, in the file's own words."""
        return str(self.ds[variable].attrs.get("long_name", variable.replace("_", " ")))

    def title(self, variable: str) -> str:
        """The first words of the long name and the unit, for a heading."""
        name, unit = re.split("[,:]", self.long_name(variable))[0], self.ds[variable].attrs.get("units", "1")
        return name[:1].upper() + name[1:] + ("" if unit in ("", "1") else f" [{unit}]")

    @property
    def repeated(self) -> bool:
        """Whether there is more than one seed."""
        return any(axis.varies for axis in self.seeds)

    def statuses(self) -> xr.DataArray:
        """How each run ended, as a word."""
        attrs = self.ds["status"].attrs
        words = dict(zip(np.atleast_1d(attrs["flag_values"]).tolist(), attrs["flag_meanings"].split(), strict=True))
        codes = self.ds["status"].values
        names = np.array([words[int(code)] for code in codes.ravel()], dtype=object)
        return xr.DataArray(names.reshape(codes.shape), coords=self.ds["status"].coords, dims=self.ds["status"].dims)

    def counts(self) -> dict[str, int]:
        """Status -> number of runs, those that occur."""
        return count_words(self.statuses())

    def spread(self, variable: str, dim: str = "epoch") -> Spread:
        """Mean and standard deviation of a variable over the seeds; dimensions: the factors and the variable's own, ``dim``."""
        return self._over_seeds(self._of_ok_runs(variable), dim)

    def last(self, variable: str) -> Spread:
        """As ``spread``, at the last epoch of each run; nan everywhere for a variable that the file does not hold."""
        if not self.has(variable):
            return self._over_seeds(self.ds["status"] * np.nan)
        values = self._of_ok_runs(variable)
        epoch = xr.DataArray(np.arange(values.sizes["epoch"]), dims="epoch")
        return self._over_seeds(values.isel(epoch=epoch.where(values.notnull(), 0).max("epoch").astype(int)))

    def _of_ok_runs(self, variable: str) -> xr.DataArray:
        return self.ds[variable].where(self.statuses() == "ok")

    def _over_seeds(self, values: xr.DataArray, *further: str) -> Spread:
        over = [axis.name for axis in self.seeds]
        count = values.notnull().sum(over)
        mean = values.sum(over) / count.where(count > 0)
        sd = (((values - mean) ** 2).sum(over) / (count - 1).where(count > 1)) ** 0.5
        order = [*(axis.name for axis in self.factors), *further]
        return Spread(mean.transpose(*order), sd.transpose(*order), count.transpose(*order))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition, in the file's order."""
        accuracy, pulses, energy = (self.last(name) for name in ("test_accuracy", "pulses_per_cell", "energy"))
        statuses = self.statuses()
        return tuple(
            Condition(
                setting=at,
                accuracy=float(accuracy.mean[at]),
                accuracy_sd=float(accuracy.sd[at]),
                pulses_per_cell=float(pulses.mean[at]),
                energy=float(energy.mean[at]),
                statuses=count_words(statuses[at]),
            )
            for at in settings(self.factors)
        )

    def best(self) -> Condition | None:
        """The condition with the highest mean test accuracy, or None where no run is ok.

        A condition whose runs are all ok goes before any that lost some: the survivors' mean says too much good of it.
        """
        measured = [c for c in self.conditions if not np.isnan(c.accuracy)]
        return max(measured, key=lambda c: (set(c.statuses) == {"ok"}, c.accuracy), default=None)

    def base(self, axis: Axis) -> int:
        """Index of the value that the spec itself has on this axis; the first where the axis does not hold it."""
        value = _looked_up(self.spec, axis.name)
        return axis.values.index(value) if value in axis.values else 0

    def words(self, setting: Setting) -> str:
        """A setting in words: ``rule bp, device c2c 0.5``."""
        by_name = {axis.name: axis for axis in self.axes}
        return ", ".join(f"{by_name[name].label} {by_name[name].text(index)}" for name, index in setting.items())


def settings(axes: tuple[Axis, ...]) -> Iterator[Setting]:
    """All settings of some axes, the last axis fastest; one empty setting of no axes."""
    for indices in product(*(range(len(axis.values)) for axis in axes)):
        yield {axis.name: index for axis, index in zip(axes, indices, strict=True)}


def count_words(words: xr.DataArray) -> dict[str, int]:
    """How often each status occurs, in the order of their codes."""
    found = words.values.ravel().tolist()
    return {word: found.count(word) for word in STATUSES if word in found}


def _looked_up(tree: Any, name: str) -> Any:
    """The entry of nested tables that a dimension stands for: ``rule_name`` is ``tree["rule"]["name"]``."""
    if not isinstance(tree, Mapping):
        return None
    if name in tree:
        return tree[name]
    found = (_looked_up(table, name.removeprefix(f"{key}_")) for key, table in tree.items() if name.startswith(f"{key}_"))
    return next((value for value in found if value is not None), None)


def read_results(path: Path) -> Results:
    """Open a results file, of a sweep or of one run.

    Raises:
        ValueError: there is no such file, or it is none of ours.
    """
    attributes_of(path)  # judges whether the file is ours
    return Results(xr.load_dataset(path, engine="h5netcdf"))
