"""What learning costs: pulses, reads, conversions, digital work and energy of all arrays of a fleet.

Shapes: K chips.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial, reduce

import torch
from torch import Tensor

from analogdecor.linear import crossbar_layers
from analogdecor.rule import RuleState
from crossbar.array import Array
from crossbar.low_rank import LowRank
from experiments.arrays import Analog
from experiments.bill import ENERGIES, bill, endurance_used
from experiments.build import Fleet
from experiments.periphery import technology_of
from experiments.sections import Periphery


class Spending:
    """What learning has cost; what evaluation costs is left out. ``with spending:`` goes around learning.

    Args:
        fleet: the chips.
        state: arrays of the learning rule (feedback); those that are digital add to the digital operations.
    """

    def __init__(self, fleet: Fleet, state: RuleState) -> None:
        self._analog, self._section = fleet.analog, fleet.specs[0].array
        self._beside = digital_work(fleet, state)
        self._cells = cells_per_chip(fleet.analog)
        self._chips = len(fleet.specs)
        self._before = self._spent()
        self._total = {name: count_K - count_K for name, count_K in self._before.items()}  # 0, and nan stays nan
        self._seconds = 0.0
        self._started = 0.0

    def __enter__(self) -> None:
        self._before, self._started = self._spent(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._seconds += time.perf_counter() - self._started
        after = self._spent()
        self._total = {name: total_K + after[name] - self._before[name] for name, total_K in self._total.items()}

    def so_far(self) -> dict[str, Tensor]:
        """Since the start [K]."""
        return {
            **self._total,
            "pulses_per_cell": self._total["pulses"] / self._cells,
            "energy_total": reduce(torch.add, (self._total[name] for name in ENERGIES)),
            **endurance_used(self._analog),
            "learning_time": torch.tensor(self._seconds / self._chips, dtype=torch.float64),
        }

    def _spent(self) -> dict[str, Tensor]:
        counts = spent(self._analog, self._section)
        for operations in self._beside:
            operations_K = operations()
            counts["digital_operations"] = counts["digital_operations"] + operations_K
            counts["energy_digital"] = counts["energy_digital"] + operations_K * technology_of(self._section).op_energy
        return counts


def digital_work(fleet: Fleet, state: RuleState) -> tuple[Callable[[], Tensor], ...]:
    """What counts the digital operations [K] of arrays that are not on cells: biases, digital decorrelators, digital feedback.

    Of a low-rank decorrelator whose factors are on cells, the identity's additions.
    """
    layers = crossbar_layers(fleet.network).values()
    biases = [layer.bias for layer in layers if layer.bias is not None]
    decorrelators = [layer.decorrelator.array for layer in layers if layer.decorrelator is not None]
    on_cells = {id(one.array) for one in fleet.analog.values()}
    counters: list[Callable[[], Tensor]] = []
    for array in (*biases, *decorrelators, *state.values()):
        if isinstance(array, LowRank) and id(array.up) in on_cells:
            counters.append(array.additions_K)
        elif id(array) not in on_cells:
            counters.append(partial(_digital_operations, array))
    return tuple(counters)


def _digital_operations(array: Array) -> Tensor:
    return array.ledger().digital_ops_K


def spent(analog: Mapping[str, Analog], section: Periphery) -> dict[str, Tensor]:
    """What all arrays on cells have spent so far: pulses, reads, energy and time [K]; nan where the cell's source does not say.

    Pulses and energy also of each array by itself, as ``pulses_in_ARRAY`` and ``energy_in_ARRAY``.
    """
    total: dict[str, Tensor] = {}
    each: dict[str, Tensor] = {}
    for name, one in analog.items():
        ledger = one.array.ledger()
        up_K, down_K = ledger.pulses_up_KOI.sum((1, 2)), ledger.pulses_down_KOI.sum((1, 2))
        counts = {
            "pulses": up_K + down_K,
            "pulses_up": up_K,
            "pulses_down": down_K,
            "forward_reads": ledger.forward_reads_K,
            "backward_reads": ledger.backward_reads_K,
            "verify_reads": ledger.verify_reads_K,
            "dac_conversions": ledger.dac_conversions_K,
            "adc_conversions": ledger.adc_conversions_K,
            "digital_operations": ledger.digital_ops_K,
            **bill(ledger, one, section),
        }
        total = {kind: total.get(kind, torch.zeros_like(count_K)) + count_K for kind, count_K in counts.items()}
        own = name.replace(" ", "_")
        each |= {f"pulses_in_{own}": counts["pulses"], f"energy_in_{own}": reduce(torch.add, (counts[part] for part in ENERGIES))}
    return {**total, **each}


def cells_per_chip(analog: Mapping[str, Analog]) -> int:
    """Number of cells on one chip."""
    return sum(one.count for one in analog.values())
