"""aihwkit's own write schemes as cells: compounds of two devices of one cell (Tiki-Taka and its relatives), and mixed precision.

They simulate their scheme inside the tile, so that they run on the host ``hosted`` with the write scheme ``direct`` only.
"""

import dataclasses
import inspect
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from aihwkit.simulator.configs import BoundManagementType, IOParameters, NoiseManagementType, compounds
from aihwkit.simulator.configs.compounds import DigitalRankUpdateCell, OneSidedUnitCell, UnitCell

from device_models.cell import Cell, Response
from device_models.folder import unknown


def compound_classes() -> dict[str, type]:
    """aihwkit's compounds by name."""
    classes = inspect.getmembers(compounds, inspect.isclass)
    abstract = (UnitCell, DigitalRankUpdateCell)
    return {name: kind for name, kind in classes if issubclass(kind, abstract) and kind not in abstract}


def compound(cell: Cell, name: str, fields: Mapping[str, Any]) -> Cell:
    """The cell's device inside one of aihwkit's compounds: twice in a unit cell, once in mixed precision and in a one-sided pair.

    A compound's own reads (``transfer_forward``) have aihwkit's default converters and noise.

    Args:
        cell: gives the device and everything else.
        name: of the compound's class.
        fields: of the compound, numbers and switches.

    Raises:
        ValueError: there is no such compound or field, or the cell is a compound already.
    """
    classes = compound_classes()
    if name not in classes:
        raise unknown("compound", name, classes)
    if isinstance(cell.response, UnitCell | DigitalRankUpdateCell):
        raise ValueError(f"the cell {cell.name!r} is a compound already; a compound is made of single devices")
    kind = classes[name]
    known = {f.name: f.type for f in dataclasses.fields(kind) if f.name not in ("unit_cell_devices", "device", "construction_seed")}
    for field in fields:
        if field not in known:
            raise unknown(f"field of {name}", field, known)
    return dataclasses.replace(cell, name=f"{cell.name} in {name}", response=_made(kind, cell.response, dict(fields)))


def _made(kind: type, device: Response, fields: dict[str, Any]) -> Response:
    made: Response
    if issubclass(kind, DigitalRankUpdateCell):
        made = kind(device=deepcopy(device), **fields)
        return made
    if any(f.name == "transfer_forward" for f in dataclasses.fields(kind)):
        fields["transfer_forward"] = IOParameters(noise_management=NoiseManagementType.NONE, bound_management=BoundManagementType.NONE)
    copies = 1 if kind is OneSidedUnitCell else 2
    made = kind(unit_cell_devices=[deepcopy(device) for _ in range(copies)], **fields)
    return made
