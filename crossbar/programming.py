"""Programming by pulses: what an array holds that cannot be set, only pulsed."""

import torch
from torch import Tensor

from crossbar.array import Array
from crossbar.cell_reads import read_cells


def program_by_pulses(array: Array, target_KOI: Tensor, reach: float, rounds: int, reads: int = 1) -> None:
    """From weights 0 towards a target: whole steps of the published mean cell at 0, then ``rounds`` times read, compare, pulse again.

    Without rounds this is open loop: what steps shrink by on the way, and their spread, stays as an error. ``array.program`` is the other
    end, a target reached exactly.

    Args:
        array: its weights are set to 0 first.
        target_KOI: targets [K, O, I], clipped to +-reach.
        reach: the weight at the end of the cells' window, in the array's weights.
        rounds: reads and corrections.
        reads: reads averaged each time.

    Raises:
        ValueError: the array has no smallest step.
    """
    up_K, down_K = array.steps()
    if not bool((up_K > 0).all() and (down_K > 0).all()):
        raise ValueError("an ideal cell has no pulses to be programmed by")
    target_KOI = target_KOI.to(array.dtype).clamp(-reach, reach)
    array.program(torch.zeros_like(target_KOI))
    held_KOI = torch.zeros_like(target_KOI)
    for left in range(rounds, -1, -1):
        missing_KOI = target_KOI - held_KOI
        array.pulse(torch.round(missing_KOI / torch.where(missing_KOI > 0, up_K[:, None, None], down_K[:, None, None])))
        if left:
            held_KOI = read_cells(array, reads)
