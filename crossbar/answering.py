"""Which cells answer pulses, found out as one would on a chip: by pulsing them. The array is put back afterwards."""

import torch
from torch import Tensor

from crossbar.array import Array

PULSES = (1, -1, 30, -60)
"""One each way, which ends no cell's life in the middle of many; then enough to leave either bound."""


def dead(array: Array) -> Tensor:
    """Which weights no pulse changes, up or down [K, O, I], bool: cells that are stuck or broken. What is no cell is not dead.

    Write noise is a change: a stuck cell that has it, hides.

    Args:
        array: has addressed pulses, and a host whose random numbers belong to its state (``Pulsed``).

    Raises:
        ValueError: the array has no addressed pulse.
    """
    kept, before, sent = array.state(), array.weights().clone(), _sent(array)
    answers = torch.zeros_like(before, dtype=torch.bool)
    for count in PULSES:
        array.pulse(torch.full_like(before, count))
        answers |= array.weights() != before
    cells = (_sent(array) > sent).to(answers.device)
    array.load_state(kept)
    return cells & ~answers


def _sent(array: Array) -> Tensor:
    ledger = array.ledger()
    return ledger.pulses_up_KOI + ledger.pulses_down_KOI
