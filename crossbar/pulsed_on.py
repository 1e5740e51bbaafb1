"""A pulsed array on a device: compiled code on the CPU, Triton kernels on a GPU."""

from collections.abc import Sequence

import torch
from aihwkit.simulator.parameters.io import IOParameters

from crossbar.array import Array
from crossbar.pulsed import Pulsed
from crossbar.torch_pulsed import TorchPulsed
from device_models.cell import Cell


def pulsed_on(
    device: torch.device,
    shape: tuple[int, int],
    cells: Cell | Sequence[Cell],
    *,
    seeds: Sequence[int],
    forward_io: IOParameters,
    backward_io: IOParameters,
) -> Array:
    """The pulsed array of a device; see ``crossbar.pulsed`` and ``crossbar.torch_pulsed``.

    Args:
        device: where it lives.
        shape: (O, I).
        cells: one cell for all chips, or one per chip.
        seeds: one per chip.
        forward_io: periphery of ``forward``.
        backward_io: periphery of ``backward``.

    Raises:
        ValueError: as the arrays themselves.
    """
    if device.type == "cpu":
        return Pulsed(shape, cells, seeds=seeds, forward_io=forward_io, backward_io=backward_io)
    return TorchPulsed(shape, cells, seeds=seeds, forward_io=forward_io, backward_io=backward_io, device=device)
