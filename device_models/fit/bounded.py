"""A step law whose hard bounds are fitted as well: it finds the window that a saturating cell really has."""

from dataclasses import dataclass

import numpy as np

from device_models.fit.estimate import Floats
from device_models.fit.law import StepLaw

_TRUST = 0.1  # the ends as read off are believed to 5 % of the window, which decides where no read is saturated


@dataclass(frozen=True)
class Bounded:
    """A law with two more parameters, the distances of the hard bounds from the ends of the window as first read off."""

    law: StepLaw

    @property
    def parameters(self) -> tuple[str, ...]:
        """The law's, and the two distances."""
        return (*self.law.parameters, "edge_low", "edge_high")

    def limits(self) -> tuple[Floats, Floats]:
        lower, upper = self.law.limits()
        return np.append(lower, [-0.5, -0.2]), np.append(upper, [0.2, 0.5])

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        return [np.append(start, [0.0, 0.0]) for start in self.law.starts(step_up, step_down)]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        return self.law.size(theta_JP[:, :-2], w_JN, up)

    def edges(self, theta_JP: Floats) -> Floats:
        return theta_JP[:, -2:]

    def roughness(self, theta_P: Floats) -> Floats:
        return np.append(self.law.roughness(theta_P[:-2]), theta_P[-2:] / _TRUST)

    def fields(self, theta_P: Floats) -> dict[str, float]:
        return self.law.fields(theta_P[:-2])
