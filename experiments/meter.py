"""What is measured at every epoch, with its unit.

Shapes: K chips.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from experiments import probes
from experiments.record import Variable

NATS = "1"  # cross-entropy in nats, or a squared error: both without a unit

CATALOGUE: Mapping[str, tuple[str, str]] = {
    "train_loss": (NATS, "training loss, mean over the epoch as met while learning (epoch 0: before)"),
    "train_accuracy": ("1", "training accuracy, mean over the epoch as met while learning (epoch 0: before)"),
    "validation_loss": (NATS, "validation loss"),
    "validation_accuracy": ("1", "validation accuracy"),
    "test_loss": (NATS, "test loss"),
    "test_accuracy": ("1", "test accuracy"),
    "decorrelation_loss": ("1", "correlation of the layers' inputs: off-diagonal over diagonal norm of <x* x*^T>, mean over layers"),
    "pulses": ("1", "pulses on all cells while learning, since the start"),
    "pulses_per_cell": ("1", "pulses per cell while learning, since the start"),
    "forward_reads": ("1", "vectors read forward by all arrays on cells while learning, since the start"),
    "backward_reads": ("1", "vectors read transposed by all arrays on cells while learning, since the start"),
    "pulses_up": ("1", "potentiating pulses on all cells while learning, since the start"),
    "pulses_down": ("1", "depressing pulses on all cells while learning, since the start"),
    "verify_reads": ("1", "cells read to choose or check a write while learning, since the start"),
    "dac_conversions": ("1", "input values converted by all arrays on cells while learning, since the start"),
    "adc_conversions": ("1", "output values converted by all arrays on cells while learning, since the start"),
    "digital_operations": ("1", "digital multiply-accumulates, or additions or multiplications alone, beside all arrays, since the start"),
    "energy": ("J", "energy of all pulses in the cells, without wires, since the start"),
    "energy_wires": ("J", "energy of charging the lines for all pulses, since the start"),
    "energy_reads": ("J", "energy of all reads in the cells, all lines fully on, since the start"),
    "energy_dac": ("J", "energy of all input conversions, since the start"),
    "energy_adc": ("J", "energy of all output conversions, since the start"),
    "energy_digital": ("J", "energy of all digital operations, since the start"),
    "energy_total": ("J", "total energy of learning: cells, wires, converters and digital operations, since the start"),
    "latency": ("s", "time of all reads and writes while learning, array after array, digital work beside them, since the start"),
    "writes_largest": ("1", "pulses on the busiest cell, since the start"),
    "endurance_used_largest": ("1", "pulses on the busiest cell over the cells' rated endurance, since the start"),
    "endurance_used_mean": ("1", "pulses on the mean cell over the cells' rated endurance, since the start"),
    "chip_time": ("s", "what the chip's clock shows ([ageing.clock]); 0 without one"),
    "learning_time": (
        "s",
        "time the simulation took to learn, without evaluation, since the start: that of the fleet over its number of chips",
    ),
}
"""Name -> (units, long name)."""


class Meter:
    """Rows of measured numbers, one row per epoch.

    Args:
        chips: K.
    """

    def __init__(self, chips: int) -> None:
        self._chips = chips
        self._rows: dict[str, list[Tensor]] = {}

    def add(self, values_K: Mapping[str, Tensor]) -> None:
        """One epoch: the same names every time, each [K]."""
        for name, value_K in values_K.items():
            self._rows.setdefault(name, []).append(value_K.detach().to(torch.float64).expand(self._chips).clone())

    def variables(self, chip: int) -> dict[str, Variable]:
        """Everything measured on one chip."""
        return {name: Variable(_column(rows, chip), *_described(name)) for name, rows in self._rows.items()}


def _column(rows: Sequence[Tensor], chip: int) -> np.ndarray:
    return torch.stack([row_K[chip] for row_K in rows]).numpy()


_OF_ONE_ARRAY = {
    "pulses_in_": ("1", "pulses on the cells of {} while learning, since the start"),
    "energy_in_": ("J", "energy of {}: cells, wires, converters and its own digital operations, while learning, since the start"),
}


def _described(name: str) -> tuple[str, str]:
    if name.startswith("correlation_"):
        return "1", f"correlation of the input of {name.removeprefix('correlation_')}: off-diagonal over diagonal norm of <x* x*^T>"
    for start, (units, words) in _OF_ONE_ARRAY.items():
        if name.startswith(start):
            return units, words.format(name.removeprefix(start).replace("_", " "))
    return CATALOGUE.get(name) or probes.described(name)


def place_in_fleet(chip: int, chips: int) -> dict[str, Variable]:
    """How a run was grouped, which changes nothing else: over no dimension of its own."""
    return {
        "fleet_chips": Variable(np.array(float(chips)), "1", "chips of the fleet that the run was part of", ()),
        "fleet_position": Variable(np.array(float(chip)), "1", "place of the run's chip in its fleet, counted from 0", ()),
    }
