"""How one cell ages: its laws together, and their spread from cell to cell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from device_models.ageing.endurance import Endurance
from device_models.ageing.fatigue import Fatigue
from device_models.ageing.imprint import Imprint
from device_models.ageing.read_disturb import ReadDisturb
from device_models.ageing.retention import LogTime, PowerLaw, StretchedExponential

RATES: Mapping[type, str] = {
    LogTime: "r",
    StretchedExponential: "tau",
    PowerLaw: "nu",
    Imprint: "k",
    Fatigue: "loss",
    ReadDisturb: "n_r",
}
"""The number of each law that spreads from cell to cell. Breakdown has its own spread, the Weibull distribution."""


@dataclass(frozen=True, kw_only=True)
class Ageing:
    """The laws of one cell; what is None does not happen.

    Attributes:
        retention: what is left of a written weight after a time.
        relaxed: weight that retention leads to, in the window of the fresh cell; 0 is the depolarised middle [1].
        imprint: shift of the loop towards the state that is held.
        sensitivity: kappa = d ln(step) / d field, by which imprint unbalances up and down steps [m/V].
        fatigue: the window against write cycles.
        endurance: breakdown after write cycles.
        stuck_at: weight at which a broken cell stays; where it was if None [1].
        read_disturb: reads as weak pulses.
        d2d: standard deviation of the logarithm of each law's rate (``RATES``) from cell to cell; its median is the law's own number [1].

    Raises:
        ValueError: imprint without a sensitivity, or d2d below 0.
    """

    retention: LogTime | StretchedExponential | PowerLaw | None = None
    relaxed: float = 0.0
    imprint: Imprint | None = None
    sensitivity: float = 0.0
    fatigue: Fatigue | None = None
    endurance: Endurance | None = None
    stuck_at: float | None = None
    read_disturb: ReadDisturb | None = None
    d2d: float = 0.0

    def __post_init__(self) -> None:
        if self.imprint is not None and not self.sensitivity > 0:
            raise ValueError(f"imprint acts on the steps by a sensitivity above 0 m/V, not {self.sensitivity}")
        if not self.d2d >= 0:
            raise ValueError(f"d2d of ageing is a standard deviation, not {self.d2d}")

    def laws(self) -> dict[str, Any]:
        """The laws that are given, by the names of their fields."""
        names = ("retention", "imprint", "fatigue", "endurance", "read_disturb")
        return {name: law for name in names if (law := getattr(self, name)) is not None}

    def spread(self, factors: Mapping[str, Tensor]) -> "Ageing":
        """The laws with their rates multiplied by a factor per cell.

        Args:
            factors: field of a law -> factors, of any shape; a loss per decade stays at or below 1.
        """
        return replace(self, **{name: _multiplied(getattr(self, name), factor) for name, factor in factors.items()})


def draw_factors(ageing: Ageing, cells: tuple[int, ...], generators: Mapping[str, torch.Generator]) -> dict[str, Tensor]:
    """One factor per cell for every law with a rate, exp(d2d xi), float64.

    Args:
        ageing: the laws; each draws from a generator of its own.
        cells: shape.
        generators: field of a law -> generator.
    """
    names = [name for name, law in ageing.laws().items() if type(law) in RATES]
    return {name: torch.exp(ageing.d2d * torch.randn(cells, generator=generators[name], dtype=torch.float64)) for name in names}


def _multiplied(law: Any, factor: Tensor) -> Any:
    name = RATES[type(law)]
    value = getattr(law, name) * factor
    return replace(law, **{name: value.clamp(max=1) if isinstance(law, LogTime) else value})
