"""The ledger: what an array has spent. Pulses per cell, reads per chip."""

from dataclasses import dataclass, fields
from typing import Literal

import torch
from torch import Tensor

Counting = Literal["counted", "expected"]


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What K chips of one array have spent since they were made.

    Attributes:
        pulses_up_KOI: potentiating pulses per cell [K, O, I], float64.
        pulses_down_KOI: depressing pulses per cell [K, O, I], float64.
        forward_reads_K: vectors read forward, one per sample [K], float64.
        backward_reads_K: vectors read transposed, one per sample [K], float64.
        counting: ``counted`` where each pulse was seen, ``expected`` where the number is the exact expectation of a host that
            does not tell.
    """

    pulses_up_KOI: Tensor
    pulses_down_KOI: Tensor
    forward_reads_K: Tensor
    backward_reads_K: Tensor
    counting: Counting

    @staticmethod
    def empty(chips: int, shape: tuple[int, int], counting: Counting = "counted") -> "Ledger":
        """A ledger of zeros."""

        def zeros(*size: int) -> Tensor:
            return torch.zeros(size, dtype=torch.float64)

        return Ledger(
            pulses_up_KOI=zeros(chips, *shape),
            pulses_down_KOI=zeros(chips, *shape),
            forward_reads_K=zeros(chips),
            backward_reads_K=zeros(chips),
            counting=counting,
        )

    def tensors(self) -> dict[str, Tensor]:
        """The counters by name (copies)."""
        return {f.name: getattr(self, f.name).clone() for f in fields(self) if f.name != "counting"}

    def pulses_K(self) -> Tensor:
        """All pulses of each chip [K]."""
        return (self.pulses_up_KOI + self.pulses_down_KOI).sum((1, 2))
