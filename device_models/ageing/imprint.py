"""Imprint: a state that is held becomes easier to write and harder to leave."""

from dataclasses import dataclass

import torch
from torch import Tensor

from device_models.ageing.ranges import Quantity, interval, within
from device_models.cell import Source


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """The hysteresis loop shifts by k log10(1 + t / t0) towards the state that is held.

    Coercive fields shift with the logarithm of time: A. Chojecki et al., doi 10.1063/5.0053185.

    Attributes:
        k: shift per decade of time [V/m].
        t0: time at which the shift sets in [s].
        longest: longest time for which the law is trusted [s].
        source: where the numbers come from.
    """

    k: Quantity
    t0: Quantity
    longest: float
    source: Source

    def __post_init__(self) -> None:
        within("k", self.k, 0, float("inf"), "V/m per decade")
        within("t0", self.t0, 0, float("inf"), "s")
        within("longest", self.longest, 0, float("inf"), "s")

    def shift(self, held: Tensor, start: Quantity, stop: Quantity) -> Tensor:
        """Field by which an interval moves the loop [V/m]; the shifts of successive intervals add up.

        Args:
            held: relative polarisation that is held, -1 ... +1; a cell held half way is imprinted half as much.
            start: time since the state was written [s].
            stop: time since the state was written [s].

        Returns:
            The shift, positive where it helps pulses up, of the dtype of ``held``.

        Raises:
            ValueError: not 0 <= start <= stop <= longest.
        """
        first, last = interval(start, stop, self.longest, "s")
        return held * (self.k * torch.log10((self.t0 + last) / (self.t0 + first))).to(held)


def shifted_up_down(shift: Tensor, sensitivity: Quantity) -> Tensor:
    """The shift as aihwkit's ``up_down``: how much one direction's step is shortened, - up, + down.

    With the logarithm of the step linear in the field, a shift makes up and down steps differ by exp(2 kappa shift), and
    up_down = sign(shift) (1 - exp(-2 kappa |shift|)).

    Args:
        shift: of the loop, positive where it helps pulses up [V/m].
        sensitivity: kappa = d ln(step) / d field [m/V].
    """
    within("sensitivity", sensitivity, 0, float("inf"), "m/V")
    return -torch.sign(shift) * torch.expm1(-2 * torch.as_tensor(sensitivity, dtype=torch.float64).to(shift) * shift.abs())
