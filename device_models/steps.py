"""What one pulse does on average: the mean step, the bounds, the symmetric point, and the nominal steps that a designer knows.

The step laws are in ``step_laws.py``.
"""

import numpy as np
from aihwkit.simulator.configs.compounds import OneSidedUnitCell, ReferenceUnitCell, VectorUnitCell
from aihwkit.simulator.configs.devices import ConstantStepDevice, IdealDevice, LinearStepDevice, PulsedDevice, SoftBoundsDevice
from aihwkit.simulator.parameters.enums import VectorUnitCellUpdatePolicy
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from device_models.cell import Response
from device_models.step_laws import Floats, no_step, reference, resolved, size


def mean_step(response: Response, w: ArrayLike, direction: int) -> Floats:
    """Signed change of the weight by one pulse at weight w, without any spread and before the clip at the bounds.

    Args:
        response: a pulsed aihwkit device.
        w: weights within the bounds, any shape.
        direction: +1 for a potentiating pulse, -1 for a depressing one.

    Returns:
        The change, of the shape of w; positive steps are up. The pulsed weight is ``np.clip(w + change, *bounds(response))``.

    Raises:
        ValueError: the direction is neither +1 nor -1, or the device has no step that depends on the weight alone.
    """
    if direction not in (1, -1):
        raise ValueError(f"direction must be +1 or -1, not {direction}")
    return direction * size(response, np.asarray(w, dtype=np.float64), direction > 0)


def bounds(response: Response) -> tuple[float, float]:
    """Lowest and highest weight of the mean device, as it is read.

    Raises:
        ValueError: the device has no hard bounds of its own.
    """
    if not isinstance(response, PulsedDevice):
        raise no_step(response)
    device = resolved(response)
    return float(device.w_min) - reference(device), float(device.w_max) - reference(device)


def symmetric_point(response: Response) -> float | None:
    """The weight at which an up and a down pulse are equally large, or None where that holds nowhere or everywhere within the bounds.

    Where both directions saturate, alternating pulses drive the weight there. Where one direction retraces the other, the point may
    repel instead. Of several points the one nearest to 0 is returned.

    Raises:
        ValueError: the device has no step that depends on the weight alone.
    """

    def difference(w: ArrayLike) -> Floats:
        return mean_step(response, w, +1) + mean_step(response, w, -1)

    w = np.linspace(*bounds(response), 1001)
    up_minus_down = difference(w)
    if np.allclose(up_minus_down, 0, atol=1e-12 * float(np.max(mean_step(response, w, +1)))):
        return None
    crossings = np.flatnonzero(up_minus_down[:-1] * up_minus_down[1:] < 0)
    points = [*w[up_minus_down == 0], *(brentq(difference, w[i], w[i + 1]) for i in crossings)]
    return float(min(points, key=abs)) if points else None


def nominal_steps(response: Response) -> tuple[float, float]:
    """Size of one up and one down pulse of the mean device at weight 0, both positive [1]; 0 for an ideal device, which has no pulses.

    Unit cells, in the weight that is read: a one-sided pair (``OneSidedUnitCell``) pulses one device for each direction, both from 0; a
    vector or reference cell sums its devices with ``gamma_vec``, all of them, the fixed one, or, where a policy picks one at a
    time, their mean.

    Raises:
        ValueError: the unit cell writes to hidden weights and transfers later (Tiki-Taka and its relatives), so that no pulse has a step;
            or one of the two steps is not positive.
    """
    if isinstance(response, IdealDevice):
        return 0.0, 0.0
    up, down = _change_at_zero(response, +1), -_change_at_zero(response, -1)
    if not (up > 0 and down > 0):
        raise ValueError(f"the nominal steps of a {type(response).__name__} must be positive, not {up:g} up and {down:g} down")
    return up, down


def _change_at_zero(response: Response, direction: int) -> float:
    if isinstance(response, PulsedDevice):
        return float(mean_step(response, 0.0, direction))
    if isinstance(response, OneSidedUnitCell):
        return _one_sided(response, direction)
    if isinstance(response, VectorUnitCell | ReferenceUnitCell):
        return _weighted(response, direction)
    raise ValueError(f"a {type(response).__name__} writes to hidden weights and transfers later, so no pulse has a nominal step")


def _one_sided(cell: OneSidedUnitCell, direction: int) -> float:
    """Both devices have the first one's parameters, and each direction pulses one of them up.

    ``copy_inverted`` swaps the scales of the potentiated device, which then steps as its depression would.
    """
    device = cell.unit_cell_devices[0]
    if direction < 0 or not cell.copy_inverted:
        return direction * float(mean_step(device, 0.0, +1))
    if not isinstance(device, ConstantStepDevice | LinearStepDevice | SoftBoundsDevice):
        raise ValueError(f"the inverted copy of a {type(device).__name__} has no known nominal step; set copy_inverted=False")
    return -float(mean_step(device, 0.0, -1))


def _weighted(cell: VectorUnitCell | ReferenceUnitCell, direction: int) -> float:
    devices = cell.unit_cell_devices
    if isinstance(cell, ReferenceUnitCell):
        devices = [devices[0], devices[-1]] if len(devices) < 3 else devices[:2]
    gammas = cell.gamma_vec or [1 / len(devices)] * len(devices)
    changes = [gamma * float(mean_step(device, 0.0, direction)) for gamma, device in zip(gammas, devices, strict=True)]
    if cell.update_policy == VectorUnitCellUpdatePolicy.ALL:
        return sum(changes)
    if cell.update_policy == VectorUnitCellUpdatePolicy.SINGLE_FIXED:
        return changes[cell.first_update_idx]
    return sum(changes) / len(changes)
