"""From counts to energy and time, and to the share of the cells' life that is used up.

Shapes: K chips, O output lines, I input lines.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from crossbar.ledger import Ledger
from experiments.arrays import Analog
from experiments.periphery import technology_of
from experiments.sections import Periphery

ENERGIES = ("energy", "energy_wires", "energy_reads", "energy_dac", "energy_adc", "energy_digital")
"""What adds up to ``energy_total``; ``energy`` is that of the pulses in the cells."""


def bill(ledger: Ledger, one: Analog, section: Periphery) -> dict[str, Tensor]:
    """Energies [J] and time [s] of one array [K], float64; nan where the cell's source gives no number.

    * wires: C V^2 of the lines that writes charge, V^2 the mean of both directions' over the pulses;
    * reads: V_read^2 G t of every cell under read voltage, G the middle of its range, all bits of all lines on: an upper bound;
    * latency: vectors and slots of this array one after the other; digital work is taken to go on beside.

    Args:
        ledger: what was counted.
        one: the array, with one cell per chip.
        section: converters and technology.
    """
    technology = technology_of(section)
    bits, up_K, down_K = max(section.dac_bits, 1), ledger.pulses_up_KOI.sum((1, 2)), ledger.pulses_down_KOI.sum((1, 2))
    energy_K = up_K * _of(one, "pulse_energy_up") + down_K * _of(one, "pulse_energy_down")
    square_K = (up_K * _of(one, "pulse_voltage_up") ** 2 + down_K * _of(one, "pulse_voltage_down") ** 2) / (up_K + down_K).clamp(min=1)
    middle_K = (_of(one, "g_min") + _of(one, "g_max")) / 2
    read_time = technology.read_time * bits
    verify_time = (technology.read_time + technology.columns_per_adc * technology.adc_time) / one.array.shape[1]
    vectors_K = ledger.forward_reads_K + ledger.backward_reads_K
    return {
        "energy": energy_K,
        "energy_wires": technology.wire_capacitance * square_K * ledger.wire_cells_K,
        "energy_reads": technology.read_voltage**2
        * middle_K
        * (read_time * ledger.cell_reads_K + technology.read_time * ledger.verify_reads_K),
        "energy_dac": technology.dac_energy * bits * ledger.dac_conversions_K,
        "energy_adc": technology.conversion_energy(section.adc_bits) * ledger.adc_conversions_K,
        "energy_digital": technology.op_energy * ledger.digital_ops_K,
        "latency": technology.vector_time(section.dac_bits) * vectors_K
        + verify_time * ledger.verify_reads_K
        + _of(one, "pulse_width") * ledger.write_slots_K,
    }


def endurance_used(analog: Mapping[str, Analog]) -> dict[str, Tensor]:
    """Writes of the busiest cell so far; those of the busiest and the mean cell over their rated endurance [K], nan without one.

    Where several cells make one weight, the counts are those of all of them together.
    """
    counts = {name: one.array.ledger() for name, one in analog.items()}
    pulses = {name: ledger.pulses_up_KOI + ledger.pulses_down_KOI for name, ledger in counts.items()}
    largest = torch.stack([pulses_KOI.amax((1, 2)) for pulses_KOI in pulses.values()])
    mean = torch.stack([pulses_KOI.mean((1, 2)) for pulses_KOI in pulses.values()])
    rated = torch.stack([_of(one, "endurance") for one in analog.values()])
    return {
        "writes_largest": largest.amax(0),
        "endurance_used_largest": (largest / rated).amax(0),
        "endurance_used_mean": (mean / rated).mean(0),
    }


def _of(one: Analog, name: str) -> Tensor:
    """A number of every chip's cell [K], nan where there is none."""
    numbers = [getattr(cell, name) for cell in one.cells]
    return torch.tensor([torch.nan if number is None else number for number in numbers], dtype=torch.float64)
