"""Everything that a cell of ferroelectric domains is: the film, how it is written and read, and how many domains it has."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from device_models.switching.activation import Floats
from device_models.switching.disturb import SELECTIONS
from device_models.switching.expected import switched_path
from device_models.switching.nodes import Branches, branches
from device_models.switching.nucleation import NucleationModel
from device_models.switching.pulses import PulseScheme, PulseTrain
from device_models.switching.readout import ExponentialReadout, LinearReadout, ThresholdReadout

Readout = LinearReadout | ExponentialReadout | ThresholdReadout

LINEAR = LinearReadout(g_min=1e-8, g_max=1e-6)

_POINTS = 4097  # of the inverse read-out: half a domain of the largest cell


@dataclass(frozen=True, kw_only=True)
class Film:
    """A cell of domains. Its weight is -1 where the settled way up begins and +1 where it ends, linear in conductance between.

    Attributes:
        model: the switching law.
        scheme: trains up and down.
        domains: D, of one cell [1].
        readout: conductance of a polarisation.
        selection: bias of the cells that a write does not address: V/2, V/3, or none, where they see nothing.
        cycles: ways up and down before the window is measured.

    Raises:
        ValueError: no domain, an unknown selection, or trains that switch nothing.
    """

    model: NucleationModel
    scheme: PulseScheme
    domains: int
    readout: Readout = LINEAR
    selection: str = "none"
    cycles: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.domains <= 2048:
            raise ValueError(f"a cell has 1 to 2048 domains, not {self.domains}")
        if self.selection not in ("none", *SELECTIONS):
            raise ValueError(f"selection is one of none, {', '.join(SELECTIONS)}, not {self.selection!r}")
        if not self.window()[1] > self.window()[0]:
            raise ValueError("these trains switch no domain; use a stronger field or a longer pulse")

    def settled(self) -> Branches:
        """The way up and the way down after ``cycles`` of both, as fractions of domains up."""
        return _settled(self.model, self.scheme, self.cycles)

    def window(self) -> tuple[float, float]:
        """Fractions of domains up at weights -1 and +1."""
        up = self.settled().up
        return float(up[0]), float(up[-1])

    def conductance(self, fraction: Floats) -> Floats:
        """Conductance [S] of a fraction of domains up."""
        return np.asarray(self.readout.conductance(2 * torch.from_numpy(np.asarray(fraction, dtype=np.float64)) - 1).numpy())

    def weight(self, fraction: Floats) -> Floats:
        """Weight of a fraction of domains up; beyond the window it goes on beyond -1 and +1."""
        low, high = (float(self.conductance(np.array([end]))[0]) for end in self.window())
        return 2 * (self.conductance(fraction) - low) / (high - low) - 1

    def fraction(self, weight: Floats) -> Floats:
        """Fraction of domains up of a weight between -1 and +1, to 1e-4 of the window."""
        at = np.linspace(*self.window(), _POINTS)
        return np.interp(weight, self.weight(at), at)

    def steps(self) -> tuple[float, float]:
        """Sizes of one up and one down pulse at weight 0 along the settled ways, both positive [weight]."""
        ways = self.settled()
        return _step_at_zero(self.weight(ways.up)), _step_at_zero(-self.weight(ways.down))

    def positions(self) -> tuple[Floats, Floats]:
        """Fractions of domains switched before every pulse of the trains up and down from saturation [N_up], [N_down]."""
        return _before(self.model, self.scheme.up), _before(self.model, self.scheme.down)


@lru_cache(maxsize=64)
def _settled(model: NucleationModel, scheme: PulseScheme, cycles: int) -> Branches:
    return branches(model, scheme, cycles)


def _before(model: NucleationModel, train: PulseTrain) -> Floats:
    return switched_path(model, train)[:-1]


def _step_at_zero(w: Floats) -> float:
    """The step of a rising path, interpolated between the pulses before and after weight 0."""
    return float(np.interp(0.0, w[:-1], np.diff(w)))
