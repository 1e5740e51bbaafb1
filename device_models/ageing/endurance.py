"""Endurance: after how many writes a cell breaks down and stays where it is."""

from dataclasses import dataclass

import torch
from torch import Tensor

from device_models.ageing.ranges import Quantity, interval, within
from device_models.cell import Source


@dataclass(frozen=True, kw_only=True)
class Endurance:
    """Weibull breakdown: a cell survives n cycles with probability exp(-(n / eta)^k).

    Attributes:
        eta: characteristic life, at which 63 % of the cells have failed [cycles].
        k: Weibull slope; above 1 cells wear out, below 1 the weak ones go first [1].
        source: where the numbers come from.
    """

    eta: Quantity
    k: Quantity
    source: Source

    def __post_init__(self) -> None:
        within("eta", self.eta, 0, float("inf"), "cycles")
        within("k", self.k, 0, float("inf"), "")

    def failure(self, start: Quantity, stop: Quantity) -> Tensor:
        """Probability that a cell alive after ``start`` cycles is broken after ``stop``, float64: 1 - exp((start/eta)^k - (stop/eta)^k).

        Raises:
            ValueError: not 0 <= start <= stop.
        """
        first, last = interval(start, stop, float("inf"), "cycles")
        return -torch.expm1((first / self.eta) ** self.k - (last / self.eta) ** self.k)

    def draw(self, cells: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Cycles to breakdown of new cells, eta (-ln u)^(1/k), float64, on the generator's device."""
        u = 1 - torch.rand(cells, generator=generator, dtype=torch.float64, device=generator.device)  # in (0, 1]
        return self.eta * (-torch.log(u)) ** (1 / self.k)


def stuck(w_before: Tensor, w_after: Tensor, cycles: Tensor, breakdown: Tensor) -> Tensor:
    """The weights after a write: a cell that has reached its breakdown keeps the weight it had, the others take the new one.

    Args:
        w_before: weights before the write.
        w_after: weights that an unbroken cell would have.
        cycles: writes of each cell so far.
        breakdown: writes at which each cell breaks, from ``Endurance.draw``.
    """
    return torch.where(cycles >= breakdown, w_before, w_after)
