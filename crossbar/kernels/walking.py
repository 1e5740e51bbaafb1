"""Walk listed cells pulse by pulse, sixteen at a time: each takes its next pulse together with the others, which is vector code.

For the few cells of a chip that a closed form cannot stand for. The noise of a pulse is draw ``slot O I + cell``, whatever the list.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from crossbar.kernels.compiling import apart
from crossbar.kernels.streams import bits, normal
from crossbar.kernels.words import popcount

_ONE = np.uint64(1)
LANES = 16
WAITING = 1024
"""Cells that a list has room for."""


@cache
def listed(step: Any) -> Callable[..., None]:
    """The walk of listed cells for one law's ``step``; it allocates little, so that lists may be short."""

    def walk(
        stream: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, first_slot: int, width: int, waiting: Any, held: int,
        w_OI: Any, p_POI: Any, g: Any,
    ) -> None:  # fmt: skip
        p_P1L = np.empty((p_POI.shape[0], 1, LANES), np.float32)
        w_L, cell_L = np.empty(LANES, np.float32), np.empty(LANES, np.uint64)
        left_L, down_L = np.empty(LANES, np.uint64), np.empty(LANES, np.uint64)
        for begin in range(0, held, LANES):
            lanes = min(LANES, held - begin)
            _sixteen(
                stream, x_WI, x_negative_WI, d_WO, d_negative_WO, first_slot, width, waiting[begin : begin + lanes], w_OI, p_POI, g,
                p_P1L, w_L, cell_L, left_L, down_L,
            )  # fmt: skip

    @apart
    def _sixteen(
        stream: Any, x_WI: Any, x_negative_WI: Any, d_WO: Any, d_negative_WO: Any, first_slot: int, width: int, cells: Any,
        w_OI: Any, p_POI: Any, g: Any, p_P1L: Any, w_L: Any, cell_L: Any, left_L: Any, down_L: Any,
    ) -> None:  # fmt: skip
        words, inputs = x_WI.shape
        size = np.uint64(w_OI.size)
        key_0, key_1 = stream
        joined = 64 // width
        lanes = len(cells)
        for lane in range(LANES):  # lanes without a cell of their own have no pulses
            cell = cells[lane if lane < lanes else 0]
            o, i = cell // inputs, cell % inputs
            for parameter in range(p_POI.shape[0]):
                p_P1L[parameter, 0, lane] = p_POI[parameter, o, i]
            w_L[lane] = w_OI[o, i]
            cell_L[lane] = np.uint64(cell)
            left_L[lane] = np.uint64(0)
            down_L[lane] = np.uint64(0)
        for word in range(0, words, joined):  # 64 slots at a time
            some = np.uint64(0)
            for lane in range(lanes):
                o, i = cells[lane] // inputs, cells[lane] % inputs
                left, down = np.uint64(0), np.uint64(0)
                for part in range(min(joined, words - word)):
                    shift = np.uint64(part * width)
                    left |= np.uint64(x_WI[word + part, i] & d_WO[word + part, o]) << shift
                    down |= np.uint64(x_negative_WI[word + part, i] ^ d_negative_WO[word + part, o]) << shift
                left_L[lane] = left
                down_L[lane] = ~down
                some |= left
            base = np.uint64(first_slot + word * width)
            while some != 0:  # the next pulse of each of the cells
                some = np.uint64(0)
                for lane in range(LANES):
                    left = left_L[lane]
                    lowest = np.uint64(left & (np.uint64(0) - left))
                    left_L[lane] = left ^ lowest
                    some |= left ^ lowest
                    slot = base + np.uint64(popcount(np.uint64(lowest - _ONE)) & np.uint64(63))
                    xi = normal(bits(key_0, key_1, slot * size + cell_L[lane]))
                    w = w_L[lane]
                    moved = np.float32(step(w, (lowest & down_L[lane]) != 0, xi, p_P1L, 0, lane, g))
                    moved = min(max(moved, p_P1L[0, 0, lane]), p_P1L[1, 0, lane])
                    w_L[lane] = moved if lowest != 0 else w
        for lane in range(lanes):
            w_OI[cells[lane] // inputs, cells[lane] % inputs] = w_L[lane]

    return apart(walk)
