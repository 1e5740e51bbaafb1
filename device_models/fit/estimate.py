"""A number with its confidence interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NORMAL_95 = 1.959964
"""Half width of a normal 95 % interval in standard errors."""


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % confidence interval."""

    value: float
    low: float
    high: float

    @staticmethod
    def normal(value: float, error: float, lower: float = -np.inf, upper: float = np.inf) -> "Estimate":
        """value +- 1.96 standard errors, within the limits that the quantity has."""
        return Estimate(float(value), float(max(value - NORMAL_95 * error, lower)), float(min(value + NORMAL_95 * error, upper)))

    def times(self, factor: float) -> "Estimate":
        """The estimate of a positive multiple."""
        return Estimate(factor * self.value, factor * self.low, factor * self.high)
