"""Wake-up and fatigue: the window against the number of write cycles."""

from dataclasses import dataclass

import torch
from torch import Tensor

from device_models.ageing.ranges import Quantity, interval, within
from device_models.cell import Source


@dataclass(frozen=True, kw_only=True)
class Fatigue:
    """Window(n) = 1 + A (1 - exp(-n / n_w)) - B log10(1 + n / n_f), not below 0, relative to the fresh cell.

    The first term is wake-up, the second fatigue; both are specific to the device. The step shrinks with the window, so that the same
    factor applies to ``dw_min``.

    Attributes:
        wake_up: A, growth of the window by wake-up [1].
        n_wake_up: n_w, cycles of wake-up [1].
        loss: B, loss of the window per decade of cycles [1].
        n_fatigue: n_f, cycles at which fatigue sets in [1].
        most: largest number of cycles for which the law is trusted [1].
        source: where the numbers come from.
    """

    wake_up: Quantity
    n_wake_up: Quantity
    loss: Quantity
    n_fatigue: Quantity
    most: float
    source: Source

    def __post_init__(self) -> None:
        for name in ("wake_up", "loss"):
            if not bool((torch.as_tensor(getattr(self, name)) >= 0).all()):
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        for name in ("n_wake_up", "n_fatigue", "most"):
            within(name, getattr(self, name), 0, float("inf"), "cycles")

    def window(self, cycles: Quantity) -> Tensor:
        """Width of the window after a number of cycles, over that of the fresh cell, float64.

        Raises:
            ValueError: the number is negative or beyond ``most``.
        """
        _, n = interval(0.0, cycles, self.most, "cycles")
        woken = self.wake_up * -torch.expm1(-n / self.n_wake_up)
        return (1 + woken - self.loss * torch.log10(1 + n / self.n_fatigue)).clamp(min=0)

    def change(self, start: Quantity, stop: Quantity) -> Tensor:
        """Window(stop) / window(start), the factor on weights, bounds and steps, float64; 0 where the window has closed.

        Raises:
            ValueError: not 0 <= start <= stop <= most.
        """
        first, last = interval(start, stop, self.most, "cycles")
        before, after = self.window(first), self.window(last)
        return torch.where(before > 0, after / before.clamp(min=torch.finfo(before.dtype).tiny), 0.0)
