"""What the scripts that draw these pages share: results files opened, tables written between their marks, one look for all pictures."""

import importlib
import json
import pkgutil
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import matplotlib as mpl
import numpy as np
import xarray as xr

mpl.use("Agg")
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 9, "figure.dpi": 150, "legend.frameon": False})


def exists(study: str) -> bool:
    """Whether a study's results file is there."""
    return (HERE / f"{study}.h5").is_file()


def draw(page: str, folder: ModuleType, names: Sequence[str]) -> None:
    """Draw the sections of a page, modules of a folder: those that are named, or all whose results files are there.

    A section says in NEEDS which files it needs, without the page's name, and draws with ``draw()``.
    """
    for found in pkgutil.iter_modules(folder.__path__):
        section = importlib.import_module(f"{folder.__name__}.{found.name}")
        needs = getattr(section, "NEEDS", None)
        if needs and (found.name in names or (not names and all(exists(f"{page}_{name}") for name in needs))):
            section.draw()
            print(found.name)


def opened(study: str) -> xr.Dataset:
    """A study's results in memory."""
    with xr.open_dataset(HERE / f"{study}.h5", engine="h5netcdf") as ds:
        return ds.drop_vars([name for name in ("message", "spec_hash") if name in ds]).load()


def filled(page: str, name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table into a page, between the marks of its name."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    path, begin, end = HERE / f"{page}.md", f"<!-- {name} -->", f"<!-- /{name} -->"
    text = path.read_text(encoding="utf-8")
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    assert found.search(text), f"{page}.md has no place for the table {name}"
    path.write_text(found.sub(lambda _: "\n".join([begin, *lines, end]), text), encoding="utf-8")


def saved(figure: plt.Figure, name: str) -> None:
    """Write a picture."""
    if figure.get_layout_engine() is None:
        figure.tight_layout()
    figure.savefig(HERE / f"{name}.png")
    plt.close(figure)


def stated(values: xr.DataArray, scale: float = 100.0, digits: int = 1) -> str:
    """Mean over the seeds, in per cent, with one standard deviation where there are several; diverged seeds counted apart."""
    seeds = scale * np.atleast_1d(values.values).reshape(-1)
    sound = seeds[~np.isnan(seeds)]
    if not len(sound):
        return "diverged"
    spread = f" ± {sound.std(ddof=1):.{digits}f}" if len(sound) > 1 else ""
    lost = f", {len(seeds) - len(sound)} diverged" if len(sound) < len(seeds) else ""
    return f"{sound.mean():.{digits}f}{spread}{lost}"


def number(values: xr.DataArray, digits: int = 2) -> str:
    """Mean over the seeds after the last epoch; empty where it is unknown."""
    final = np.atleast_1d(values.isel(epoch=-1).values).reshape(-1)
    found = np.nan if np.isnan(final).all() else float(np.nanmean(final))
    return "" if np.isnan(found) else f"{found:.{digits}g}" if found < 100 else f"{found:.0f}"


def best(ds: xr.Dataset, over: Sequence[str] = ("rule_lr",)) -> xr.Dataset:
    """At the values of some axes that are best on the validation part after the last epoch; a diverged run counts as 0."""
    names = [name for name in over if name in ds.dims]
    worth = ds.validation_accuracy.isel(epoch=-1).fillna(0.0)
    worth = worth.mean("train_seed") if "train_seed" in worth.dims else worth
    return ds.isel({name: int(index) for name, index in worth.argmax(names).items()}) if names else ds


def used(one: xr.Dataset, section: str = "rule", key: str = "lr") -> str:
    """A setting in the specs of the runs, from their own JSON."""
    found = {json.loads(str(spec))[section][key] for spec in np.atleast_1d(one.run_spec.values).reshape(-1) if spec}
    return " ".join(value if isinstance(value, str) else f"{value:g}" for value in sorted(found))
