"""The chips of a fleet in one block of memory, so that one kernel call can serve them all.

Shapes: K chips, P parameters per cell, O x I cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels import addressed, coincident, whole_steps
from crossbar.kernels.cells import Cells
from crossbar.kernels.ideal import IdealCells
from crossbar.kernels.outer import Change
from crossbar.kernels.own import Own
from crossbar.kernels.whole_steps import Wanted

Floats = NDArray[np.float32]
Chip = Cells | IdealCells


@dataclass(frozen=True)
class Fleet:
    """What the chips share: each chip's own arrays are views into these.

    Attributes:
        chips: the cells of each chip, all of one kind.
        seeds_K: a seed per chip.
        w_KOI: weights that pulses act on.
        read_KOI: weights that are read; the same memory as ``w_KOI`` unless the cells have write noise.
        up_KOI: up pulses per cell.
        down_KOI: down pulses per cell.
        p_KPOI: the law's parameters; empty for ideal cells.
        g_KG: the law's constants; empty for ideal cells.
        granularity_K: the step that a chip's pulse trains count with; empty for ideal cells.
    """

    chips: tuple[Chip, ...]
    seeds_K: NDArray[np.uint64]
    w_KOI: NDArray[np.float32]
    read_KOI: NDArray[np.float32]
    up_KOI: NDArray[np.uint32]
    down_KOI: NDArray[np.uint32]
    p_KPOI: NDArray[np.float32]
    g_KG: NDArray[np.float32]
    granularity_K: NDArray[np.float64]

    def update(
        self, x_KBI: Floats, d_KBO: Floats, lr_K: NDArray[np.float64], parameters: UpdateParameters, count: int, order: str, samples: int
    ) -> None:
        """Pulse trains of a batch, what they do, and what time does to the cells meanwhile; ``count`` numbers the write."""
        first = self.chips[0]
        if isinstance(first, Cells):
            before = [chip.touched() for chip in self.chips]
            coincident.update(first.step, order, self._own, x_KBI, d_KBO, lr_K, self.granularity_K, parameters, count, samples)
            for chip, counters in zip(self.chips, before, strict=True):
                chip.show(counters, count)
        else:
            for chip, x_BI, d_BO, lr in zip(self.chips, x_KBI, d_KBO, lr_K.tolist(), strict=True):
                chip.update(x_BI, d_BO, lr, parameters, count, order, samples)
        for chip in self.chips:
            chip.rest(count)

    def pulse(self, n_KOI: NDArray[np.float32], span_KO: NDArray[np.int64], count: int) -> None:
        """Exactly n pulses on every cell, in rows of positive span; ``count`` numbers the write."""
        before = self._touched()
        first = self.chips[0]
        if isinstance(first, Cells):
            addressed.write(first.step, n_KOI, span_KO, self._own, count)
        else:
            addressed.write_ideal(n_KOI, self.w_KOI, self.up_KOI, self.down_KOI)
        self._show(before, count)

    def write_whole_steps(self, wanted: Wanted, change: Change, count: int, slots_K: NDArray[np.float64]) -> None:
        """Whole steps out of a wanted change as pulses on pulsed cells, see ``whole_steps.write``; ``count`` numbers the write."""
        before, first = self._touched(), self.chips[0]
        if not isinstance(first, Cells):
            raise ValueError("ideal cells have no whole steps")
        whole_steps.write(first.step, wanted, change, self._own, count, slots_K)
        self._show(before, count)

    @cached_property
    def _own(self) -> Own:
        return Own(self.seeds_K, self.w_KOI, self.p_KPOI, self.g_KG, self.up_KOI, self.down_KOI)

    def _touched(self) -> list[Any]:
        return [chip.touched() for chip in self.chips] if self.read_KOI is not self.w_KOI else []

    def _show(self, before: list[Any], count: int) -> None:
        """The write noise of what was touched."""
        for chip, counters in zip(self.chips, before, strict=False):
            chip.show(counters, count)


def gathered(chips: Sequence[Chip]) -> Fleet:
    """Move the chips' arrays into common blocks."""
    pulsed = [chip for chip in chips if isinstance(chip, Cells)]
    shared = {name: np.stack([getattr(chip, name) for chip in chips]) for name in ("w", "up", "down")}
    shared |= {name: np.stack([getattr(chip, name) for chip in pulsed]) if pulsed else np.empty(0, np.float32) for name in ("p_POI", "g")}
    noisy = any(chip.apparent is not chip.w for chip in chips)  # the others then have write noise 0
    read_KOI = np.stack([chip.apparent for chip in chips]) if noisy else shared["w"]
    for k, chip in enumerate(chips):
        chip.live_in({name: block[k] for name, block in shared.items() if len(block)}, read_KOI[k] if noisy else None)
    seeds_K = np.array([chip.seed for chip in chips], dtype=np.uint64)
    granularity_K = np.array([chip.granularity for chip in pulsed], dtype=np.float64)
    own = (shared["w"], read_KOI, shared["up"], shared["down"], shared["p_POI"], shared["g"])
    return Fleet(tuple(chips), seeds_K, *own, granularity_K)
