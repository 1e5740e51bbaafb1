"""NeuroSim's non-linearity labels as an aihwkit device, exactly.

NeuroSim draws a pulse response as an exponential between the lowest and the highest conductance and publishes a signed label NL for each
direction. In the weight w = 2 (G - g_min) / (g_max - g_min) - 1 the conductance after n of P pulses is

    w(x) = 2 (1 - exp(-a x)) / (1 - exp(-a)) - 1,   x = n / P going up,   x = 1 - n / P going down,

where the saturation a belongs to the label of that direction. Differentiated, one pulse changes w by an amount that is linear in w, so
that the curve *is* aihwkit's ``LinearStepDevice``; nothing is fitted.

Signs. A potentiation label > 0 saturates upwards, a depression label < 0 saturates downwards: both are the usual case of RRAM, and
together they give mirrored curves with a symmetric point inside the range. A depression label > 0 makes the way down retrace the way up.

Source: P.-Y. Chen, X. Peng, S. Yu, IEEE TCAD 37, 3067 (2018), doi:10.1109/TCAD.2018.2789723; MLP+NeuroSim V3.0, Cell.cpp
(``NonlinearWeight``, ``sigmaCtoC``) and the label table Nonlinearity-NormA.htm of V2.0.
"""

import math

import numpy as np
from aihwkit.simulator.configs.devices import LinearStepDevice
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

LABEL_MAX = 9.0
"""The largest label of NeuroSim's table [1]."""

_LABEL_PER_DEVIATION = 10.101525  # label = this times the largest deviation of the normalised curve from the straight line
_STRAIGHT = 1e-4  # below this label the leading term, deviation = a / 8, is exact to 1e-9 and the full expression cancels


def label(a: float) -> float:
    """The label of a saturation: NL = 10.101525 (u - 1 - ln u) / a with u = a / (1 - exp(-a)).

    (u - 1 - ln u) / a is the largest deviation of (1 - exp(-a x)) / (1 - exp(-a)) from the line x. The factor reproduces NeuroSim's
    published table of 900 labels to 2.2e-5 of a.

    Args:
        a: saturation, P / A in NeuroSim's words [1]; its sign is the label's.
    """
    if a == 0:
        return 0.0
    size = abs(a)
    above_one = (size + math.expm1(-size)) / -math.expm1(-size)  # u - 1, without cancellation
    return math.copysign(_LABEL_PER_DEVIATION * (above_one - math.log1p(above_one)) / size, a)


def saturation(nl: float) -> float:
    """The saturation a of a label [1], of the same sign: the inverse of ``label``.

    Raises:
        ValueError: the label is not within [-9, 9], the range of NeuroSim's table.
    """
    if not abs(nl) <= LABEL_MAX:
        raise ValueError(f"a NeuroSim label lies within [-{LABEL_MAX:g}, {LABEL_MAX:g}], not {nl}")
    if abs(nl) < _STRAIGHT:
        return 8 * nl / _LABEL_PER_DEVIATION
    return math.copysign(brentq(lambda a: label(a) - abs(nl), 1e-5, 50.0, xtol=1e-14, rtol=1e-14), nl)


def slope_and_step(a: float, pulses: int) -> tuple[float, float]:
    """(gamma, s) of the pulse that moves w by s (1 - gamma w) and crosses [-1, 1] in ``pulses`` pulses.

    gamma = tanh(a / 2), s = (1 - exp(-a / P)) coth(a / 2); s = 2 / P for a = 0. Both hold for negative a, where steps grow on the way.
    For the way down read -w for w, and take a = -saturation(depression label).

    Raises:
        ValueError: there is not at least one pulse.
    """
    if pulses < 1:
        raise ValueError(f"a window needs at least one pulse, not {pulses}")
    if a == 0:
        return 0.0, 2 / pulses
    gamma = math.tanh(a / 2)
    return gamma, -math.expm1(-a / pulses) / gamma


def up_down_bias(step_up: float, step_down: float) -> tuple[float, float]:
    """(dw_min, up_down) in aihwkit's one-sided convention: dw_min is the larger step, and up_down shortens the other direction only."""
    if step_up >= step_down:
        return step_up, 1 - step_down / step_up
    return step_down, step_up / step_down - 1


def linear_step(*, label_up: float, label_down: float, pulses_up: int, pulses_down: int, c2c: float) -> LinearStepDevice:
    """The aihwkit device of a pair of NeuroSim labels.

    The cycle-to-cycle noise is additive (``mult_noise=False``), as in NeuroSim, where each pulse adds N(0, sigma) to the conductance
    whatever its step: dw_min_std = 2 sigma / dw_min. aihwkit multiplies it by the step of the pulse's direction, so that the direction
    with the shorter step is quieter by the factor 1 - |up_down|. All device-to-device fields are 0.

    Args:
        label_up: potentiation label NL, within [-9, 9].
        label_down: depression label NL, within [-9, 9]; negative saturates, positive retraces the way up.
        pulses_up: potentiating pulses across the window.
        pulses_down: depressing pulses across the window.
        c2c: standard deviation sigma of one pulse, as a fraction of the conductance range [1].

    Raises:
        ValueError: a label or a number of pulses is out of range, or c2c is negative.
    """
    if not c2c >= 0:
        raise ValueError(f"c2c is a standard deviation, not {c2c}; accepted: 0 or more")
    gamma_up, step_up = slope_and_step(saturation(label_up), pulses_up)
    gamma_down, step_down = slope_and_step(-saturation(label_down), pulses_down)
    dw_min, up_down = up_down_bias(step_up, step_down)
    return LinearStepDevice(
        dw_min=dw_min,
        up_down=up_down,
        gamma_up=gamma_up,
        gamma_down=gamma_down,
        allow_increasing=min(gamma_up, gamma_down) < 0,  # without it aihwkit takes the absolute value of both slopes
        dw_min_std=2 * c2c / dw_min,
        mult_noise=False,
        mean_bound_reference=True,
        w_min=-1.0,
        w_max=1.0,
        dw_min_dtod=0.0,
        up_down_dtod=0.0,
        w_min_dtod=0.0,
        w_max_dtod=0.0,
        gamma_up_dtod=0.0,
        gamma_down_dtod=0.0,
    )


def _curve(x: NDArray[np.float64], nl: float) -> NDArray[np.float64]:
    a = saturation(nl)
    return 2 * x - 1 if a == 0 else 2 * np.expm1(-a * x) / math.expm1(-a) - 1


def closed_form_up(n: ArrayLike, *, nl: float, pulses: int) -> NDArray[np.float64]:
    """Weight after n potentiating pulses from w = -1: NeuroSim's own curve, for 0 <= n <= pulses."""
    return _curve(np.asarray(n, dtype=np.float64) / pulses, nl)


def closed_form_down(n: ArrayLike, *, nl: float, pulses: int) -> NDArray[np.float64]:
    """Weight after n depressing pulses from w = +1: NeuroSim's own curve, for 0 <= n <= pulses."""
    return _curve(1 - np.asarray(n, dtype=np.float64) / pulses, nl)
