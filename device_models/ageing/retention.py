"""Retention: what is left of a written weight after a time.

Every law states a remaining fraction R(t) of the distance to the relaxed weight, R(0) = 1. From clock time t1 to t2 since the write the
distance shrinks by R(t2) / R(t1), so that steps of any length compose exactly: (t0 -> t2) is (t1 -> t2) after (t0 -> t1).

Shapes: parameters, times and weights are numbers or tensors that broadcast; one value per cell is a spread from device to device.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from device_models.ageing.ranges import Quantity, interval, within
from device_models.cell import Source


class Retention(Protocol):
    """A retention law."""

    def remaining(self, start: Quantity, stop: Quantity) -> Tensor:
        """R(stop) / R(start), float64, between 0 and 1.

        Args:
            start: time since the write at which the interval begins [s].
            stop: time since the write at which it ends [s].

        Raises:
            ValueError: not 0 <= start <= stop <= the longest time for which the law holds.
        """
        ...


def retain(law: Retention, w: Tensor, start: Quantity, stop: Quantity, relaxed: Quantity = 0.0) -> Tensor:
    """The weight after an interval: relaxed + (w - relaxed) R(stop) / R(start).

    Args:
        law: how the distance shrinks.
        w: weights at ``start``; not changed.
        start: time since the write [s].
        stop: time since the write [s].
        relaxed: the weight that time leads to; 0 is the depolarised middle of a ferroelectric cell.

    Returns:
        Weights at ``stop``, of the dtype of w.
    """
    return relaxed + (w - relaxed) * law.remaining(start, stop).to(w)


@dataclass(frozen=True, kw_only=True)
class StretchedExponential:
    """R(t) = exp(-(t / tau)^m).

    Fits HfO2 capacitors after about 100 s, where a power law does not: APL 118, 082901 (2021). Why it holds at long times:
    X. J. Lou, arXiv:0812.0897.

    Attributes:
        tau: time constant [s].
        m: exponent, 0 < m <= 1; 1 is the simple exponential.
        longest: longest time for which the law is trusted [s].
        source: where the numbers come from.
    """

    tau: Quantity
    m: Quantity
    longest: float
    source: Source

    def __post_init__(self) -> None:
        within("tau", self.tau, 0, float("inf"), "s")
        within("m", self.m, 0, 1, "")
        within("longest", self.longest, 0, float("inf"), "s")

    def remaining(self, start: Quantity, stop: Quantity) -> Tensor:
        first, last = interval(start, stop, self.longest, "s")
        return torch.exp((first / self.tau) ** self.m - (last / self.tau) ** self.m)


@dataclass(frozen=True, kw_only=True)
class PowerLaw:
    """R(t) = (1 + t / t0)^-nu.

    Fits ferroelectric films at short times, 1e-7 to 1 s (X. J. Lou, arXiv:0812.0897); with nu of phase-change cells, their drift.

    Attributes:
        nu: exponent, positive [1].
        t0: time before which nothing happens [s].
        longest: longest time for which the law is trusted [s].
        source: where the numbers come from.
    """

    nu: Quantity
    t0: Quantity
    longest: float
    source: Source

    def __post_init__(self) -> None:
        within("nu", self.nu, 0, float("inf"), "")
        within("t0", self.t0, 0, float("inf"), "s")
        within("longest", self.longest, 0, float("inf"), "s")

    def remaining(self, start: Quantity, stop: Quantity) -> Tensor:
        first, last = interval(start, stop, self.longest, "s")
        return ((self.t0 + first) / (self.t0 + last)) ** self.nu


@dataclass(frozen=True, kw_only=True)
class LogTime:
    """R(t) = max(0, 1 - r log10(1 + t / t0)): the same loss in every decade of time.

    Attributes:
        r: loss per decade [1].
        t0: time at which the loss sets in [s].
        longest: longest time for which the law is trusted [s].
        source: where the numbers come from.
    """

    r: Quantity
    t0: Quantity
    longest: float
    source: Source

    def __post_init__(self) -> None:
        within("r", self.r, 0, 1, "per decade")
        within("t0", self.t0, 0, float("inf"), "s")
        within("longest", self.longest, 0, float("inf"), "s")

    def remaining(self, start: Quantity, stop: Quantity) -> Tensor:
        first, last = interval(start, stop, self.longest, "s")
        before, after = self._left(first), self._left(last)
        return torch.where(before > 0, after / before.clamp(min=torch.finfo(before.dtype).tiny), 0.0)

    def _left(self, t: Tensor) -> Tensor:
        return (1 - self.r * torch.log10(1 + t / self.t0)).clamp(min=0)
