"""The step law of one device among many: part of what all have in common is held."""

from dataclasses import dataclass

import numpy as np

from device_models.fit.estimate import Floats
from device_models.fit.law import StepLaw
from device_models.neurosim import up_down_bias


def scale_fields(step_up: float, step_down: float) -> dict[str, float]:
    """dw_min and up_down of two steps."""
    dw_min, up_down = up_down_bias(float(step_up), float(step_down))
    return {"dw_min": dw_min, "up_down": up_down}


@dataclass(frozen=True, eq=False)
class Rescaled:
    """A law with its shape held at ``theta_P`` and a factor for each direction."""

    law: StepLaw
    theta_P: Floats
    parameters: tuple[str, ...] = ("factor_up", "factor_down")

    def limits(self) -> tuple[Floats, Floats]:
        return np.full(2, 1e-3), np.full(2, 1e3)

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        return [np.ones(2)]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        shape_JP = np.broadcast_to(self.theta_P, (len(theta_JP), self.theta_P.size))
        return theta_JP[:, 0 if up else 1, None] * self.law.size(shape_JP, w_JN, up)

    def edges(self, theta_JP: Floats) -> Floats:
        return self.law.edges(np.broadcast_to(self.theta_P, (len(theta_JP), self.theta_P.size)))

    def roughness(self, theta_P: Floats) -> Floats:
        return np.empty(0)

    def fields(self, theta_P: Floats) -> dict[str, float]:
        own = self.law.fields(self.theta_P)
        up, down = own["dw_min"] * (1 + min(own["up_down"], 0)), own["dw_min"] * (1 - max(own["up_down"], 0))
        return scale_fields(theta_P[0] * up, theta_P[1] * down)


@dataclass(frozen=True, eq=False)
class Held:
    """A law with only its first ``free`` parameters free; the others stay as in ``theta_P``."""

    law: StepLaw
    theta_P: Floats
    free: int

    @property
    def parameters(self) -> tuple[str, ...]:
        """The free ones."""
        return self.law.parameters[: self.free]

    def limits(self) -> tuple[Floats, Floats]:
        lower, upper = self.law.limits()
        return lower[: self.free], upper[: self.free]

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        return [self.theta_P[: self.free]]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        return self.law.size(self._full(theta_JP), w_JN, up)

    def edges(self, theta_JP: Floats) -> Floats:
        return self.law.edges(self._full(theta_JP))

    def roughness(self, theta_P: Floats) -> Floats:
        return np.empty(0)

    def fields(self, theta_P: Floats) -> dict[str, float]:
        return self.law.fields(self._full(theta_P[None])[0])

    def _full(self, theta_JP: Floats) -> Floats:
        held_JP = np.broadcast_to(self.theta_P[self.free :], (len(theta_JP), self.theta_P.size - self.free))
        return np.concatenate([theta_JP, held_JP], axis=1)
