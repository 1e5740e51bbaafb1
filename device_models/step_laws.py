"""The step law of every pulsed device class of aihwkit: the size of one pulse's change as a function of the weight.

Each formula is that of the C++ source, aihwkit 1.1.0, ``src/rpucuda/rpu_*_device.cpp`` (``populate`` and ``update_once``), for the mean
device: all spreads zero, before the clip at the bounds. s is the step's scale in its direction, ``dw_min`` shortened by ``up_down``.
"""

from functools import singledispatch

import numpy as np
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    PowStepReferenceDevice,
    PulsedDevice,
    SoftBoundsDevice,
    SoftBoundsPmaxDevice,
    SoftBoundsReferenceDevice,
)
from numpy.typing import NDArray

from device_models.cell import Response

Floats = NDArray[np.float64]


def no_step(response: Response) -> ValueError:
    """The error for a device whose step is no function of its weight."""
    kind = type(response).__name__
    return ValueError(f"a {kind} has no step that depends on the weight alone; accepted: a pulsed device such as LinearStepDevice")


def resolved(device: PulsedDevice) -> PulsedDevice:
    """The device with its own w_min, w_max, dw_min, up_down; only ``SoftBoundsPmaxDevice`` derives them when a tile is made."""
    if not isinstance(device, SoftBoundsPmaxDevice):
        return device
    span = (device.range_max - device.range_min) / -np.expm1(-device.p_max * device.alpha)
    return SoftBoundsDevice(
        w_min=device.range_min,
        w_max=device.range_min + span,
        dw_min=span * device.alpha,
        up_down=1 + 2 * device.range_min / span,
        reverse_up=device.reverse_up,
        reverse_down=device.reverse_down,
        reverse_offset=device.reverse_offset,
        enforce_consistency=device.enforce_consistency,
    )


def _scale(device: PulsedDevice, up: bool) -> float:
    """s = dw_min (1 + min(up_down, 0)) up and dw_min (1 - max(up_down, 0)) down: ``up_down`` only ever shortens one direction."""
    scale = device.dw_min * (1 + min(device.up_down, 0) if up else 1 - max(device.up_down, 0))
    return abs(scale) if device.enforce_consistency else scale


@singledispatch
def size(response: Response, w: Floats, up: bool) -> Floats:
    """Size of one pulse's change at weight w, positive in the direction of the pulse. One law is registered for each class.

    Raises:
        ValueError: there is no law for this class.
    """
    raise no_step(response)


@size.register
def _(device: ConstantStepDevice, w: Floats, up: bool) -> Floats:
    return np.full_like(w, _scale(device, up))


@size.register
def _(device: LinearStepDevice, w: Floats, up: bool) -> Floats:
    gamma = device.gamma_up if up else device.gamma_down
    return _linear(device, w, up, gamma if device.allow_increasing else abs(gamma))


@size.register
def _(device: SoftBoundsDevice, w: Floats, up: bool) -> Floats:
    return _linear(resolved(device), w, up, 1.0)


def _linear(device: LinearStepDevice | SoftBoundsDevice, w: Floats, up: bool, gamma: float) -> Floats:
    """s (1 - gamma w / b), b the bound that the pulse moves towards, or the opposite one, moved out by ``reverse_offset``, if reversed."""
    if up:
        bound = device.w_min - device.reverse_offset if device.reverse_up else device.w_max
    else:
        bound = device.w_max + device.reverse_offset if device.reverse_down else device.w_min
    slope = gamma / bound if bound != 0 else 0.0
    return _scale(device, up) * (1 - slope * w)


@size.register
def _(device: SoftBoundsReferenceDevice, w: Floats, up: bool) -> Floats:
    return _soft(device, w + reference(device), up)


def _soft(device: SoftBoundsReferenceDevice, v: Floats | float, up: bool) -> Floats:
    """s (1 - v / b) of the conductance v = w + reference, b the bound that the pulse moves towards."""
    bound = device.w_max if up else device.w_min
    slope = 1 / bound if bound != 0 else 0.0
    return np.asarray(_scale(device, up) * (1 - slope * v))


@size.register
def _(device: ExpStepDevice, w: Floats, up: bool) -> Floats:
    """S max(1 - A exp(+-gamma z), 0), z = 2 a w / (w_max - w_min) + b, + going up."""
    z = 2 * device.a * w / (device.w_max - device.w_min) + device.b
    exponent, factor = (device.gamma_up * z, device.A_up) if up else (-device.gamma_down * z, device.A_down)
    return _scale(device, up) * np.maximum(1 - factor * np.exp(exponent), 0)


@size.register
def _(device: PowStepDevice, w: Floats, up: bool) -> Floats:
    return _power(device, w, up)


@size.register
def _(device: PowStepReferenceDevice, w: Floats, up: bool) -> Floats:
    return _power(device, w + reference(device), up)


def _power(device: PowStepDevice | PowStepReferenceDevice, v: Floats | float, up: bool) -> Floats:
    """s omega^gamma, omega the distance to the bound that the pulse moves towards, as a fraction of the range.

    Beyond the bound omega is 0. aihwkit takes the power of a negative number there, and its clip turns the NaN into the lower bound; with a
    reference, rounding alone is enough to get there.
    """
    distance = (device.w_max - v if up else v - device.w_min) / (device.w_max - device.w_min)
    bias = min(device.pow_up_down, 0) if up else -max(device.pow_up_down, 0)
    gamma = (1 + bias) * device.pow_gamma
    exponent = abs(gamma) if device.enforce_consistency else gamma
    return np.asarray(_scale(device, up) * np.maximum(distance, 0) ** exponent)


@size.register
def _(device: PiecewiseStepDevice, w: Floats, up: bool) -> Floats:
    """S times the linear interpolation between nodes spread evenly over [w_min, w_max]."""
    nodes = device.piecewise_up if up else device.piecewise_down
    return _scale(device, up) * np.interp(w, np.linspace(device.w_min, device.w_max, len(nodes)), nodes)


def reference(device: PulsedDevice) -> float:
    """The conductance that a device with a reference subtracts from its own; 0 for the others."""
    if not isinstance(device, SoftBoundsReferenceDevice | PowStepReferenceDevice):
        return 0.0
    own = device.subtract_symmetry_point and device.w_max > 0 > device.w_min
    return float(device.reference_mean) + (_own_symmetry(device) if own else 0.0)


def _own_symmetry(device: SoftBoundsReferenceDevice | PowStepReferenceDevice) -> float:
    """Where the conductance before the subtraction has equal steps."""
    if isinstance(device, SoftBoundsReferenceDevice):
        up, down = _scale(device, True), _scale(device, False)
        return (up - down) / (up / device.w_max - down / device.w_min)
    return _walk(device)


def _walk(device: PowStepReferenceDevice) -> float:
    """aihwkit's estimate: alternating pulses from 0, as often as it does, because few steps do not arrive."""
    smallest = min(_scale(device, True), _scale(device, False))
    count = device.n_estimation_steps
    if count <= 0:
        count = min(round(10 * (device.w_max - device.w_min) / smallest), 10_000)
    v = 0.0
    for _ in range(count):
        v += float(_power(device, v, True) - _power(device, v, False))
    return v
