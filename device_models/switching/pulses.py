"""Trains of pulses in one direction, and the pair of them that writes a cell up and down.

A train states magnitudes; the direction is added where it is applied. In a ramp the k-th pulse differs from the first, so that a controller
must know how far the cell has come: it reads before it writes. Open-loop coincidence pulses are identical.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from device_models.switching.activation import Floats


class PulseTrain(Protocol):
    """A fixed sequence of pulses, from one saturated end of a cell towards the other."""

    @property
    def count(self) -> int:
        """N, the number of pulses."""
        ...

    @property
    def requires_read_before_write(self) -> bool:
        """Whether the pulse depends on the present state of the cell."""
        ...

    def fields(self) -> Floats:
        """Magnitudes of the field [N], V/m."""
        ...

    def widths(self) -> Floats:
        """Durations [N], s."""
        ...


def _check(kind: str, count: int, fields: Floats, widths: Floats) -> None:
    if count < 1:
        raise ValueError(f"{kind} needs at least one pulse, not {count}")
    if not fields.min() > 0:
        raise ValueError(f"{kind} takes magnitudes of the field, all positive; the lowest is {fields.min():g} V/m")
    if not widths.min() > 0:
        raise ValueError(f"{kind} takes positive durations; the shortest is {widths.min():g} s")


@dataclass(frozen=True, kw_only=True)
class IdenticalPulses:
    """The same pulse again and again.

    Attributes:
        field: magnitude [V/m].
        width: duration [s].
        count: N.
    """

    field: float
    width: float
    count: int
    requires_read_before_write: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check("IdenticalPulses", self.count, np.array([self.field]), np.array([self.width]))

    def fields(self) -> Floats:
        return np.full(self.count, float(self.field))

    def widths(self) -> Floats:
        return np.full(self.count, float(self.width))


@dataclass(frozen=True, kw_only=True)
class AmplitudeRamp:
    """Field start + k step, k = 0 ... N - 1, at one width.

    Attributes:
        start: magnitude of the first pulse [V/m].
        step: how much the field changes from pulse to pulse [V/m].
        width: duration [s].
        count: N.
    """

    start: float
    step: float
    width: float
    count: int
    requires_read_before_write: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check("AmplitudeRamp", self.count, self.start + self.step * np.array([0, self.count - 1]), np.array([self.width]))

    def fields(self) -> Floats:
        return np.asarray(self.start + self.step * np.arange(self.count), dtype=np.float64)

    def widths(self) -> Floats:
        return np.full(self.count, float(self.width))


@dataclass(frozen=True, kw_only=True)
class WidthRamp:
    """Duration start + k step, k = 0 ... N - 1, at one field.

    Attributes:
        field: magnitude [V/m].
        start: duration of the first pulse [s].
        step: how much the duration changes from pulse to pulse [s].
        count: N.
    """

    field: float
    start: float
    step: float
    count: int
    requires_read_before_write: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check("WidthRamp", self.count, np.array([self.field]), self.start + self.step * np.array([0, self.count - 1]))

    def fields(self) -> Floats:
        return np.full(self.count, float(self.field))

    def widths(self) -> Floats:
        return np.asarray(self.start + self.step * np.arange(self.count), dtype=np.float64)


@dataclass(frozen=True)
class PulseScheme:
    """How a cell is written: one train up, one train down.

    Attributes:
        up: from all domains down.
        down: from all domains up.
    """

    up: PulseTrain
    down: PulseTrain

    @property
    def requires_read_before_write(self) -> bool:
        """Whether either direction's pulse depends on the present state of the cell."""
        return self.up.requires_read_before_write or self.down.requires_read_before_write
