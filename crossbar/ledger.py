"""The ledger: what an array has spent. Pulses per cell; reads, conversions and digital operations per chip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
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
        verify_reads_K: cells read to choose or to check a write, one per cell and read [K], float64.
        dac_conversions_K: input values converted, one per line and vector [K], float64.
        adc_conversions_K: output values converted, one per line and vector, and one per verify read [K], float64.
        cell_reads_K: cells under read voltage, one per cell and vector [K], float64.
        write_slots_K: pulses in time: row by row, up and down apart, for addressed writes; trains of full length for coincidences [K],
            float64.
        wire_cells_K: wire that writes charge, in cells along it: the row of every slot and the column of every pulse [K], float64.
        digital_ops_K: digital multiply-accumulates, or additions or multiplications alone, beside the cells [K], float64.
        counting: ``counted`` where each pulse was seen, ``expected`` where the number is the exact expectation of a host that
            does not tell.
    """

    pulses_up_KOI: Tensor
    pulses_down_KOI: Tensor
    forward_reads_K: Tensor
    backward_reads_K: Tensor
    verify_reads_K: Tensor
    dac_conversions_K: Tensor
    adc_conversions_K: Tensor
    cell_reads_K: Tensor
    write_slots_K: Tensor
    wire_cells_K: Tensor
    digital_ops_K: Tensor
    counting: Counting

    @staticmethod
    def empty(chips: int, shape: tuple[int, int], counting: Counting = "counted") -> "Ledger":
        """A ledger of zeros."""
        per_chip = {name: torch.zeros(chips, dtype=torch.float64) for name in PER_CHIP}
        up, down = (torch.zeros(chips, *shape, dtype=torch.float64) for _ in range(2))
        return Ledger(pulses_up_KOI=up, pulses_down_KOI=down, counting=counting, **per_chip)

    @staticmethod
    def of_cells(
        pulses_up_KOI: Tensor,
        pulses_down_KOI: Tensor,
        forward_reads_K: Tensor,
        backward_reads_K: Tensor,
        write_slots_K: Tensor,
        counting: Counting,
    ) -> "Ledger":
        """Of a host between a converter on every line: a vector read forward is I conversions in and O out, transposed O in and I out."""
        outputs, inputs = pulses_up_KOI.shape[1:]
        pulses_K = (pulses_up_KOI + pulses_down_KOI).sum((1, 2))
        return Ledger(
            pulses_up_KOI=pulses_up_KOI,
            pulses_down_KOI=pulses_down_KOI,
            forward_reads_K=forward_reads_K,
            backward_reads_K=backward_reads_K,
            verify_reads_K=torch.zeros_like(forward_reads_K),
            dac_conversions_K=inputs * forward_reads_K + outputs * backward_reads_K,
            adc_conversions_K=outputs * forward_reads_K + inputs * backward_reads_K,
            cell_reads_K=outputs * inputs * (forward_reads_K + backward_reads_K),
            write_slots_K=write_slots_K,
            wire_cells_K=inputs * write_slots_K + outputs * pulses_K,
            digital_ops_K=torch.zeros_like(forward_reads_K),
            counting=counting,
        )

    @staticmethod
    def of_parts(parts: Sequence["Ledger"], assembled: Callable[[list[Tensor]], Tensor]) -> "Ledger":
        """Of several arrays as one: what is spent per chip is summed, pulses of the cells are put together by ``assembled``."""
        counted = all(part.counting == "counted" for part in parts)
        per_chip = {name: torch.stack([getattr(part, name) for part in parts]).sum(0) for name in PER_CHIP}
        pulses = {name: assembled([getattr(part, name) for part in parts]) for name in ("pulses_up_KOI", "pulses_down_KOI")}
        return Ledger(counting="counted" if counted else "expected", **pulses, **per_chip)

    def tensors(self) -> dict[str, Tensor]:
        """The counters by name (copies)."""
        return {f.name: getattr(self, f.name).clone() for f in fields(self) if f.name != "counting"}

    def pulses_K(self) -> Tensor:
        """All pulses of each chip [K]."""
        return (self.pulses_up_KOI + self.pulses_down_KOI).sum((1, 2))

    def plus(self, **further_K: Tensor) -> "Ledger":
        """With more spent per chip: names of counters -> [K]."""
        return replace(self, **{name: getattr(self, name) + more_K for name, more_K in further_K.items()})


PER_CHIP = tuple(f.name for f in fields(Ledger) if f.name.endswith("_K"))
"""Names of the counters that are one number per chip."""


def slots(n_KOI: Tensor) -> Tensor:
    """Pulses in time of an addressed write of n signed pulses [K], float64: rows follow one another, and up and down of a row."""
    up_KO, down_KO = n_KOI.amax(2).clamp(min=0), n_KOI.amin(2).clamp(max=0)
    return (up_KO - down_KO).sum(1).to("cpu", torch.float64)
