"""What is inside a results file, in words."""

import json
from collections import Counter
from pathlib import Path

import h5py
from rich.console import Group
from rich.table import Table
from rich.text import Text

from experiments import checksum
from experiments.nested import json_of
from experiments.record import STATUSES
from experiments.results import attributes_of, opened
from experiments.rows import labelling

_LONG = ("spec", "study", "sweep", "zip", "when", "title", "tuning")


def info(path: Path) -> Group:
    """What was swept, how the runs ended, what was measured, from which spec, versions and seeds.

    Raises:
        ValueError: the file is not ours.
    """
    attributes = attributes_of(path)
    with opened(path) as file:
        name = f"{path}: {attributes['title']}, schema {attributes['schema_version']}"
        heading = Text(f"{name}\nfile: {checksum.state(path)}; {_size(path, file)}\nruns: {_statuses(file)}")
        tables = _axes(file), _variables(file), _attributes(attributes)
    return Group(heading, *tables, Text(f"spec: {_indented(attributes['spec'])}"))


def _size(path: Path, file: h5py.File) -> str:
    runs = int(file["status"].size)
    return f"{path.stat().st_size:,} bytes, {path.stat().st_size / runs:,.0f} per run"


def _statuses(file: h5py.File) -> str:
    counted = Counter(int(code) for code in file["status"][...].ravel())
    return ", ".join(f"{count} {STATUSES[code]}" for code, count in sorted(counted.items()))


def _axes(file: h5py.File) -> Table:
    table = _table("axis", "values")
    for dimension in file["status"].dims:
        scale = dimension[0]
        values = scale.asstr()[...] if h5py.check_string_dtype(scale.dtype) else scale[...]
        table.add_row(str(scale.attrs["long_name"]), ", ".join(str(value) for value in values))
    table.add_row("epoch", f"0 to {len(file['epoch']) - 1}")
    axes = {dimension[0].name for dimension in file["status"].dims}
    for scale in (file[name] for name in file if labelling(file[name]) and file[name].name not in axes):
        places, unit = ", ".join(f"{place:g}" for place in scale[...]), str(scale.attrs["units"])
        table.add_row(scale.name.removeprefix("/"), places if unit == "1" else f"{places} {unit}")
    return table


def _variables(file: h5py.File) -> Table:
    table = _table("variable", "unit", "what")
    for name in file:
        if "units" in file[name].attrs and not file[name].is_scale:
            table.add_row(name, str(file[name].attrs["units"]), str(file[name].attrs["long_name"]))
    return table


def _attributes(attributes: dict[str, str]) -> Table:
    table = _table("attribute", "value")
    for name, value in sorted(attributes.items()):
        if name not in _LONG:
            table.add_row(Text(name), Text(value))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _indented(text: str) -> str:
    return json.dumps(json_of(text), indent=2)
