"""Half-selected cells: what a write does to the cells that it does not address.

Shapes: O output lines, I input lines.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from device_models.folder import unknown
from device_models.switching.activation import Floats
from device_models.switching.expected import switched_path
from device_models.switching.nucleation import NucleationModel
from device_models.switching.pulses import IdenticalPulses


@dataclass(frozen=True)
class HalfSelect:
    """Fractions of the write field on unaddressed cells.

    Attributes:
        line: cells that share one line with an addressed cell.
        rest: cells that share none.
    """

    line: float
    rest: float


SELECTIONS: dict[str, HalfSelect] = {
    "V/2": HalfSelect(line=1 / 2, rest=0.0),
    "V/3": HalfSelect(line=1 / 3, rest=-1 / 3),
}
"""Under V/2 the selected lines carry +V/2 and -V/2, all others 0; under V/3 the others are biased so that no cell sees more than V/3."""


def half_select(selection: str) -> HalfSelect:
    """The fractions of a biasing scheme.

    Raises:
        ValueError: the scheme is unknown.
    """
    if selection not in SELECTIONS:
        raise unknown("selection", selection, SELECTIONS)
    return SELECTIONS[selection]


def selected_fields(rows_O: Tensor, columns_I: Tensor, field: float, selection: str) -> Tensor:
    """Field of each cell [V/m] while the cells at the crossings of the selected lines are written, [O, I].

    Args:
        rows_O: which output lines are selected (bool).
        columns_I: which input lines are selected (bool).
        field: signed write field of the addressed cells [V/m].
        selection: the biasing scheme.

    Raises:
        ValueError: the selection is unknown.
    """
    fractions = half_select(selection)
    by_lines = torch.tensor([fractions.rest, fractions.line, 1.0], device=rows_O.device)
    return field * by_lines[rows_O[:, None].long() + columns_I.long()]


def disturbed_path(model: NucleationModel, field: float, width: float, count: int, selection: str) -> Floats:
    """Fraction of a saturated film, opposed to the field, that has switched after 0 ... N writes on a line that it shares, [N + 1].

    Args:
        model: the film.
        field: magnitude of the write field at the addressed cell [V/m].
        width: duration of one write [s].
        count: N, writes on the line.
        selection: the biasing scheme.
    """
    return switched_path(model, IdenticalPulses(field=field * half_select(selection).line, width=width, count=count))
