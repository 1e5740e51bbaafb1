"""What every cell of a network holds and has been through: per-layer snapshots, on request.

Shapes: K chips, O output lines, I input lines.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from crossbar.answering import dead
from crossbar.array import Array
from crossbar.wrapper import Wrapper
from experiments.arrays import Analog
from experiments.record import Variable

LONG_NAMES = {
    "weights": ("1", "weights that the array {} stands for, with its digital scale"),
    "conductance": ("S", "conductance of the cells of {}: g_min + (w + 1) (g_max - g_min) / 2 of the cells' own weights w"),
    "writes_up": ("1", "potentiating pulses on every cell of {} since it was made"),
    "writes_down": ("1", "depressing pulses on every cell of {} since it was made"),
    "dead": ("1", "1 where no pulse changes the weight of {}: its cells are stuck or broken; else 0"),
}


class Snapshots:
    """Pictures of all arrays on cells, taken when they are asked for.

    Args:
        analog: the arrays by name.
        when: ``none``, ``last`` for the end of the training, or ``every`` for every epoch.
        probe: whether dead cells are looked for: by pulses, which leave no trace on our own host and do on aihwkit's.
    """

    def __init__(self, analog: Mapping[str, Analog], when: str, *, probe: bool = False) -> None:
        self._analog, self._when, self._probe = analog, when, probe
        self._taken: dict[tuple[str, str], list[Tensor]] = {}

    def epoch(self, *, last: bool) -> None:
        """An epoch has ended."""
        if self._when == "every" or (self._when == "last" and last):
            for name, one in self._analog.items():
                found = {"dead": dead(one.array).float()} if self._probe else {}
                for kind, picture_KOI in {**_pictures(one), **found}.items():
                    self._taken.setdefault((kind, name.replace(" ", "_")), []).append(picture_KOI)

    def variables(self, chip: int) -> dict[str, Variable]:
        """Those of one chip, over the lines of each array; over the epochs too where every one was asked for."""
        return {f"{kind}_{array}": self._variable(kind, array, taken, chip) for (kind, array), taken in self._taken.items()}

    def _variable(self, kind: str, array: str, taken: Sequence[Tensor], chip: int) -> Variable:
        units, long_name = LONG_NAMES[kind]
        values = torch.stack([picture_KOI[chip] for picture_KOI in taken])
        lines = (f"{array}_output", f"{array}_input")
        if self._when == "last":
            return Variable(values[0].numpy(), units, long_name.format(array), lines)
        return Variable(values.numpy(), units, long_name.format(array), ("epoch", *lines))


def _pictures(one: Analog) -> dict[str, Tensor]:
    ledger = one.array.ledger()
    pictures = {"weights": one.array.weights(), "writes_up": ledger.pulses_up_KOI, "writes_down": ledger.pulses_down_KOI}
    if any(cell.g_max is not None for cell in one.cells):
        pictures["conductance"] = _conductances(one)
    return {kind: picture_KOI.detach().to("cpu", copy=True) for kind, picture_KOI in pictures.items()}


def _conductances(one: Analog) -> Tensor:
    """G [K, O, I] in S; nan for a chip whose cell has no conductances."""
    w_KOI = _cells(one.array).weights().cpu().double()
    low_K, high_K = (_column([cell.g_min for cell in one.cells]), _column([cell.g_max for cell in one.cells]))
    return low_K + (w_KOI + 1) * (high_K - low_K) / 2


def _column(values: Sequence[float | None]) -> Tensor:
    return torch.tensor([torch.nan if value is None else value for value in values], dtype=torch.float64)[:, None, None]


def _cells(array: Array) -> Array:
    """The bare cells inside of all wrappers; a split array puts its blocks together by itself."""
    while isinstance(array, Wrapper):
        array = array.inner
    return array
