"""The step laws with a formula, in parameters that fit well. Each becomes the aihwkit device of the same name."""

from dataclasses import dataclass

import numpy as np
from aihwkit.simulator.configs.devices import ExpStepDevice, LinearStepDevice, PowStepDevice, SoftBoundsDevice

from device_models.fit.estimate import Floats
from device_models.fit.law import StepLaw
from device_models.fit.rescaled import Held, scale_fields
from device_models.neurosim import up_down_bias

QUIET = {name: 0.0 for name in ("dw_min_dtod", "up_down_dtod", "w_min_dtod", "w_max_dtod")}
"""Every device of aihwkit starts with a spread of its own; a fitted one has what was measured."""

_NEAR = 1e-3  # closer to its bound a power law's slope grows without limit, and says nothing
_STEP_MAX = 2.0  # one pulse across the window


@dataclass(frozen=True)
class Linear:
    """s (1 - gamma w) up, s (1 + gamma w) down, between hard bounds."""

    name: str = "LinearStepDevice"
    parameters: tuple[str, ...] = ("step_up", "step_down", "gamma_up", "gamma_down")
    additive: bool = True

    def limits(self) -> tuple[Floats, Floats]:
        return np.array([1e-6, 1e-6, -1, -1]), np.array([_STEP_MAX, _STEP_MAX, 1, 1])

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        return [np.array([step_up, step_down, 0.2, 0.2])]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        if up:
            return theta_JP[:, 0, None] * (1 - theta_JP[:, 2, None] * w_JN)
        return theta_JP[:, 1, None] * (1 + theta_JP[:, 3, None] * w_JN)

    def edges(self, theta_JP: Floats) -> Floats:
        return np.zeros((len(theta_JP), 2))

    def roughness(self, theta_P: Floats) -> Floats:
        return np.empty(0)

    def individual(self, theta_P: Floats) -> StepLaw:
        return self

    def fields(self, theta_P: Floats) -> dict[str, float]:
        return {**scale_fields(theta_P[0], theta_P[1]), "gamma_up": float(theta_P[2]), "gamma_down": float(theta_P[3])}

    def device(self, theta_P: Floats) -> LinearStepDevice:
        fields = self.fields(theta_P)
        growing = min(fields["gamma_up"], fields["gamma_down"]) < 0  # without the flag aihwkit takes the slopes' absolute values
        return LinearStepDevice(w_min=-1.0, w_max=1.0, allow_increasing=growing, gamma_up_dtod=0.0, gamma_down_dtod=0.0, **QUIET, **fields)


@dataclass(frozen=True)
class SoftBounds:
    """s (1 - w / b): the steps vanish at b_up going up and b_down going down, at most a quarter of the window beyond what was measured."""

    name: str = "SoftBoundsDevice"
    parameters: tuple[str, ...] = ("step_up", "step_down", "bound_up", "bound_down")
    additive: bool = True

    def limits(self) -> tuple[Floats, Floats]:
        return np.array([1e-6, 1e-6, 1, -1.5]), np.array([_STEP_MAX, _STEP_MAX, 1.5, -1])

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        return [np.array([step_up, step_down, 1.1, -1.1])]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        way = 0 if up else 1
        return theta_JP[:, way, None] * (1 - w_JN / theta_JP[:, 2 + way, None])

    def edges(self, theta_JP: Floats) -> Floats:
        return np.tile([-np.inf, np.inf], (len(theta_JP), 1))

    def roughness(self, theta_P: Floats) -> Floats:
        return np.empty(0)

    def individual(self, theta_P: Floats) -> StepLaw:
        return self

    def fields(self, theta_P: Floats) -> dict[str, float]:
        return {**scale_fields(theta_P[0], theta_P[1]), "w_max": float(theta_P[2]), "w_min": float(theta_P[3])}

    def device(self, theta_P: Floats) -> SoftBoundsDevice:
        return SoftBoundsDevice(**QUIET, **self.fields(theta_P))


