"""How many pulses a coincidence update is expected to give: aihwkit does not count them on a CPU, so the ledger takes the expectation.

The law is that of aihwkit 1.1.0, ``src/rpucuda/rpu_pulsed_meta_parameter.cpp`` (train length and probabilities) and
``sparse_bit_line_maker.cpp`` (independent Bernoulli trains on rows and columns).

Shapes: B batch, I input lines, O output lines.
"""

import numpy as np
import torch
from aihwkit.simulator.configs import PulseType, UpdateParameters
from torch import Tensor

STOCHASTIC = (PulseType.STOCHASTIC_COMPRESSED, PulseType.STOCHASTIC)
"""The pulse types whose trains are independent Bernoulli draws."""


def checked(parameters: UpdateParameters) -> UpdateParameters:
    """The parameters, if their expected pulse count is known.

    Raises:
        ValueError: the pulse type is not a stochastic one, or the probabilities are quantised.
    """
    if parameters.pulse_type not in STOCHASTIC:
        names = ", ".join(kind.name for kind in STOCHASTIC)
        raise ValueError(f"pulse_type {parameters.pulse_type.name} has no coincidence pulses to count; accepted: {names}")
    if parameters.res > 0:
        raise ValueError(f"res of UpdateParameters must be off (0 or below), not {parameters.res}")
    return parameters


def trains(x_BI: Tensor, d_BO: Tensor, lr: float, granularity: float, up: UpdateParameters) -> tuple[Tensor, Tensor, Tensor]:
    """Train length and line probabilities of each sample.

    k = lr max|x| s max|d| / dw, with dw the cell's granularity and s = ``um_grad_scale``. With length management the length is
    BL = min(ceil k, desired_bl). A line fires in each slot with probability min(1, B |x_i|) or min(1, A |d_o|),
    A B = lr / (dw BL); with update management A / B = max|x| / (s max|d| min(1, desired_bl / k)), else A = B.

    Returns:
        BL [B], probabilities of the input lines [B, I] and of the output lines [B, O]; float32, as aihwkit computes them.
    """
    ones_B1 = torch.ones(len(x_BI), 1)
    length, gain = _unmanaged(lr, granularity, up)
    length_B1, a_B1, b_B1 = length * ones_B1, gain * ones_B1, gain * ones_B1
    x_abs_BI, d_abs_BO = x_BI.abs(), d_BO.abs()
    if up.update_management or up.update_bl_management:
        x_B1, d_B1 = x_abs_BI.amax(1, keepdim=True), d_abs_BO.amax(1, keepdim=True) * up.um_grad_scale
        k_B1 = lr * x_B1 * d_B1 / granularity
        silent_B1 = k_B1 == 0
        if up.update_bl_management:
            length_B1 = k_B1.ceil().clamp(1, up.desired_bl)
            a_B1 = b_B1 = (lr / (granularity * length_B1)).sqrt()
        ratio_B1 = (x_B1 / (d_B1 * (up.desired_bl / k_B1).clamp(max=1))).masked_fill(silent_B1, 1).sqrt()
        length_B1 = length_B1.masked_fill(silent_B1, 0)
        a_B1, b_B1 = a_B1 * ratio_B1, b_B1 / ratio_B1
    return length_B1.squeeze(1), x_abs_BI.mul_(b_B1).clamp_(max=1), d_abs_BO.mul_(a_B1).clamp_(max=1)


def _unmanaged(lr: float, granularity: float, up: UpdateParameters) -> tuple[float, float]:
    """Length and gain before any management: lr beyond the longest fixed train lengthens it where that is allowed.

    In float32, because a quotient that rounds to a whole number decides the length.
    """
    rate, dw = np.float32(lr), np.float32(granularity)
    if not (up.fixed_bl or up.update_bl_management) and dw * np.float32(up.desired_bl) < rate:
        return max(float(np.ceil(rate / dw)), 1.0), 1.0
    return float(up.desired_bl), (lr / (granularity * up.desired_bl)) ** 0.5


class Counter:
    """Expected pulses of one chip, summed over updates.

    E[pulses on (o, i)] = BL P(o) P(i), up where d_o x_i < 0 and down where it is > 0. The sums of up + down and of down - up are two
    matrix products in float32; every ``FOLD`` updates they move to the float64 totals, so that rounding stays near 1e-6 of the count.

    Args:
        shape: (O, I).
        granularity: dw of the tile, as aihwkit holds it [weight].
        parameters: the tile's update parameters.
    """

    FOLD = 64

    def __init__(self, shape: tuple[int, int], granularity: float, parameters: UpdateParameters) -> None:
        self._granularity = granularity
        self._parameters = parameters
        self._both_OI, self._net_OI = torch.zeros(shape), torch.zeros(shape)
        self._held = 0
        self.up_OI, self.down_OI = torch.zeros(shape, dtype=torch.float64), torch.zeros(shape, dtype=torch.float64)

    def add(self, x_BI: Tensor, d_BO: Tensor, lr: float) -> None:
        """Count one update."""
        length_B, x_BI_p, d_BO_p = trains(x_BI, d_BO, lr, self._granularity, self._parameters)
        d_BO_p *= length_B[:, None]
        self._both_OI.addmm_(d_BO_p.T, x_BI_p)
        self._net_OI.addmm_(d_BO_p.copysign_(d_BO).T, x_BI_p.copysign_(x_BI))
        self._held += 1
        if self._held == self.FOLD:
            self.fold()

    def fold(self) -> None:
        """Move what is held in float32 to the totals."""
        self.up_OI += ((self._both_OI - self._net_OI) / 2).clamp_(min=0)
        self.down_OI += ((self._both_OI + self._net_OI) / 2).clamp_(min=0)
        self._both_OI.zero_()
        self._net_OI.zero_()
        self._held = 0

    def restart(self, up_OI: Tensor, down_OI: Tensor) -> None:
        """Continue from these totals."""
        self.fold()
        self.up_OI, self.down_OI = up_OI.clone(), down_OI.clone()
