"""The step law without a formula."""

from dataclasses import dataclass

import numpy as np
from aihwkit.simulator.configs.devices import PiecewiseStepDevice, PulsedDevice

from device_models.fit.estimate import Floats
from device_models.fit.law import StepLaw
from device_models.fit.laws import QUIET
from device_models.fit.rescaled import Rescaled, scale_fields

_CURVATURE = 1.0  # second differences of the nodes are believed to be of the size of their mean: only decides where nothing was measured


@dataclass(frozen=True)
class Piecewise:
    """Linear interpolation between nodes spread evenly over the window; its parameters are the steps at the nodes, up and then down.

    Args:
        nodes: number of nodes in each direction, at least 3.
    """

    nodes: int
    name: str = "PiecewiseStepDevice"
    additive: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters: ``up_0`` is the up step at the lower end of the window."""
        return tuple(f"{way}_{i}" for way in ("up", "down") for i in range(self.nodes))

    def limits(self) -> tuple[Floats, Floats]:
        return np.zeros(2 * self.nodes), np.full(2 * self.nodes, 2.0)

    def starts(self, step_up: float, step_down: float) -> list[Floats]:
        return [np.repeat([step_up, step_down], self.nodes)]

    def size(self, theta_JP: Floats, w_JN: Floats, up: bool) -> Floats:
        nodes_JM = theta_JP[:, : self.nodes] if up else theta_JP[:, self.nodes :]
        place = np.clip((w_JN + 1) / 2 * (self.nodes - 1), 0, self.nodes - 1)
        left = np.minimum(place.astype(np.int64), self.nodes - 2)
        part = place - left
        return (1 - part) * np.take_along_axis(nodes_JM, left, 1) + part * np.take_along_axis(nodes_JM, left + 1, 1)

    def edges(self, theta_JP: Floats) -> Floats:
        return np.zeros((len(theta_JP), 2))

    def roughness(self, theta_P: Floats) -> Floats:
        nodes_2M = theta_P.reshape(2, self.nodes)
        return (np.diff(nodes_2M, 2, axis=1) / (_CURVATURE * nodes_2M.mean(axis=1, keepdims=True) + 1e-12)).ravel()

    def individual(self, theta_P: Floats) -> StepLaw:
        return Rescaled(self, theta_P)

    def fields(self, theta_P: Floats) -> dict[str, float]:
        return scale_fields(theta_P[: self.nodes].mean(), theta_P[self.nodes :].mean())

    def device(self, theta_P: Floats) -> PulsedDevice:
        dw_min = float(theta_P.mean())  # up_down stays 0: the nodes hold the difference of the directions
        up, down = ((theta_P / dw_min).reshape(2, self.nodes)).tolist()
        return PiecewiseStepDevice(w_min=-1.0, w_max=1.0, dw_min=dw_min, up_down=0.0, piecewise_up=up, piecewise_down=down, **QUIET)