@dataclass(frozen=True)
class Power:
    """s omega^gamma, omega the distance to the bound that the pulse moves towards as a fraction of the range between the bounds.

    The bounds lie at the ends of the window or beyond, by no more than half of it.
    """

    name: str = "PowStepDevice"
    parameters: tuple[str, ...] = ("step_up", "step_down", "exponent_up", "exponent_down", "bound_up", "bound_down")
    additive: bool = False

    def limits(self) -> tuple[Floats, Floats]:
        return np.array([1e-6, 1e-6, 0.01, 0.01, 1, -2]), np.array([_STEP_MAX, _STEP_MAX, 10, 10, 2, -1])

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        return [np.array([2 * step_up, 2 * step_down, 1, 1, 1.1, -1.1])]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        way = 0 if up else 1
        upper_J1, lower_J1 = theta_JP[:, 4, None], theta_JP[:, 5, None]
        distance = (upper_J1 - w_JN if up else w_JN - lower_J1) / (upper_J1 - lower_J1)
        return theta_JP[:, way, None] * np.clip(distance, _NEAR, 1) ** theta_JP[:, 2 + way, None]

    def edges(self, theta_JP: Floats) -> Floats:
        return theta_JP[:, [5, 4]] - [-1, 1]

    def roughness(self, theta_P: Floats) -> Floats:
        return np.empty(0)

    def individual(self, theta_P: Floats) -> StepLaw:
        return Held(self, theta_P, free=4)

    def fields(self, theta_P: Floats) -> dict[str, float]:
        exponent, bias = up_down_bias(float(theta_P[2]), float(theta_P[3]))
        return {**scale_fields(theta_P[0], theta_P[1]), "pow_gamma": exponent, "pow_up_down": bias}

    def device(self, theta_P: Floats) -> PowStepDevice:
        bounds = {"w_max": float(theta_P[4]), "w_min": float(theta_P[5])}
        return PowStepDevice(pow_gamma_dtod=0.0, pow_up_down_dtod=0.0, **bounds, **QUIET, **self.fields(theta_P))


@dataclass(frozen=True)
class Exponential:
    """s max(1 - A exp(+-gamma w), 0), + going up. aihwkit's a is 1 and its b 0: they add nothing to gamma and A."""

    name: str = "ExpStepDevice"
    parameters: tuple[str, ...] = ("step_up", "step_down", "factor_up", "factor_down", "gamma_up", "gamma_down")
    additive: bool = False

    def limits(self) -> tuple[Floats, Floats]:
        return np.array([1e-6, 1e-6, 0, 0, 0.1, 0.1]), np.array([_STEP_MAX, _STEP_MAX, 2, 2, 15, 15])

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        flat = np.array([step_up, step_down, 0.02, 0.02, 4, 4])
        steep = np.array([1.5 * step_up, 1.5 * step_down, 0.3, 0.3, 1, 1])
        return [flat, steep]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        way = 0 if up else 1
        exponent = theta_JP[:, 4 + way, None] * (w_JN if up else -w_JN)
        return theta_JP[:, way, None] * np.maximum(1 - theta_JP[:, 2 + way, None] * np.exp(exponent), 0)

    def edges(self, theta_JP: Floats) -> Floats:
        return np.zeros((len(theta_JP), 2))

    def roughness(self, theta_P: Floats) -> Floats:
        return np.empty(0)

    def individual(self, theta_P: Floats) -> StepLaw:
        return Held(self, theta_P, free=2)

    def fields(self, theta_P: Floats) -> dict[str, float]:
        return scale_fields(theta_P[0], theta_P[1])

    def device(self, theta_P: Floats) -> ExpStepDevice:
        factor_up, factor_down, gamma_up, gamma_down = (float(value) for value in theta_P[2:])
        shape = {"A_up": factor_up, "A_down": factor_down, "gamma_up": gamma_up, "gamma_down": gamma_down}
        return ExpStepDevice(w_min=-1.0, w_max=1.0, a=1.0, b=0.0, **shape, **QUIET, **self.fields(theta_P))
