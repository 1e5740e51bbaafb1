"""The steps of a train of pulses as the nodes of aihwkit's ``PiecewiseStepDevice``.

Shapes: N pulses, C cycles.
"""

from dataclasses import dataclass

import numpy as np

from device_models.switching.activation import Floats
from device_models.switching.expected import expected_train, saturated
from device_models.switching.nucleation import NucleationModel
from device_models.switching.pulses import PulseScheme

NODES = 31
"""Nodes of a device unless told otherwise; aihwkit's kernels on a GPU take fewer than 64.

The steps rise fastest at the ends of the window, so that few nodes lag behind there: of a window from -1 to +1 the device misses a ramp of
32 pulses (1.1 MV/cm + 0.03 MV/cm per pulse on Deng's film) by at most 0.09 with 11 nodes, 0.03 with 31 and 0.012 with 63.
"""


@dataclass(frozen=True)
class Branches:
    """One way up and the next way down.

    Attributes:
        up: fraction of domains up along the train up, [N_up + 1].
        down: the same along the train down that follows, [N_down + 1].
    """

    up: Floats
    down: Floats

    @property
    def gap(self) -> float:
        """By how much the way down misses where the way up began, as a fraction of the way up; negative if it goes beyond."""
        return float((self.down[-1] - self.up[0]) / (self.up[-1] - self.up[0]))


def branches(model: NucleationModel, scheme: PulseScheme, cycles: int = 0) -> Branches:
    """The branches of the film without chance, after the cell has gone up and down some times.

    The first way up starts from all domains down. Where a train does not switch all domains, the window settles over the cycles: the same
    easy domains go up and down, and the hard ones stay where they are.

    Args:
        model: the film.
        scheme: the trains.
        cycles: C, ways up and down before the ones that are returned.

    Raises:
        ValueError: the number of cycles is negative.
    """
    if cycles < 0:
        raise ValueError(f"cycles before the measurement are 0 or more, not {cycles}")
    state = saturated(model)
    for _ in range(cycles + 1):
        state, up = expected_train(model, state, scheme.up, +1)
        state, down = expected_train(model, state, scheme.down, -1)
    return Branches(up, down)


def piecewise_nodes(path: Floats, count: int = NODES) -> Floats:
    """Step sizes at evenly spaced positions between the lowest and the highest point of a path, relative to the mean step.

    A pulse's step belongs to where the cell was before it. Between these points steps are interpolated linearly; beyond the last pulse's
    start the last step is kept.

    Args:
        path: where the cell is before the first and after every pulse, rising or falling throughout, [N + 1].
        count: number of nodes.

    Returns:
        Nodes from the lowest to the highest position, [count]; they are 1 if all steps are equal.

    Raises:
        ValueError: fewer than two nodes, or the path turns back or stands still.
    """
    if count < 2:
        raise ValueError(f"nodes lie at both ends, so at least 2, not {count}")
    steps = np.diff(path) / (path[-1] - path[0])
    if not steps.min() > 0:
        raise ValueError("a path must rise or fall with every pulse; a field this weak or a train this long has steps of 0")
    start = (path[:-1] - path.min()) / np.ptp(path)
    order = np.argsort(start)
    return np.interp(np.linspace(0, 1, count), start[order], steps[order] * len(steps))
